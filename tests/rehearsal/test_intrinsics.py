"""Intrinsic functions come to what CloudFormation makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_ml.rehearsal import rehearse
from tests.rehearsal.templates import assembly, created, found, resource

SECTIONS: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String", "Default": "dev"},
        "Zones": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
    },
    "Conditions": {
        "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        "NotProd": {"Fn::Not": [{"Condition": "IsProd"}]},
        "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "NotProd"}]},
        "Either": {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "NotProd"}]},
    },
    "Mappings": {"Sizes": {"dev": {"size": "small"}}},
}


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ({"Ref": "Stage"}, "dev"),
        ({"Ref": "AWS::StackName"}, "Stack"),
        ({"Fn::Sub": "${Stage}-${!Literal}-${AWS::Partition}"}, "dev-${Literal}-aws"),
        ({"Fn::Sub": ["${A}/${Stage}", {"A": {"Ref": "AWS::Region"}}]}, "us-east-1/dev"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}, 5, True]]}, "a-dev-5-true"),
        ({"Fn::Join": ["+", {"Ref": "Zones"}]}, "a+b+c"),
        ({"Fn::Select": [1, {"Fn::Split": ["/", "x/y/z"]}]}, "y"),
        ({"Fn::Select": ["2", {"Ref": "Zones"}]}, "c"),
        ({"Fn::If": ["IsProd", "p", {"Fn::If": ["Either", "e", "n"]}]}, "e"),
        ({"Fn::If": ["Both", "b", "not both"]}, "not both"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "size"]}, "small"),
        ({"Fn::FindInMap": ["Sizes", "test", "size", {"DefaultValue": "none"}]}, "none"),
        ({"Fn::Select": [1, {"Fn::Cidr": ["10.0.0.0/16", 4, 8]}]}, "10.0.1.0/24"),
        ({"Fn::Select": [1, {"Fn::GetAZs": ""}]}, "us-east-1b"),
        ({"Fn::Base64": "hello"}, "aGVsbG8="),
        ({"Fn::Length": {"Ref": "Zones"}}, 3),
        ({"Fn::ToJsonString": {"a": [1, {"Ref": "Stage"}]}}, '{"a":[1,"dev"]}'),
    ],
)
def test_a_function_comes_to_its_value(value: Any, result: Any) -> None:
    outcome = created({"Q": resource("AWS::SQS::Queue")}, **SECTIONS, Outputs={"O": {"Value": value}})

    assert outcome.world.stacks["Stack"].outputs["O"] == result
    assert found(outcome) == []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Ref": "Quue"}, "Did you mean Queue"),
        ({"Fn::GetAtt": ["Queue", "Arm"]}, "has no attribute Arm. Use Arn"),
        ({"Fn::Select": [7, ["a"]]}, "beyond a list of 1"),
        ({"Fn::FindInMap": ["Sizes", "prod", "size"]}, "Sizes/prod/size"),
        ({"Fn::Cidr": ["10.0.0.0/24", 5, 7]}, "holds 2 blocks"),
        ({"Fn::Jion": ["-", []]}, "Fn::Jion is not a function"),
        ({"Fn::Split": "x"}, "Fn::Split cannot take"),
        ({"Fn::If": ["Missing", "a", "b"]}, "condition Missing is not defined"),
    ],
)
def test_what_cannot_be_resolved_is_one_clear_line(value: Any, message: str) -> None:
    queue = resource("AWS::SQS::Queue")

    outcome = created({"Queue": queue, "P": resource("AWS::SQS::Queue", {"QueueName": value})}, **SECTIONS)

    (finding,) = [f for f in outcome.findings if f.fails]
    assert message in f"{finding.message}. {finding.fix}"
    assert "\n" not in finding.message


def test_no_value_takes_the_property_away() -> None:
    queue = resource("AWS::SQS::Queue", {"QueueName": {"Ref": "AWS::NoValue"}, "Tags": [{"Ref": "AWS::NoValue"}]})

    outcome = created({"Q": queue})

    assert outcome.world.stacks["Stack"].resources["Q"].properties == {"Tags": []}


def test_a_reference_to_what_a_condition_leaves_out_is_refused() -> None:
    outcome = created(
        {
            "Out": resource("AWS::SQS::Queue", Condition="IsProd"),
            "P": resource("AWS::SQS::Queue", {"QueueName": {"Ref": "Out"}}),
        },
        **SECTIONS,
    )

    assert found(outcome) == [("unresolved", "P")]


def test_a_loop_makes_one_resource_for_each_item() -> None:
    group = resource("AWS::Logs::LogGroup", {"LogGroupName": {"Fn::Sub": "jobs-${Zone}"}})
    loops = {"Fn::ForEach::Groups": ["Zone", {"Ref": "Zones"}, {"Logs${Zone}": group}]}

    outcome = created(loops, Transform="AWS::LanguageExtensions", Parameters=SECTIONS["Parameters"])

    assert [e.logical_id for e in outcome.events] == ["Logsa", "Logsb", "Logsc"]
    assert [e.physical_id for e in outcome.events] == ["jobs-a", "jobs-b", "jobs-c"]


def test_what_a_macro_rewrites_is_not_judged() -> None:
    function = resource("AWS::Serverless::Function", {"Handler": "a.b"})

    outcome = created(
        {"F": function, "P": resource("AWS::Lambda::Permission", {"FunctionName": {"Ref": "FRole"}})},
        Transform="AWS::Serverless-2016-10-31",
    )

    assert found(outcome) == []
    assert any("AWS::Serverless-2016-10-31 rewrites" in f.message for f in outcome.findings)


@pytest.mark.parametrize(
    ("declared", "value", "message"),
    [
        ({"Type": "String", "AllowedValues": ["a", "b"]}, "c", "is not one of a, b"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "A1", "does not match"),
        ({"Type": "String", "MaxLength": 2}, "abc", "has 3 letters"),
        ({"Type": "Number", "MinValue": 5}, "4", "is not between 5 and any"),
        ({"Type": "Number"}, "many", "is not a number"),
        ({"Type": "String"}, None, "has no default"),
    ],
)
def test_a_parameter_that_the_template_does_not_allow_is_named(declared: Any, value: Any, message: str) -> None:
    stack = assembly({"Q": resource("AWS::SQS::Queue")}, Parameters={"Size": declared})

    (outcome,) = rehearse(stack, parameters={} if value is None else {"Size": value}).outcomes

    (finding,) = [f for f in outcome.findings if f.fails]
    assert "Size" in finding.message
    assert message in finding.message
