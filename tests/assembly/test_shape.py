"""What a mapping needs to be a template, and what may stand in it without being one's business."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_ml.assembly.shape import problems_of_template

QUEUE = {"Type": "AWS::SQS::Queue"}


def deep(levels: int) -> dict[str, Any]:
    value: Any = "x"
    for _ in range(levels):
        value = {"a": value}
    return {"Resources": {"Q": QUEUE | {"Metadata": value}}}


@pytest.mark.parametrize(
    ("template", "problems"),
    [
        ({}, ["it has no mapping named Resources"]),
        (deep(300), ["it is nested more than 200 levels deep"]),
        (
            {"Resources": {}, "Parameters": [1], "Conditions": "x"},
            ["Parameters is not a mapping", "Conditions is not a mapping"],
        ),
        (
            {"Resources": {}, "Parameters": {"P": 1}, "Outputs": {"O": None}, "Mappings": {"M": []}},
            ["Parameters/P is not a mapping", "Mappings/M is not a mapping", "Outputs/O is not a mapping"],
        ),
        ({"Resources": {"Q": 1, "R": {"Type": 1}}}, ["resource Q has no Type", "resource R has no Type"]),
        (
            {"Resources": {"Q": QUEUE | {"Properties": "x", "Metadata": [1], "UpdatePolicy": 1, "DeletionPolicy": 1}}},
            [
                "Properties of Q is not a mapping",
                "Metadata of Q is not a mapping",
                "UpdatePolicy of Q is not a mapping",
                "DeletionPolicy of Q is not a string",
            ],
        ),
        (
            {"Resources": {"Q": QUEUE | {"Condition": {"Fn::Not": []}, "DependsOn": [1]}}},
            [
                "Condition of Q is not the name of a condition",
                "DependsOn of Q is neither a logical id nor a list of them",
            ],
        ),
    ],
)
def test_each_reason_is_named(template: dict[str, Any], problems: list[str]) -> None:
    assert list(problems_of_template(template)) == problems


@pytest.mark.parametrize(
    "template",
    [
        deep(100),
        {"Resources": {"Q": QUEUE | {"Properties": None, "Metadata": None, "DependsOn": "R"}}, "Outputs": None},
        {"Resources": {"Q": QUEUE | {"DeletionPolicy": {"Fn::If": ["A", "Retain", "Delete"]}}}},
        {"Resources": {"Fn::ForEach::Q": ["I", ["a"], {"${I}": QUEUE}]}, "Outputs": {"Fn::ForEach::O": []}},
        {"Resources": {}, "Mappings": {"Fn::Transform": {"Name": "AWS::Include"}}, "Conditions": {"A": True}},
    ],
    ids=["deep", "nulls", "chosen-policy", "loops", "include"],
)
def test_what_a_template_may_say_is_no_problem(template: dict[str, Any]) -> None:
    assert list(problems_of_template(template)) == []
