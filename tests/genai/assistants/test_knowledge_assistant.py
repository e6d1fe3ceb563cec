"""An assistant asks one knowledge base and one model, under a guardrail, and says what it counts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    FoundationModel,
    Guardrail,
    KnowledgeAssistant,
    KnowledgeBase,
    NoGuardrail,
    Retrieval,
    S3Source,
)
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS

MODEL = FoundationModel("amazon.nova-lite-v1:0")


@pytest.fixture
def workspace() -> Workspace:
    """A workspace in a stack of its own."""
    stack = cdk.Stack(cdk.App(), "Support", env=cdk.Environment(region="us-east-1"))
    return Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)


def assistant(workspace: Workspace, **changed: Any) -> KnowledgeAssistant:
    """An assistant, with what a test changes."""
    stack = cdk.Stack.of(workspace)
    documents = KnowledgeBase(
        stack,
        "Documents",
        workspace=workspace,
        embedding=FoundationModel("amazon.titan-embed-text-v2:0"),
        sources=[S3Source(name="documents", prefix="documents/")],
    )
    arguments = {"knowledge_base": documents, "model": MODEL, **changed}
    return KnowledgeAssistant(stack, "Assistant", workspace=workspace, **arguments)


def of_the_chat(workspace: Workspace, kind: str) -> dict[str, Any]:
    """Properties of the chat's resource of a type."""
    found = assertions.Template.from_stack(cdk.Stack.of(workspace)).find_resources(kind)
    (chat,) = [each["Properties"] for name, each in found.items() if name.startswith("AssistantChat")]
    properties: dict[str, Any] = chat
    return properties


def environment(workspace: Workspace) -> dict[str, Any]:
    """The variables of the chat."""
    variables: dict[str, Any] = of_the_chat(workspace, "AWS::Lambda::Function")["Environment"]["Variables"]
    return variables


def test_the_workspaces_guardrail_stands_before_the_model_by_default(workspace: Workspace) -> None:
    made = assistant(workspace)
    assert made.guardrail is workspace.node.find_child("Guardrail")
    assert {*environment(workspace)} >= {"GUARDRAIL", "GUARDRAIL_VERSION"}


def test_a_guardrail_of_ones_own_stands_there(workspace: Workspace) -> None:
    own = Guardrail(cdk.Stack.of(workspace), "Own", workspace=workspace)
    assert assistant(workspace, guardrail=own).guardrail is own


def test_none_stands_there_when_somebody_says_why(workspace: Workspace) -> None:
    assert assistant(workspace, guardrail=NoGuardrail("Everything in it is public")).guardrail is None
    assert "GUARDRAIL" not in environment(workspace)


def test_the_chat_asks_only_what_it_is_for(workspace: Workspace) -> None:
    assistant(workspace)
    statements = of_the_chat(workspace, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    allowed = {json.dumps(each["Action"]): json.dumps(each["Resource"]) for each in statements}
    assert "Documents" in allowed['"bedrock:Retrieve"']
    assert "nova-lite" in allowed['"bedrock:InvokeModelWithResponseStream"']
    assert '"bedrock:InvokeModel"' not in allowed


def test_how_passages_are_found_is_told(workspace: Workspace) -> None:
    assistant(workspace, retrieval=Retrieval(results=3), instructions="You are brief.", max_tokens=99)
    found = environment(workspace)
    assert json.loads(found["RETRIEVAL"]) == {"vectorSearchConfiguration": {"numberOfResults": 3}}
    assert (found["INSTRUCTIONS"], found["MAX_TOKENS"]) == ("You are brief.", "99")


def test_a_model_that_is_late_is_given_up_before_the_function_ends(workspace: Workspace) -> None:
    assistant(workspace)
    handler = Path(__file__).parents[3] / "lambda/knowledge_assistant/chat/handler.py"
    found = re.search(r"^_TRIES, _MODEL_SECONDS = (\d+), (\d+)$", handler.read_text(), re.MULTILINE)
    assert found is not None
    tries, seconds = map(int, found.groups())
    assert tries * seconds < of_the_chat(workspace, "AWS::Lambda::Function")["Timeout"]


def test_failures_raise_an_alarm(workspace: Workspace) -> None:
    made = assistant(workspace)
    metric = {"Namespace": "cdk-ml/KnowledgeAssistant", "MetricName": "Failed", "Threshold": 0}
    template = assertions.Template.from_stack(cdk.Stack.of(workspace))
    template.has_resource_properties("AWS::CloudWatch::Alarm", metric)
    assert made.metric("Answered").statistic == "Sum"


@pytest.mark.parametrize(
    ("changed", "value", "fix"),
    [
        ({"title": " "}, "title=' '", "Say something"),
        ({"title": "x" * 81}, "has 81 characters", "Use at most 80 characters"),
        ({"instructions": "x" * 4_001}, "has 4001 characters", "Use at most 4000 characters"),
        (
            {"model": FoundationModel("amazon.titan-embed-text-v2:0")},
            "model='amazon.titan-embed-text-v2:0' gives embedding, and no text",
            "Use a model that does",
        ),
        (
            {"model": FoundationModel("amazon.nova-2-lite-v1:0")},
            "model='amazon.nova-2-lite-v1:0' cannot be asked in us-east-1 itself",
            "Use CrossRegionProfile('amazon.nova-2-lite-v1:0', ",
        ),
        ({"max_tokens": 0}, "max_tokens=0", "Use 1 to 65536"),
        ({"retrieval": Retrieval(results=101)}, "retrieval.results=101", "Use 1 to 100"),
    ],
)
def test_what_could_not_be_answered_is_refused(
    workspace: Workspace, changed: dict[str, Any], value: str, fix: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        assistant(workspace, **changed)
    assert value in str(refused.value)
    assert fix in str(refused.value)


def test_a_title_that_only_the_deployment_knows_passes(workspace: Workspace) -> None:
    title = cdk.CfnParameter(cdk.Stack.of(workspace), "Title").value_as_string
    assistant(workspace, title=title)
