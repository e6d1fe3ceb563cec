"""A memory keeps what was said for some days, under the workspace's key, each actor's apart from the others'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import AgentMemory, MemoryStrategy, StrategyType
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources

Synth = Callable[[], Template]
MEMORY = "AWS::BedrockAgentCore::Memory"


def test_it_is_under_the_workspaces_key_and_stays_when_its_stack_goes(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    AgentMemory(stack, "Memory", workspace=workspace)
    synthesized = template()
    found = only(synthesized, MEMORY)
    assert found["EncryptionKeyArn"] == stack.resolve(workspace.key.key_arn)
    assert found["EventExpiryDuration"] == 30
    assert "MemoryStrategies" not in found
    (body,) = resources(synthesized, MEMORY).values()
    assert body["DeletionPolicy"] == "RetainExceptOnCreate"


def test_it_goes_with_its_stack_where_the_workspace_deletes_data() -> None:
    stack = cdk.Stack(cdk.App(context={**FLAGS, "cdk-ml:delete-data": True}), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    AgentMemory(stack, "Memory", workspace=workspace)
    (body,) = resources(Template.from_stack(stack), MEMORY).values()
    assert body["DeletionPolicy"] == "Delete"


def test_each_strategy_keeps_what_it_makes_by_actor(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    kinds = [MemoryStrategy(type=kind) for kind in StrategyType]
    AgentMemory(stack, "Memory", workspace=workspace, strategies=kinds, expiry_days=365)
    actor = "/strategies/{memoryStrategyId}/actors/{actorId}"
    assert only(template(), MEMORY)["MemoryStrategies"] == [
        {"SemanticMemoryStrategy": {"Name": "semantic", "Namespaces": [actor]}},
        {"SummaryMemoryStrategy": {"Name": "summary", "Namespaces": [f"{actor}/sessions/{{sessionId}}"]}},
        {"UserPreferenceMemoryStrategy": {"Name": "user_preference", "Namespaces": [actor]}},
    ]


def test_a_strategy_may_have_a_name_and_a_namespace(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    strategy = MemoryStrategy(type=StrategyType.SEMANTIC, name="facts", namespace="/shop/{actorId}")
    AgentMemory(stack, "Memory", workspace=workspace, strategies=[strategy])
    (found,) = only(template(), MEMORY)["MemoryStrategies"]
    assert found == {"SemanticMemoryStrategy": {"Name": "facts", "Namespaces": ["/shop/{actorId}"]}}


def test_who_reads_it_cannot_write_or_delete(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    reader = iam.Role(stack, "Reader", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    memory = AgentMemory(stack, "Memory", workspace=workspace)
    memory.grant_read(reader)
    key, read = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert read["Resource"] == stack.resolve(memory.memory_arn)
    assert {action.partition(":")[2] for action in read["Action"]} == {
        "GetEvent",
        "GetMemoryRecord",
        "ListEvents",
        "ListMemoryRecords",
        "ListSessions",
        "RetrieveMemoryRecords",
    }
    assert "kms:ViaService" in key["Condition"]["StringEquals"]


def test_who_writes_it_cannot_read(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    writer = iam.Role(stack, "Writer", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    AgentMemory(stack, "Memory", workspace=workspace).grant_write(writer)
    _, write = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert write["Action"] == "bedrock-agentcore:CreateEvent"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"expiry_days": 2}, "expiry_days=2 is not a time that AgentCore keeps conversations for. Use 3 to 365 days"),
        (
            {"expiry_days": 366},
            "expiry_days=366 is not a time that AgentCore keeps conversations for. Use 3 to 365 days",
        ),
        (
            {"strategies": [MemoryStrategy(type=StrategyType.SUMMARY)] * 2},
            "strategies='summary' is the name of several strategies. Give each a name of its own",
        ),
        (
            {"strategies": [MemoryStrategy(type=StrategyType.SUMMARY, name="my-summary")]},
            "strategies.name='my-summary' is not a name that AgentCore takes. Start with a letter",
        ),
        (
            {"strategies": [MemoryStrategy(type=StrategyType.SEMANTIC, namespace="/a b/{actorId}")]},
            "strategies.namespace='/a b/{actorId}' is not a namespace that AgentCore takes. Use letters, digits",
        ),
        (
            {"strategies": [MemoryStrategy(type=StrategyType.SEMANTIC, namespace="/{actorId}/{user}")]},
            "strategies.namespace='{user}' stands for nothing. Use {actorId}, {memoryStrategyId}, {sessionId}",
        ),
        (
            {"strategies": [MemoryStrategy(type=StrategyType.SEMANTIC, namespace="/shop")]},
            "strategies.namespace='/shop' keeps what was learned from all people in one place. Put {actorId} into it",
        ),
    ],
)
def test_what_agentcore_would_refuse_is_said(
    stack: cdk.Stack, workspace: Workspace, changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        AgentMemory(stack, "Memory", workspace=workspace, **changed)
    assert message in str(refused.value)


def test_tokens_of_the_deployment_pass(stack: cdk.Stack, workspace: Workspace) -> None:
    days = cdk.CfnParameter(stack, "Days", type="Number").value_as_number
    namespace = cdk.CfnParameter(stack, "Namespace").value_as_string
    strategy = MemoryStrategy(type=StrategyType.SEMANTIC, namespace=namespace)
    AgentMemory(stack, "Memory", workspace=workspace, expiry_days=days, strategies=[strategy])  # type: ignore[arg-type]
