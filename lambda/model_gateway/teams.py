"""Who may ask which models, and for how much: one parameter for each team, read again once a minute."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import Any

from request import RefusedError

_FRESH_SECONDS = 60
_AT_ONCE = 10  # GetParameters takes no more.


@dataclass(frozen=True, slots=True)
class Model:
    """A model as a team asks it.

    :ivar profile: ARN of the team's profile.
    :ivar input: USD for a million tokens that it reads, if known; which are millionths of USD for one.
    :ivar output: the same for what it writes.
    """

    profile: str
    input: float | None
    output: float | None


@dataclass(frozen=True, slots=True)
class Team:
    """A team.

    :ivar roles: ARNs of the IAM roles of its members.
    :ivar groups: groups of the user pool.
    :ivar unit: ``tokens``, or ``usd`` for millionths of USD.
    :ivar limit: of the month, in units.
    """

    name: str
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    unit: str
    limit: int
    models: dict[str, Model]

    def percent(self, used: int) -> float:
        """How much of the quota is used."""
        return round(100 * used / self.limit, 2)

    def amount(self, units: int) -> str:
        """An amount, for people."""
        return f"{units / 1e6:.2f} USD" if self.unit == "usd" else f"{units} tokens"

    def quota(self, month: str, used: int | None) -> dict[str, Any]:
        """What callers are told about their quota."""
        told = (lambda units: units / 1e6) if self.unit == "usd" else int
        known = {} if used is None else {"used": told(used)}
        return {"team": self.name, "month": month, "unit": self.unit, "limit": told(self.limit), **known}


class Teams:
    """The teams, as Systems Manager keeps them."""

    def __init__(self, ssm: Any) -> None:
        self._ssm = ssm
        self._read = 0.0
        self._teams: list[Team] = []

    def of(self, event: dict[str, Any]) -> list[Team]:
        """The teams of whoever calls.

        :raises RefusedError: where there is none.
        """
        context = event.get("requestContext", {})
        arn = context.get("identity", {}).get("userArn") or ""
        role = _role(arn)
        groups = {*_groups(context.get("authorizer", {}).get("claims", {}).get("cognito:groups", ""))}
        found = [
            team
            for team in self._current()
            if groups.intersection(team.groups) or (role is not None and role in map(_role, team.roles))
        ]
        if not found:
            message = "You are in no team of this gateway. Ask whoever runs it to add your role or group to one."
            raise RefusedError(403, "no-team", message)
        return found

    def _current(self) -> list[Team]:
        now = time.monotonic()
        if not self._teams or now - self._read > _FRESH_SECONDS:
            names = os.environ["PARAMETERS"].split(",")
            found = []
            for start in range(0, len(names), _AT_ONCE):
                answer = self._ssm.get_parameters(Names=names[start : start + _AT_ONCE])
                found += [_team(json.loads(parameter["Value"])) for parameter in answer["Parameters"]]
            self._teams, self._read = found, now
        return self._teams


def choose(found: list[Team], named: str | None, model: str) -> Team:
    """The team whose call it is.

    :param found: teams of the caller.
    :raises RefusedError: where it is not clear, or the model is not the team's.
    """
    if named is not None:
        found = [team for team in found if team.name == named]
        if not found:
            raise RefusedError(403, "not-a-member", f"You are not in the team {named}.")
    if len(found) > 1:
        names = ", ".join(sorted(team.name for team in found))
        raise RefusedError(400, "which-team", f"You are in several teams. Say for which you ask, as team: {names}.")
    (team,) = found
    if model not in team.models:
        message = f"The team {team.name} may not use {model}. It may use {', '.join(sorted(team.models))}."
        raise RefusedError(403, "model-not-allowed", message)
    return team


def _team(table: dict[str, Any]) -> Team:
    models = {
        id: Model(model["profile"], model.get("input"), model.get("output")) for id, model in table["models"].items()
    }
    roles, groups = tuple(table["roles"]), tuple(table["groups"])
    limit = round(table["limit"] * (1_000_000 if table["unit"] == "usd" else 1))
    return Team(table["name"], roles, groups, table["unit"], limit, models)


def _role(arn: str) -> tuple[str, str] | None:
    """Account and name of a role, whether somebody has assumed it or not. Sessions do not say the role's path."""
    parts = arn.split(":", 5)
    kind, _, rest = parts[-1].partition("/")
    if kind == "assumed-role":
        return parts[4], rest.partition("/")[0]
    return (parts[4], rest.rpartition("/")[2]) if kind == "role" else None


def _groups(claim: Any) -> list[str]:
    # API Gateway joins the groups of a token with commas.
    listed = claim if isinstance(claim, list) else str(claim).split(",")
    return [group.strip() for group in listed if group.strip()]
