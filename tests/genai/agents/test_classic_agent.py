"""Agents Classic are for those who had them: they keep action groups, collaboration and a guardrail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match, Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import ActionGroup, ClassicAgent, Collaborator, FoundationModel, NoGuardrail, Tool
from cdk_ml.testing import assert_compliant
from cdk_ml.workflow import Function
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources
from tests.genai.agents.conftest import FIND, actions

Make = Callable[..., ClassicAgent]
Synth = Callable[[], Template]
AGENT = "AWS::Bedrock::Agent"
PURPOSE = "You help customers of a shop with their orders, and with nothing else."


@pytest.fixture
def agent(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes an agent of an existing customer; every argument can be another."""

    def make(id: str = "Agent", **changed: Any) -> ClassicAgent:
        given: dict[str, Any] = {
            "workspace": workspace,
            "model": FoundationModel("amazon.nova-lite-v1:0"),
            "instruction": PURPOSE,
            "existing_customer": True,
        }
        return ClassicAgent(stack, id, **{**given, **changed})

    return make


def test_it_is_prepared_guarded_and_under_the_workspaces_key(
    agent: Make, stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    made = agent()
    synthesized = template()
    found = only(synthesized, AGENT)
    assert found["AutoPrepare"] is True
    assert found["CustomerEncryptionKeyArn"] == stack.resolve(workspace.key.key_arn)
    assert made.guardrail is not None
    assert found["GuardrailConfiguration"]["GuardrailVersion"] == stack.resolve(made.guardrail.version)
    assert not {"ActionGroups", "AgentCollaboration", "AgentCollaborators"} & {*found}
    assert only(synthesized, "AWS::Bedrock::AgentAlias")["AgentAliasName"] == "live"


def test_a_guardrail_can_be_argued_away(agent: Make, template: Synth) -> None:
    agent(guardrail=NoGuardrail(reason="Nobody but its developers asks it"))
    synthesized = template()
    assert "GuardrailConfiguration" not in only(synthesized, AGENT)
    assert "bedrock:ApplyGuardrail" not in actions(resources(synthesized, "AWS::IAM::ManagedPolicy"), "AgentRole")


def test_the_argument_is_recorded_where_the_checks_find_the_agent(agent: Make, stack: cdk.Stack) -> None:
    agent(guardrail=NoGuardrail(reason="Nobody but its developers asks it"))
    assert_compliant(stack)


def test_only_this_agent_may_call_the_function_of_an_action_group(
    agent: Make, stack: cdk.Stack, function: Function, template: Synth
) -> None:
    made = agent(action_groups=[ActionGroup(name="orders", function=function, functions=[FIND])])
    synthesized = template()
    (group,) = only(synthesized, AGENT)["ActionGroups"]
    assert group["FunctionSchema"]["Functions"] == [
        {"Name": "find", "Description": "Finds an order", "Parameters": {"order": {"Type": "string", "Required": True}}}
    ]
    permission = only(synthesized, "AWS::Lambda::Permission")
    assert permission["SourceArn"] == stack.resolve(made.cfn_agent.attr_agent_arn)
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_a_supervisor_asks_its_collaborators_and_no_others(agent: Make, stack: cdk.Stack, template: Synth) -> None:
    other = agent("Other")
    agent("Boss", collaborators=[Collaborator(name="orders", agent=other, instruction="Ask it about orders")])
    synthesized = template()
    (boss,) = (
        b["Properties"] for b in resources(synthesized, AGENT).values() if "AgentCollaboration" in b["Properties"]
    )
    assert boss["AgentCollaboration"] == "SUPERVISOR"
    assert boss["AgentCollaborators"] == [
        {
            "CollaboratorName": "orders",
            "CollaborationInstruction": "Ask it about orders",
            "AgentDescriptor": {"AliasArn": stack.resolve(other.alias_arn)},
        }
    ]
    assert "bedrock:InvokeAgent" in actions(resources(synthesized, "AWS::IAM::ManagedPolicy"), "BossRole")


def test_who_asks_it_asks_the_alias(agent: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = agent()
    made.grant_invoke(caller)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "bedrock:InvokeAgent"
    assert statement["Resource"] == stack.resolve(made.alias_arn)


def test_a_new_customer_is_told_the_successor(agent: Make) -> None:
    with pytest.raises(ConfigurationError) as refused:
        agent(existing_customer=False)
    (problem,) = refused.value.problems
    assert (problem.argument, problem.value) == ("existing_customer", False)
    assert "Amazon Bedrock AgentCore" in problem.fix


def test_whoever_synthesizes_it_is_warned(agent: Make, stack: cdk.Stack) -> None:
    agent()
    Annotations.from_stack(stack).has_warning("/Churn/Agent", Match.string_like_regexp("Amazon Bedrock AgentCore"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"instruction": "Help."}, "instruction='Help.' has 5 characters of at least 40. Say what the agent is for"),
        ({"idle_seconds": 59}, "idle_seconds=59 is not a time that a session is kept for. Use 60 to 5400 seconds"),
    ],
)
def test_what_bedrock_would_refuse_is_said(agent: Make, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        agent(**changed)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("name", "tools", "message"),
    [
        (
            "my orders",
            [FIND],
            "action_groups='my orders' is not a name that Bedrock takes. Use letters, digits, and",
        ),
        ("orders", [], "action_groups[orders]=[] has nothing to do. Describe at least one function"),
        ("orders", [FIND, FIND], "action_groups[orders]='find' is there more than once. Give each a name of its own"),
        (
            "orders",
            [Tool(name="find", description="Finds", parameters={"order": {"type": "object"}})],
            "action_groups[orders].find[order].type='object' is not a type that classic agents know. Use array",
        ),
    ],
)
def test_an_action_group_that_bedrock_would_refuse_is_said(
    agent: Make, function: Function, name: str, tools: list[Tool], message: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        agent(action_groups=[ActionGroup(name=name, function=function, functions=tools)])
    assert message in str(refused.value)


def test_tokens_of_the_deployment_pass(agent: Make, stack: cdk.Stack) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    agent(instruction=text, idle_seconds=number)
