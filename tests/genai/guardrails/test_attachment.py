"""What calls a model has a guardrail: its own, the workspace's, or none, with an argument."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import Guardrail, NoGuardrail, chosen_guardrail, default_guardrail
from cdk_ml.workspace import Workspace


def test_the_workspaces_guardrail_is_made_once(stack: cdk.Stack, workspace: Workspace) -> None:
    first = default_guardrail(workspace)
    assert default_guardrail(workspace) is first
    assert chosen_guardrail(workspace, None) is first
    Template.from_stack(stack).resource_count_is("AWS::Bedrock::Guardrail", 1)


def test_a_guardrail_of_ones_own_makes_no_other(stack: cdk.Stack, workspace: Workspace) -> None:
    own = Guardrail(stack, "Own", workspace=workspace)
    assert chosen_guardrail(workspace, own) is own
    Template.from_stack(stack).resource_count_is("AWS::Bedrock::Guardrail", 1)


def test_none_is_for_those_who_say_why(stack: cdk.Stack, workspace: Workspace) -> None:
    assert chosen_guardrail(workspace, NoGuardrail("It only makes embeddings of our own texts.")) is None
    assert "AWS::Bedrock::Guardrail" not in str(Template.from_stack(stack).to_json())
    with pytest.raises(ConfigurationError, match=r"reason=' ' is no argument. Say why"):
        NoGuardrail(" ")
