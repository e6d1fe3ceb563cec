"""A function that streams is one whose runtime lets it."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.workflow import StreamingFunction
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources
from tests.runtime import Runtime

STORYTELLER = "docs/examples/storyteller"


def made(stack: cdk.Stack, workspace: Workspace, **options: Any) -> Template:
    """The template of one function."""
    StreamingFunction(stack, "Storyteller", **{"workspace": workspace, "code": STORYTELLER, **options})
    return Template.from_stack(stack)


def test_lambda_starts_the_runtime_of_the_layer(stack: cdk.Stack, workspace: Workspace) -> None:
    template = made(stack, workspace, environment={"MODEL": "small"})
    function = only(template, "AWS::Lambda::Function")
    ((layer, _),) = resources(template, "AWS::Lambda::LayerVersion").items()
    assert function["Layers"] == [{"Ref": layer}]
    assert function["Environment"]["Variables"] == {"MODEL": "small", "AWS_LAMBDA_EXEC_WRAPPER": "/opt/start"}
    assert (function["Runtime"], function["Handler"]) == ("python3.14", "handler.handler")
    assert "LayerName" not in only(template, "AWS::Lambda::LayerVersion")


def test_an_answer_has_minutes(stack: cdk.Stack, workspace: Workspace) -> None:
    assert only(made(stack, workspace), "AWS::Lambda::Function")["Timeout"] == 300


def test_what_lambda_would_refuse_is_refused(stack: cdk.Stack, workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match=r"timeout_seconds=901 is not a time that Lambda gives\. Use 1 to 900"):
        made(stack, workspace, timeout_seconds=901)


def test_another_wrapper_is_refused(stack: cdk.Stack, workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match="is what starts the runtime that streams") as raised:
        made(stack, workspace, environment={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/mine"})
    assert str(raised.value).startswith("Churn/Storyteller: ")


def test_the_example_tells_its_story_word_by_word() -> None:
    with Runtime() as runtime:
        ((kind, story),) = runtime.stream(f"../{STORYTELLER}", {})
    assert (kind, story.metadata["statusCode"]) == ("response", 200)
    assert story.chunks[1:] == [b"data: Once\n\n", b"data: upon\n\n", b"data: a\n\n", b"data: time\n\n"]
