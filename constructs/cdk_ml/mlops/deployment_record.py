"""What is known about a deployment: which version is wanted, which is live, and who is at it.

One item in DynamoDB, changed under conditions only. An approval first says what it wants: the newest one wins, and an
older one that comes late gives way. Then it takes the endpoint for itself, for a while that it has to renew: whoever
is stopped in the middle does not keep it for ever.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from cdk_ml.mlops.states import formula
from cdk_ml.workflow.item_table import item_table
from cdk_ml.workspace import Workspace

KEY = "endpoint"
HELD_SECONDS = 1_800  # Longer than all calls that are made between two renewals take when each is tried to the last.

_NOW = "$floor($millis() / 1000)"
_MINE = "heldBy = :me"
_ME = {":me": {"S": formula("$states.context.Execution.Id")}}
_ORDER = {":order": {"N": formula("$string($order)")}}
_UNTIL = {":until": {"N": formula(f"$string({_NOW} + {HELD_SECONDS})")}}


class Record:
    """Requests about the item of one endpoint, as arguments of DynamoDB's ``updateItem`` and ``getItem``."""

    def __init__(self, table_name: str, endpoint_name: str) -> None:
        """
        :param table_name: the table.
        :param endpoint_name: whose item.
        """
        self._item = {"TableName": table_name, "Key": {KEY: {"S": endpoint_name}}}

    def read(self) -> dict[str, Any]:
        """What is known now."""
        return {**self._item, "ConsistentRead": True}

    def want(self) -> dict[str, Any]:
        """Say that ``$package`` is wanted, unless a later decision is known."""
        return self._update(
            "SET wantedPackage = :package, wantedOrder = :order",
            "attribute_not_exists(wantedOrder) OR wantedOrder <= :order",
            {":package": {"S": formula("$package")}, **_ORDER},
        )

    def take(self) -> dict[str, Any]:
        """Take the endpoint, when nobody has it, for a decision that is the latest, and not done."""
        return self._update(
            "SET heldBy = :me, heldUntil = :until",
            "wantedOrder = :order AND (attribute_not_exists(doneOrder) OR doneOrder < :order) "
            f"AND (attribute_not_exists(heldBy) OR {_MINE} OR heldUntil < :now)",
            {**_ME, **_UNTIL, **_ORDER, ":now": {"N": formula(f"$string({_NOW})")}},
            ReturnValues="ALL_NEW",
        )

    def renew(self) -> dict[str, Any]:
        """Keep the endpoint for another while. Fails when somebody else has taken it."""
        return self._update("SET heldUntil = :until", _MINE, {**_ME, **_UNTIL})

    def live(self) -> dict[str, Any]:
        """Say that ``$package`` is live under ``$name``, and give the endpoint back.

        It holds as well when it has been said: an answer may be lost on its way.
        """
        return self._update(
            "SET livePackage = :package, liveName = :name, previousPackage = :previous, doneOrder = :order "
            "REMOVE heldBy, heldUntil",
            f"{_MINE} OR (doneOrder = :order AND liveName = :name)",
            {
                ":package": {"S": formula("$package")},
                ":name": {"S": formula("$name")},
                ":previous": {"S": formula("$previous")},
                **_ORDER,
                **_ME,
            },
        )

    def give_back(self, *, done: bool) -> dict[str, Any]:
        """Give the endpoint back.

        :param done: whether the decision is done with; the same event may come again, and is then left alone.
        """
        settled = "SET doneOrder = :order " if done else ""
        return self._update(f"{settled}REMOVE heldBy, heldUntil", _MINE, {**_ME, **(_ORDER if done else {})})

    def _update(self, update: str, condition: str, values: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        return {
            **self._item,
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
            **options,
        }


def record_table(scope: Construct, id: str, *, workspace: Workspace) -> dynamodb.CfnTable:
    """The table that has the item: about an endpoint that goes with the stack; what was approved is in the registry."""
    reason = (
        "The item says what the endpoint serves now; the registry has what was approved, and the next approval "
        "writes the item anew: a backup would bring back what is no longer true."
    )
    return item_table(scope, id, workspace=workspace, key=KEY, no_backup=reason)
