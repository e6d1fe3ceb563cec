"""Who is in which team: by role or group, from parameters that are read again once a minute."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

MODELS = {"amazon.nova-lite-v1:0": {"profile": "arn:aws:bedrock:us-east-1:1:application-inference-profile/a"}}


class Parameters:
    """Systems Manager, which gives no more than ten parameters at once.

    :ivar asked: how many it was asked for, each time.
    """

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.limit = 10.5

    def get_parameters(self, *, Names: list[str]) -> dict[str, Any]:  # noqa: N803
        assert len(Names) <= 10
        self.asked.append(len(Names))
        return {"Parameters": [{"Name": name, "Value": json.dumps(self.team(name))} for name in Names]}

    def team(self, name: str) -> dict[str, Any]:
        members = {"roles": [f"arn:aws:iam::111111111111:role/path/{name}"], "groups": [f"{name}-people"]}
        return {"name": name, **members, "unit": "usd", "limit": self.limit, "models": MODELS}


@pytest.fixture
def module(load: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("PARAMETERS", ",".join(f"team{number}" for number in range(12)))
    return load("model_gateway", "teams")


def by_role(arn: str) -> dict[str, Any]:
    return {"requestContext": {"identity": {"userArn": arn}}}


def by_groups(claim: Any) -> dict[str, Any]:
    return {"requestContext": {"authorizer": {"claims": {"cognito:groups": claim}}}}


def test_parameters_are_read_ten_at_once_and_again_after_a_minute(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = Parameters()
    teams = module.Teams(parameters)
    caller = by_groups("team11-people")
    (first,) = teams.of(caller)
    assert (first.limit, first.amount(first.limit), parameters.asked) == (10_500_000, "10.50 USD", [10, 2])
    parameters.limit = 20
    assert teams.of(caller) == [first]
    later = module.time.monotonic() + 61
    monkeypatch.setattr(module.time, "monotonic", lambda: later)
    (again,) = teams.of(caller)
    assert (again.limit, parameters.asked) == (20_000_000, [10, 2, 10, 2])


@pytest.mark.parametrize(
    ("caller", "found"),
    [
        (by_role("arn:aws:sts::111111111111:assumed-role/team3/someone"), ["team3"]),
        (by_role("arn:aws:sts::222222222222:assumed-role/team3/someone"), []),
        (by_role("arn:aws:sts::111111111111:assumed-role/other/team3"), []),
        (by_role("arn:aws:iam::111111111111:user/team3"), []),
        (by_role(""), []),
        (by_groups("team1-people,team2-people"), ["team1", "team2"]),
        (by_groups(["team1-people"]), ["team1"]),
        (by_groups("team1"), []),
        ({}, []),
    ],
)
def test_a_caller_is_in_the_teams_that_name_them(module: ModuleType, caller: dict[str, Any], found: list[str]) -> None:
    teams = module.Teams(Parameters())
    if found:
        assert [team.name for team in teams.of(caller)] == found
        return
    with pytest.raises(module.RefusedError, match="You are in no team of this gateway") as refused:
        teams.of(caller)
    assert refused.value.status == 403
