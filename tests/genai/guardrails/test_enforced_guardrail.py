"""A guardrail for every request of an account, or for those to some models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import EnforcedGuardrail, Guarding, Guardrail
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only

Synth = Callable[[], Template]
ENFORCED = "AWS::Bedrock::EnforcedGuardrailConfiguration"


def test_every_model_and_all_of_a_request_is_guarded(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    guardrail = Guardrail(stack, "Guardrail", workspace=workspace)
    EnforcedGuardrail(stack, "Enforced", workspace=workspace, guardrail=guardrail)
    assert only(template(), ENFORCED) == {
        "GuardrailIdentifier": stack.resolve(guardrail.guardrail_arn),
        "GuardrailVersion": stack.resolve(guardrail.version),
        "ModelEnforcement": {"IncludedModels": ["ALL"], "ExcludedModels": []},
        "SelectiveContentGuarding": {"System": "COMPREHENSIVE", "Messages": "COMPREHENSIVE"},
    }


def test_some_models_are_left_out(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    EnforcedGuardrail(
        stack,
        "Enforced",
        workspace=workspace,
        guardrail=Guardrail(stack, "Guardrail", workspace=workspace),
        except_models=["amazon.titan-embed-text-v2:0"],
        system=Guarding.SELECTIVE,
    )
    found = only(template(), ENFORCED)
    assert found["ModelEnforcement"]["ExcludedModels"] == ["amazon.titan-embed-text-v2:0"]
    assert found["SelectiveContentGuarding"]["System"] == "SELECTIVE"


@pytest.mark.parametrize(
    ("options", "value", "fix"),
    [
        ({"models": []}, "models=[] enforces nothing", "leave the argument out"),
        ({"models": ["ALL", "amazon.nova-lite-v1:0"]}, "names all models and some", "Name either"),
        ({"models": ["Nova"]}, "models='Nova' is not the id of a model", "Write it as amazon.nova-lite-v1:0"),
        ({"except_models": ["ALL"]}, "except_models='ALL'", "Write it as"),
        ({"models": ["a.b", "a.b"]}, "models='a.b' is there 2 times", "Give each model once"),
        ({"models": ["a.b"], "except_models": ["a.b"]}, "is named in models as well", "Leave it out of one"),
    ],
)
def test_models_that_nothing_could_be_enforced_for_are_refused(
    stack: cdk.Stack, workspace: Workspace, options: dict[str, Any], value: str, fix: str
) -> None:
    guardrail = Guardrail(stack, "Guardrail", workspace=workspace)
    with pytest.raises(ConfigurationError) as raised:
        EnforcedGuardrail(stack, "Enforced", workspace=workspace, guardrail=guardrail, **options)
    assert any(value in str(problem) and fix in str(problem) for problem in raised.value.problems)


def test_a_model_that_only_the_deployment_knows_passes_and_a_region_without_enforcement_does_not() -> None:
    stack = cdk.Stack(cdk.App(), "Baseline", env=cdk.Environment(region="me-central-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    guardrail = Guardrail(stack, "Guardrail", workspace=workspace)
    token = cdk.Token.as_string({"Ref": "AWS::StackName"})
    with pytest.raises(ConfigurationError) as raised:
        EnforcedGuardrail(stack, "Enforced", workspace=workspace, guardrail=guardrail, models=[token])
    assert [problem.argument for problem in raised.value.problems] == ["region"]
