"""Parameters have the values that CloudFormation would give them."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_ml.assembly import AssemblyError
from cdk_ml.rehearsal import rehearse
from tests.rehearsal.templates import assembly, found, resource


def stack(declared: dict[str, Any], output: Any) -> Any:
    return assembly({"Q": resource("AWS::SQS::Queue")}, Parameters={"P": declared}, Outputs={"O": {"Value": output}})


@pytest.mark.parametrize(
    ("type_", "output"),
    [
        ("AWS::SSM::Parameter::Value<List<String>>", {"Fn::Select": [1, {"Ref": "P"}]}),
        ("AWS::SSM::Parameter::Value<CommaDelimitedList>", {"Fn::Select": [1, {"Ref": "P"}]}),
        ("AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", {"Ref": "P"}),
        ("AWS::SSM::Parameter::Name", {"Ref": "P"}),
        ("List<AWS::EC2::Subnet::Id>", {"Fn::Join": [",", {"Ref": "P"}]}),
    ],
)
def test_every_type_of_parameter_is_known(type_: str, output: Any) -> None:
    (outcome,) = rehearse(stack({"Type": type_, "Default": "/models/subnets"}, output)).outcomes

    assert found(outcome) == []


@pytest.mark.parametrize(
    ("declared", "value", "message"),
    [
        ({"Type": "Text"}, "a", "there is no parameter type Text"),
        ({"Type": "String"}, {"a": 1}, "parameter P cannot be a mapping"),
        ({"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]}, "a,c", "parameter P='c' is not one of a, b"),
    ],
)
def test_a_parameter_that_cannot_be_is_one_line(declared: dict[str, Any], value: Any, message: str) -> None:
    (outcome,) = rehearse(stack(declared, "v"), parameters={"P": value}).outcomes

    (finding,) = [f for f in outcome.findings if f.fails]
    assert message in finding.message


@pytest.mark.parametrize("name", ["MinLength", "MaxLength", "MinValue", "MaxValue"])
def test_a_limit_that_is_no_number_limits_nothing(name: str) -> None:
    (outcome,) = rehearse(stack({"Type": "Number", "Default": "5", name: "five"}, "v")).outcomes

    assert found(outcome) == []


def test_a_value_for_a_parameter_that_no_stack_has_is_refused() -> None:
    with pytest.raises(AssemblyError, match=r"^Staeg: no stack has a parameter of that name. Did you mean Stage\?$"):
        rehearse(
            assembly({"Q": resource("AWS::SQS::Queue")}, Parameters={"Stage": {"Type": "String"}}),
            parameters={"Staeg": "dev"},
        )


def test_a_value_can_be_for_a_parameter_that_only_the_old_stack_has() -> None:
    new = assembly({"Q": resource("AWS::SQS::Queue")})
    old = stack({"Type": "String"}, {"Ref": "P"})

    (outcome,) = rehearse(new, before=old, parameters={"P": "a"}).outcomes

    assert found(outcome) == []


def test_values_can_be_given_by_the_name_of_a_stack() -> None:
    (outcome,) = rehearse(stack({"Type": "String"}, {"Ref": "P"}), parameters={"Stack": {"P": "a"}}).outcomes

    assert outcome.world.stacks["Stack"].outputs == {"O": "a"}
