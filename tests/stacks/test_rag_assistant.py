"""The assistant costs what the guide says while nobody asks, and lets nothing ask a model that it does not name."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from cdk_ml.facts.idle import idle_costs
from cdk_ml.workspace import PROFILES, Profile
from stacks.rag_assistant import RagAssistant
from tests.conftest import FLAGS, ROOT

GUIDE = (ROOT / "docs" / "guide" / "rag.md").read_text("utf-8")


def resources(profile: Profile) -> dict[str, Any]:
    """The resources of the stack."""
    stack = RagAssistant(cdk.App(context=FLAGS), "RagAssistant", profile=profile)
    found: dict[str, Any] = assertions.Template.from_stack(stack).to_json()["Resources"]
    return found


@pytest.mark.parametrize(("profile", "most"), [(Profile.SANDBOX, 15), (Profile.PRODUCTION, 120)])
def test_an_idle_assistant_stays_below_what_was_promised(profile: Profile, most: float) -> None:
    assert 0 < sum(cost.usd for cost in idle_costs(resources(profile).values())) < most


def test_the_guide_itemises_what_the_templates_have() -> None:
    by_profile = [
        {cost.type: cost for cost in idle_costs(resources(profile).values())}
        for profile in (Profile.SANDBOX, Profile.PRODUCTION)
    ]
    for kind in {*by_profile[0], *by_profile[1]}:
        cells = [f"{costs[kind].usd:.2f}" if kind in costs else "-" for costs in by_profile]
        assert f"| `{kind}` | {' | '.join(cells)} |" in GUIDE, f"the row of {kind} should end in {cells}"
    totals = [sum(cost.usd for cost in costs.values()) for costs in by_profile]
    assert f"| **together** | **{totals[0]:.2f}** | **{totals[1]:.2f}** |" in GUIDE


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_whatever_may_ask_a_model_may_ask_those_that_are_named(profile: Profile) -> None:
    asking = []
    for resource in resources(profile).values():
        if resource["Type"] != "AWS::IAM::ManagedPolicy":
            continue
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
            if "bedrock:InvokeModel" in json.dumps(statement["Action"]):
                asking.append(json.dumps(statement["Resource"]))
    assert asking
    for named in asking:
        assert "*" not in named
        assert "titan-embed-text-v2" in named or "nova-2-lite" in named


def test_nobody_asks_without_a_token_and_nothing_is_public() -> None:
    found = resources(Profile.PRODUCTION).values()
    methods = [each["Properties"] for each in found if each["Type"] == "AWS::ApiGateway::Method"]
    assert {method["HttpMethod"]: method["AuthorizationType"] for method in methods} == {
        "POST": "COGNITO_USER_POOLS",
        "OPTIONS": "NONE",
    }
    (pool,) = [each["Properties"] for each in found if each["Type"] == "AWS::Cognito::UserPool"]
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["MfaConfiguration"] == "ON"


@pytest.mark.parametrize(("profile", "private"), [(Profile.SANDBOX, False), (Profile.PRODUCTION, True)])
def test_the_chat_is_in_the_network_where_the_profile_says_so(profile: Profile, private: bool) -> None:
    chats = [
        each["Properties"]
        for name, each in resources(profile).items()
        if each["Type"] == "AWS::Lambda::Function" and name.startswith("AssistantChat")
    ]
    assert [("VpcConfig" in chat) for chat in chats] == [private]
