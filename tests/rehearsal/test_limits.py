"""What CloudFormation refuses before the first resource is one clear line."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_ml.assembly import AssemblyError
from cdk_ml.rehearsal import rehearse
from tests.rehearsal.templates import assembly, created, found, resource

QUEUE = resource("AWS::SQS::Queue")


def messages(outcome: Any) -> list[str]:
    return [finding.message for finding in outcome.findings if finding.fails]


def test_a_template_of_more_than_a_megabyte_is_refused() -> None:
    tags = [{"Key": f"k{i}", "Value": "v" * 200} for i in range(45)]
    outcome = created({f"Q{i}": resource("AWS::SQS::Queue", {"Tags": tags}) for i in range(150)})

    assert [kind for kind, _ in found(outcome)] == ["limit"]
    assert "bytes, where CloudFormation reads 1,048,576" in messages(outcome)[0]
    assert len(outcome.events) == 150


@pytest.mark.parametrize(
    ("resources", "sections", "message"),
    [
        ({f"Q{i}": QUEUE for i in range(501)}, {}, "501 resources, where a template can have 500"),
        (
            {"Q": QUEUE},
            {"Outputs": {f"O{i}": {"Value": "v"} for i in range(201)}},
            "201 outputs, where a template can have 200",
        ),
        (
            {"Q": QUEUE},
            {"Parameters": {f"P{i}": {"Type": "String", "Default": "v"} for i in range(201)}},
            "201 parameters, where a template can have 200",
        ),
    ],
)
def test_a_template_with_too_much_in_it_is_refused(resources: Any, sections: Any, message: str) -> None:
    assert messages(created(resources, **sections)) == [message]


def test_five_hundred_resources_are_not_too_many() -> None:
    assert messages(created({f"Q{i}": QUEUE for i in range(500)})) == []


@pytest.mark.parametrize(
    ("resources", "sections", "message"),
    [
        ({}, {}, "the template has no resource"),
        ({"my-queue": QUEUE}, {}, "resource my-queue: logical ids have letters and digits only"),
        (
            {"Q": QUEUE},
            {"Outputs": {"my.url": {"Value": "v"}}},
            "output my.url: logical ids have letters and digits only",
        ),
        ({"Q": QUEUE}, {"Outputs": {"O": {}}}, "the value of output O has to be text, and is nothing"),
        ({"Q": QUEUE}, {"Outputs": {"O": {"Value": ["a"]}}}, "the value of output O has to be text, and is a list"),
        (
            {"Q": QUEUE},
            {"Outputs": {"O": {"Value": {"Ref": "AWS::NoValue"}}}},
            "the value of output O has to be text, and is nothing",
        ),
        (
            {"Q": QUEUE},
            {"Outputs": {n: {"Value": "v", "Export": {"Name": "url"}} for n in ("A", "B")}},
            "outputs A and B are both exported as url",
        ),
    ],
)
def test_a_template_that_cannot_be_read_is_refused(resources: Any, sections: Any, message: str) -> None:
    assert messages(created(resources, **sections)) == [message]


def test_conditions_that_need_each_other_almost_without_end_are_one_line() -> None:
    conditions: dict[str, Any] = {f"C{i}": {"Fn::Not": [{"Condition": f"C{i + 1}"}]} for i in range(900)}
    stack = assembly({"Q": QUEUE}, Conditions=conditions | {"C900": {"Fn::Equals": ["a", "a"]}})

    with pytest.raises(AssemblyError, match="conditions of a template need each other too deeply"):
        rehearse(stack)


def test_functions_as_deep_as_a_template_may_have_them_are_resolved() -> None:
    value: Any = "v"
    for _ in range(60):
        value = {"Fn::Join": ["", [value]]}

    assert created({"Q": resource("AWS::SQS::Queue", {"QueueName": value})}).events[0].physical_id.endswith("/v")
