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
        ({"Fn::Sub": "a${AWS::NoValue}b"}, "ab"),
        ({"Fn::Join": [",", ["a", {"Ref": "AWS::NoValue"}, "b"]]}, "a,b"),
        ({"Fn::Select": [0, {"Fn::Cidr": ["2001:db8::/56", 2, 64]}]}, "2001:db8::/64"),
        ({"Fn::Select": [0, {"Fn::Cidr": ["10.0.0.5/16", 2, 8]}]}, "10.0.0.0/24"),
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
        ({"Fn::Select": [0, {"Fn::Cidr": ["10.0.0.0/8", 300, 4]}]}, "makes 1 to 256 blocks, not 300"),
        ({"Fn::FindInMap": ["Sizes", "dev"]}, "Fn::FindInMap cannot take"),
        ({"Fn::GetAtt": ["Queue"]}, "Fn::GetAtt cannot take"),
        ({"Ref": {"Fn::Sub": "Queue"}}, "Ref cannot take"),
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


def test_all_properties_can_be_left_out_by_a_condition() -> None:
    queue = resource("AWS::SQS::Queue")
    queue["Properties"] = {"Fn::If": ["IsProd", {"DelaySeconds": 5}, {"Ref": "AWS::NoValue"}]}

    outcome = created({"Q": queue}, **SECTIONS)

    assert outcome.world.stacks["Stack"].resources["Q"].properties == {}
    assert found(outcome) == []


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"A": {"Condition": "B"}, "B": {"Condition": "A"}}, "circular conditions: A needs B needs A"),
        ({"A": {"Fn::Equals": [{"Ref": "Nothing"}, "a"]}}, "Nothing refers to nothing in the template"),
        ({"A": {"Fn::Equals": [{"Ref": "Q"}, "a"]}}, "condition A refers to resource Q"),
        ({"A": {"Fn::Equals": ["a"]}}, "is not a condition"),
    ],
)
def test_a_condition_that_cannot_be_decided_is_one_line_whether_it_is_used_or_not(
    conditions: dict[str, Any], message: str
) -> None:
    outcome = created({"Q": resource("AWS::SQS::Queue")}, Conditions=conditions)

    (finding,) = [f for f in outcome.findings if f.fails]
    assert message in finding.message


@pytest.mark.parametrize(
    "bucket",
    [
        {"Ref": "Module.Bucket"},
        {"Ref": "ModuleBucket"},
        {"Fn::GetAtt": "Module.Bucket.Arn"},
        {"Fn::GetAtt": ["Module.Bucket", "Arn"]},
        {"Fn::Sub": "${Module.Bucket.Arn}/*"},
    ],
)
def test_what_is_in_a_module_is_taken_to_exist_and_made_before(bucket: Any) -> None:
    user = resource("AWS::SSM::Parameter", {"Type": "String", "Value": bucket})

    outcome = created({"User": user, "Module": resource("My::S3::Bucket::MODULE", {"Name": "models"})})

    assert found(outcome) == []
    assert [event.logical_id for event in outcome.events] == ["Module", "User"]
    assert outcome.opaque == {"My::S3::Bucket::MODULE": 1}


@pytest.mark.parametrize("where", ["properties", "resources"])
def test_what_a_macro_puts_into_a_template_is_not_judged(where: str) -> None:
    include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://models/more.json"}}}
    queue = resource("AWS::SQS::Queue")
    if where == "properties":
        queue["Properties"] = include

    outcome = created({"Q": queue, **(include if where == "resources" else {})})

    assert found(outcome) == []
    assert any("Fn::Transform of AWS::Include rewrites" in finding.message for finding in outcome.findings)


def test_a_dynamic_reference_stands_for_what_only_the_account_knows() -> None:
    queue = resource("AWS::SQS::Queue", {"DelaySeconds": "{{resolve:ssm:/jobs/delay}}"})

    assert found(created({"Q": queue})) == []
