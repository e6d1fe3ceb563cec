"""A rule that the parameters break is one line; what only the account knows breaks none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cdk_ml.rehearsal import Outcome, rehearse
from tests.rehearsal.templates import assembly, created, found, resource

QUEUE = {"Q": resource("AWS::SQS::Queue")}
VPC = "AWS::EC2::VPC::Id"
PARAMETERS = {
    "Stage": {"Type": "String", "Default": "prod"},
    "Size": {"Type": "String", "Default": "ml.p5.48xlarge"},
    "Zones": {"Type": "CommaDelimitedList", "Default": "a,b"},
    "Home": {"Type": VPC, "Default": "vpc-1"},
    "Away": {"Type": VPC, "Default": "vpc-2"},
    "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>", "Default": "subnet-1,subnet-2"},
    "Version": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/version"},
}
STAGE, SIZE, ZONES, VERSION = ({"Ref": name} for name in ("Stage", "Size", "Zones", "Version"))
YES, NO = {"Fn::Equals": [STAGE, "prod"]}, {"Fn::Equals": [STAGE, "dev"]}
UNKNOWN = {"Fn::Contains": [["1", "2"], VERSION]}


def asserted(expression: Any, **rule: Any) -> Outcome:
    assertion = {"Assert": expression, "AssertDescription": "Take another size."}
    return created(QUEUE, Parameters=PARAMETERS, Rules={"Sizes": {"Assertions": [assertion], **rule}})


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        (YES, True),
        (NO, False),
        ({"Fn::Not": [YES]}, False),
        ({"Fn::And": [YES, NO]}, False),
        ({"Fn::Or": [NO, YES]}, True),
        ({"Fn::Contains": [["ml.m5.large", "ml.p5.48xlarge"], SIZE]}, True),
        ({"Fn::Contains": [["ml.m5.large"], SIZE]}, False),
        ({"Fn::Contains": [ZONES, "b"]}, True),
        ({"Fn::EachMemberEquals": [ZONES, "a"]}, False),
        ({"Fn::EachMemberEquals": [["prod", "prod"], STAGE]}, True),
        ({"Fn::EachMemberIn": [ZONES, ["a", "b", "c"]]}, True),
        ({"Fn::EachMemberIn": [ZONES, ["a"]]}, False),
        ({"Fn::EachMemberIn": [{"Fn::RefAll": VPC}, ["vpc-1", "vpc-2"]]}, True),
        ({"Fn::EachMemberIn": [{"Fn::RefAll": VPC}, ["vpc-1"]]}, False),
        ({"Fn::Contains": [{"Fn::RefAll": "List<AWS::EC2::Subnet::Id>"}, "subnet-2"]}, True),
        ({"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}, False),
    ],
    ids=str,
)
def test_each_function_says_what_cloudformation_says(expression: Any, holds: bool) -> None:
    outcome = asserted(expression)

    assert found(outcome) == ([] if holds else [("invalid-property", "")])
    messages = [finding.message for finding in outcome.findings]
    assert messages == ([] if holds else ["rule Sizes refuses the parameters: Take another size."])


@pytest.mark.parametrize(
    "expression",
    [
        UNKNOWN,
        {"Fn::Not": [UNKNOWN]},
        {"Fn::And": [UNKNOWN, YES]},
        {"Fn::Or": [UNKNOWN, NO]},
        {"Fn::EachMemberIn": [{"Fn::ValueOf": ["Subnets", "VpcId"]}, {"Fn::RefAll": VPC}]},
        {"Fn::EachMemberEquals": [{"Fn::ValueOfAll": ["AWS::EC2::Instance::Id", "Tags.Department"]}, "IT"]},
        {"Fn::Equals": [{"Ref": "AWS::AccountId"}, "222222222222"]},
    ],
    ids=str,
)
def test_what_only_the_account_knows_breaks_no_rule(expression: Any) -> None:
    assert found(asserted(expression)) == []


def test_a_false_part_is_enough_however_little_is_known_of_the_rest() -> None:
    assert found(asserted({"Fn::And": [UNKNOWN, NO]})) == [("invalid-property", "")]


@pytest.mark.parametrize(("condition", "fails"), [(YES, True), (NO, False), (UNKNOWN, False)], ids=str)
def test_a_rule_applies_where_its_condition_holds(condition: Any, fails: bool) -> None:
    assert bool(found(asserted(NO, RuleCondition=condition))) is fails


def test_a_value_that_is_given_is_what_a_rule_looks_at() -> None:
    stack = assembly(QUEUE, Parameters=PARAMETERS, Rules={"Prod": {"Assertions": [{"Assert": YES}]}})

    outcome = rehearse(stack, parameters={"Stage": "dev"}).outcomes[0]

    assert [finding.message for finding in outcome.findings] == [
        'rule Prod refuses the parameters: {"Fn::Equals": [{"Ref": "Stage"}, "prod"]} is false'
    ]


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"Assertions": [{}]},
        {"Assertions": 1},
        {"Assertions": [{"Assert": "true"}]},
        {"Assertions": [{"Assert": {"Fn::Equals": [1]}}]},
        {"Assertions": [{"Assert": {"Fn::Contains": [{"Fn::ValueOf": ["Nobody", "VpcId"]}, "x"]}}]},
    ],
    ids=str,
)
def test_what_is_no_rule_is_said(rule: Mapping[str, Any]) -> None:
    outcome = created(QUEUE, Parameters=PARAMETERS, Rules={"Odd": rule})

    assert found(outcome) == [("unresolved", "")]
    assert outcome.findings[0].message.startswith("rule Odd: {")
