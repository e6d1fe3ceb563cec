"""Rules in logic are published in a version that moves with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import AutomatedReasoningPolicy, ReasoningRule, ReasoningVariable
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only, resources

Synth = Callable[[], Template]
RULE = ReasoningRule(rule_id="FULLTIME0001", expression="(=> isFullTime (= kind ANNUAL))")
FULL_TIME = ReasoningVariable(name="isFullTime", type="BOOL", description="Whether somebody works full time")
KIND = ReasoningVariable(name="kind", type="Leave", description="Which leave somebody asks for")


def test_rules_variables_and_types_are_in_the_policy(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    policy = AutomatedReasoningPolicy(
        stack,
        "Leave",
        workspace=workspace,
        rules=[RULE],
        variables=[FULL_TIME, KIND],
        types={"Leave": ["ANNUAL", "SICK"]},
        description="Who may take leave",
    )
    synthesized = template()
    found = only(synthesized, "AWS::Bedrock::AutomatedReasoningPolicy")
    assert found["PolicyDefinition"] == {
        "Version": "1.0",
        "Rules": [{"Id": RULE.rule_id, "Expression": RULE.expression}],
        "Variables": [
            {"Name": each.name, "Type": each.type, "Description": each.description} for each in (FULL_TIME, KIND)
        ],
        "Types": [{"Name": "Leave", "Values": [{"Value": "ANNUAL"}, {"Value": "SICK"}]}],
    }
    ((logical_id, _),) = resources(synthesized, "AWS::Bedrock::AutomatedReasoningPolicy").items()
    version = only(synthesized, "AWS::Bedrock::AutomatedReasoningPolicyVersion")
    assert version["LastUpdatedDefinitionHash"] == {"Fn::GetAtt": [logical_id, "DefinitionHash"]}
    assert "Version" in str(stack.resolve(policy.policy_arn))
    assert found["KmsKeyId"]


@pytest.mark.parametrize(
    ("options", "value", "fix"),
    [
        ({"name": "a/b"}, "name='a/b'", "Use at most 256"),
        ({"rules": []}, "rules=[] prove nothing", "Write a rule"),
        ({"rules": [RULE, RULE]}, "is there 2 times", "Give each rule once"),
        ({"rules": [ReasoningRule(rule_id="r1", expression="true")]}, "rules.rule_id='r1'", "a letter and eleven"),
        ({"rules": [ReasoningRule(rule_id="FULLTIME0001", expression="")]}, "rules.expression='' is empty", "Write"),
        ({"variables": []}, "leave rules nothing to be about", "Declare"),
        ({"variables": [KIND]}, "variables.type='Leave' of kind is not a type", "declare it in types"),
        ({"variables": [FULL_TIME, FULL_TIME]}, "is there 2 times", "Give each variable once"),
        ({"variables": [FULL_TIME] * 201}, "variables=201 are more than the 200", "Make two policies"),
        ({"types": {"Leave": []}}, "types='Leave' has 0 values", "Give a type 1 to 50 values"),
        ({"types": {"1": ["ANNUAL"]}}, "types='1' is not a name", "starting with a letter"),
        ({"types": {"Leave": ["a b"]}}, "types='a b' is not a name", "letters, digits and underscores"),
        ({"description": "d" * 1_025}, "has 1025 characters", "Shorten it"),
    ],
)
def test_what_bedrock_refuses_is_said_with_its_fix(
    stack: cdk.Stack, workspace: Workspace, options: dict[str, Any], value: str, fix: str
) -> None:
    given: dict[str, Any] = {"rules": [RULE], "variables": [FULL_TIME], **options}
    with pytest.raises(ConfigurationError) as raised:
        AutomatedReasoningPolicy(stack, "Leave", workspace=workspace, **given)
    problems = [str(problem) for problem in raised.value.problems]
    assert any(value in problem and fix in problem for problem in problems), problems


def test_a_token_passes_and_a_region_without_automated_reasoning_does_not() -> None:
    stack = cdk.Stack(cdk.App(), "People", env=cdk.Environment(region="eu-north-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    token = cdk.Token.as_string({"Ref": "AWS::StackName"})
    with pytest.raises(ConfigurationError) as raised:
        AutomatedReasoningPolicy(
            stack,
            "Leave",
            workspace=workspace,
            name=token,
            rules=[ReasoningRule(rule_id=token, expression=token)],
            variables=[ReasoningVariable(name=token, type=token, description=token)],
        )
    assert [problem.argument for problem in raised.value.problems] == ["region"]
