"""A gateway asks its policy engine; policies are about what the gateway has, and come after it."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import AgentGateway, AgentPolicyEngine
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources
from tests.genai.agents.conftest import statements

Make = Callable[..., AgentGateway]
Synth = Callable[[], Template]
POLICY = "AWS::BedrockAgentCore::Policy"


@pytest.fixture
def engine(stack: cdk.Stack, workspace: Workspace) -> AgentPolicyEngine:
    """An engine without policies."""
    return AgentPolicyEngine(stack, "Policies", workspace=workspace)


def policy(gateway: AgentGateway, *, who: str = "IamEntity", tool: str = "orders___find") -> str:
    """A policy about one tool."""
    where = f'resource == AgentCore::Gateway::"{gateway.gateway_arn}"'
    return f'permit(principal is AgentCore::{who}, action == AgentCore::Action::"{tool}", {where});'


def test_it_is_under_the_workspaces_key(
    engine: AgentPolicyEngine, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    found = only(template(), "AWS::BedrockAgentCore::PolicyEngine")
    assert found["EncryptionKeyArn"] == stack.resolve(workspace.key.key_arn)
    assert engine.policy_engine_arn


def test_a_gateway_enforces_what_it_decides_and_may_ask_it(
    engine: AgentPolicyEngine, gateway: Make, stack: cdk.Stack, template: Synth
) -> None:
    gateway(policy_engine=engine)
    synthesized = template()
    arn = stack.resolve(engine.policy_engine_arn)
    assert only(synthesized, "AWS::BedrockAgentCore::Gateway")["PolicyEngineConfiguration"] == {
        "Arn": arn,
        "Mode": "ENFORCE",
    }
    found = statements(resources(synthesized, "AWS::IAM::ManagedPolicy"), "GatewayRole")
    read, evaluate = (s for s in found if "PolicyEngine" in str(s["Action"]) or "Authorize" in str(s["Action"]))
    assert (read["Action"], read["Resource"]) == ("bedrock-agentcore:GetPolicyEngine", arn)
    assert evaluate["Action"] == ["bedrock-agentcore:AuthorizeAction", "bedrock-agentcore:PartiallyAuthorizeActions"]
    assert evaluate["Resource"][0] == arn


def test_a_policy_comes_after_the_targets_that_it_is_about(
    engine: AgentPolicyEngine, gateway: Make, template: Synth
) -> None:
    made = gateway(policy_engine=engine)
    engine.add_policy("Find", gateway=made, statement=policy(made))
    synthesized = template()
    (body,) = resources(synthesized, POLICY).values()
    assert body["DependsOn"] == [*resources(synthesized, "AWS::BedrockAgentCore::GatewayTarget")]
    assert body["Properties"]["EnforcementMode"] == "ACTIVE"
    assert body["Properties"]["ValidationMode"] == "FAIL_ON_ANY_FINDINGS"
    assert "orders___find" in str(body["Properties"]["Definition"]["Cedar"]["Statement"])


def test_a_policy_can_be_tried_out_first(engine: AgentPolicyEngine, gateway: Make, template: Synth) -> None:
    made = gateway(policy_engine=engine)
    engine.add_policy("Find", gateway=made, statement=policy(made), mode="LOG_ONLY")
    assert only(template(), POLICY)["EnforcementMode"] == "LOG_ONLY"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"tool": "orders__find"},
            "statement='orders__find' is no tool of the gateway. Use one of orders, orders___find",
        ),
        ({"who": "OAuthUser"}, "never applies: the gateway knows its callers as AgentCore::IamEntity"),
    ],
)
def test_a_policy_about_what_the_gateway_does_not_have_is_refused(
    engine: AgentPolicyEngine, gateway: Make, changed: dict[str, str], message: str
) -> None:
    made = gateway(policy_engine=engine)
    with pytest.raises(ConfigurationError) as refused:
        engine.add_policy("Find", gateway=made, statement=policy(made, **changed))
    assert refused.value.path == "Churn/Policies/Find"
    assert message in str(refused.value)


def test_what_is_no_policy_is_refused(engine: AgentPolicyEngine, gateway: Make) -> None:
    made = gateway(policy_engine=engine)
    with pytest.raises(ConfigurationError, match="is not a policy in Cedar"):
        engine.add_policy("Find", gateway=made, statement=policy(made).removesuffix(";"))
