"""A role asks a model with its guardrail, whatever kind of model it is."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_ml.genai import CrossRegionProfile, FoundationModel, Guardrail
from cdk_ml.genai.agents.guarded import ask_guarded
from cdk_ml.genai.models.invokable import INVOKE
from cdk_ml.workspace import Workspace

MODEL = FoundationModel("amazon.nova-lite-v1:0")
NAMED = "bedrock:GuardrailIdentifier"


def test_without_a_guardrail_nothing_is_added() -> None:
    assert ask_guarded(MODEL, None) == MODEL.invoke_statements()


def test_conditions_of_a_profile_stay(stack: cdk.Stack, workspace: Workspace) -> None:
    guardrail = Guardrail(stack, "Guardrail", workspace=workspace)
    profile = CrossRegionProfile("amazon.nova-lite-v1:0", "us")
    plain, guarded = profile.invoke_statements(), ask_guarded(profile, guardrail)
    asking = [statement for statement in guarded if {*statement.actions} <= {*INVOKE}]
    assert len(asking) == len(plain)
    for before, after in zip(plain, asking, strict=True):
        assert (after.actions, after.resources, after.wildcard) == (before.actions, before.resources, before.wildcard)
        conditions = {**(after.conditions or {})}
        equals = {**conditions["StringEquals"]}
        assert equals.pop(NAMED) == f"{guardrail.guardrail_arn}:{guardrail.version}"
        kept = {operator: keys for operator, keys in {**conditions, "StringEquals": equals}.items() if keys}
        assert kept == dict(before.conditions or {})
