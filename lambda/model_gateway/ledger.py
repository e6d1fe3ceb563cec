"""What teams have used of their month: one item for each, which holds what is settled and what is in flight.

A call is reserved with what it may use at most, in one write that fails where that is more than there is left; when it
is over, what it did not use is given back, in one write as well. Both name the call, so that neither counts twice when
it is sent again. Of calls at once none sees room that another has taken.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html#WorkingWithItems.AtomicCounters
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from counts import count
from request import RefusedError
from teams import Team

_CALL = "call#"
_KEPT_DAYS = 400
# No function lives longer: whoever has not settled by then never will.
_DEAD_SECONDS = 15 * 60


def now() -> datetime:
    """The time in UTC, by which months begin."""
    return datetime.now(UTC)


class Held:
    """What is reserved for one call.

    :ivar month: whose quota it is taken from, also when the next one has begun meanwhile.
    """

    def __init__(self, client: Any, team: Team, month: str, call: str, amount: int) -> None:
        self.month = month
        self._client = client
        self._team = team
        self._call = call
        self._amount = amount
        self._settled = False

    def settle(self, used: int) -> int | None:
        """Count what was used in place of what was reserved; the first word is the last.

        :returns: what the team has used of its month; ``None`` where that is not known.
        """
        if self._settled:
            return None
        self._settled = True
        try:
            item = self._client.update_item(
                TableName=os.environ["TABLE"],
                Key=_key(self._team, self.month),
                UpdateExpression="ADD used :rest REMOVE #call",
                ConditionExpression="attribute_exists(#call)",
                ExpressionAttributeNames={"#call": self._call},
                ExpressionAttributeValues={":rest": {"N": str(used - self._amount)}},
                ReturnValues="ALL_NEW",
            )["Attributes"]
        except (ClientError, BotoCoreError) as error:
            # The reservation stays, and counts as used: the team has less than it could have, and never more.
            print(json.dumps({"level": "ERROR", "call": self._call, "used": used, "error": repr(error)}), flush=True)
            count("Unsettled", self._team)
            return None
        self._forget_dead(item)
        return int(item["used"]["N"])

    def _forget_dead(self, item: dict[str, Any]) -> None:
        """Calls whose function died count as what was reserved for them."""
        dead = [name for name in item if name.startswith(_CALL) and _age(name) > _DEAD_SECONDS]
        for name in dead:
            try:
                self._client.update_item(
                    TableName=os.environ["TABLE"],
                    Key=_key(self._team, self.month),
                    UpdateExpression="REMOVE #call",
                    ConditionExpression="attribute_exists(#call)",
                    ExpressionAttributeNames={"#call": name},
                )
            except (ClientError, BotoCoreError):
                continue  # Somebody else has, or will.
            print(json.dumps({"level": "ERROR", "call": name, "error": "never settled"}), flush=True)
            count("Unsettled", self._team)


class Ledger:
    """The table."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def reserve(self, team: Team, request: str, amount: int) -> Held:
        """Take ``amount`` from what the team has left of this month.

        :param request: id of the call.
        :raises RefusedError: where there is less.
        """
        time = now()
        month, call = f"{time:%Y-%m}", f"{_CALL}{int(time.timestamp())}#{request}#{uuid4().hex}"
        held = Held(self._client, team, month, call, amount)
        if amount <= team.limit and self._taken(team, month, call, amount, time):
            return held
        item = self._client.get_item(TableName=os.environ["TABLE"], Key=_key(team, month), ConsistentRead=True)
        found = item.get("Item", {})
        if call in found:
            return held  # The client has sent it twice, and the first one arrived.
        raise _spent(team, amount, int(found.get("used", {"N": "0"})["N"]), time)

    def _taken(self, team: Team, month: str, call: str, amount: int, time: datetime) -> bool:
        expires = int((time + timedelta(days=_KEPT_DAYS)).timestamp())
        try:
            self._client.update_item(
                TableName=os.environ["TABLE"],
                Key=_key(team, month),
                UpdateExpression="ADD used :amount, calls :one SET #call = :amount, expires = :expires",
                ConditionExpression="attribute_not_exists(#call) AND (attribute_not_exists(used) OR used <= :room)",
                ExpressionAttributeNames={"#call": call},
                ExpressionAttributeValues={
                    ":amount": {"N": str(amount)},
                    ":one": {"N": "1"},
                    ":room": {"N": str(team.limit - amount)},
                    ":expires": {"N": str(expires)},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _spent(team: Team, amount: int, used: int, time: datetime) -> RefusedError:
    left = max(team.limit - used, 0)
    following = (time.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    quota, until = team.amount(team.limit), f"{following:%Y-%m-%d} (UTC)"
    if left == 0:
        message = f"The team {team.name} has used its {quota} of this month. It has new ones on {until}."
    else:
        message = (
            f"This call may use {team.amount(amount)}, and the team {team.name} has {team.amount(left)} left of "
            f"{quota} until {until}. Ask for less with inferenceConfig.maxTokens, or send less."
        )
    wait = str(int((following - time).total_seconds()) + 1)
    headers, percent = {"Retry-After": wait}, team.percent(used)
    return RefusedError(429, "quota-spent", message, metric="QuotaSpent", headers=headers, percent=percent)


def _key(team: Team, month: str) -> dict[str, Any]:
    return {"team": {"S": team.name}, "month": {"S": month}}


def _age(name: str) -> float:
    started = name.removeprefix(_CALL).partition("#")[0]
    return now().timestamp() - float(started)
