"""Loops are written out wherever they may stand, and what is wrong with one is said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal.templates import created, events, found, resource

QUEUE = resource("AWS::SQS::Queue")
EXTENDED: dict[str, Any] = {"Transform": "AWS::LanguageExtensions"}


def loop(over: Any, body: Any) -> dict[str, Any]:
    return {"Fn::ForEach::Loop": ["Item", over, body]}


def test_a_loop_makes_outputs_and_conditions() -> None:
    outcome = created(
        {"Q": {**QUEUE, "Condition": "Isa"}, "R": {**QUEUE, "Condition": "Isb"}},
        **EXTENDED,
        Conditions=loop(["a", "b"], {"Is${Item}": {"Fn::Equals": [{"Ref": "Item"}, "a"]}}),
        Outputs=loop(["a", "b"], {"Out${Item}": {"Value": {"Fn::Sub": "${Item}/${AWS::StackName}"}}}),
    )

    assert events(outcome) == [("create", "Q")]
    assert outcome.world.stacks["Stack"].outputs == {"Outa": "a/Stack", "Outb": "b/Stack"}
    assert found(outcome) == []


def test_loops_stand_in_loops_and_in_properties() -> None:
    inner = {"Fn::ForEach::Inner": ["Number", ["1", "2"], {"Q${Item}${Number}": QUEUE}]}
    properties = {"Fn::ForEach::P": ["Name", ["DelaySeconds", "VisibilityTimeout"], {"${Name}": 5}]}

    outcome = created({**loop(["a", "b"], inner), "P": resource("AWS::SQS::Queue", properties)}, **EXTENDED)

    assert [name for _, name in events(outcome)] == ["Qa1", "Qa2", "Qb1", "Qb2", "P"]
    made = outcome.world.stacks["Stack"].resources["P"].properties
    assert made == {"DelaySeconds": 5, "VisibilityTimeout": 5}


def test_an_ampersand_leaves_out_what_a_logical_id_cannot_have() -> None:
    outcome = created(loop(["10.0.0.1", "10.0.0.2"], {"Q&{Item}": QUEUE}), **EXTENDED)

    assert [name for _, name in events(outcome)] == ["Q10001", "Q10002"]


def test_a_function_can_make_the_name_in_a_reference() -> None:
    named = {"Ref": {"Fn::Sub": "Topic${Item}"}}
    body = {
        "A${Item}": resource("AWS::SSM::Parameter", {"Type": "String", "Value": named}),
        "Topic${Item}": resource("AWS::SNS::Topic"),
    }

    outcome = created(loop(["x"], body), **EXTENDED)

    assert events(outcome) == [("create", "Topicx"), ("create", "Ax")]
    assert found(outcome) == []


@pytest.mark.parametrize(
    ("resources", "sections", "message"),
    [
        (loop(["a"], {"Q${Item}": QUEUE}), {}, "without the language extensions"),
        ({"Fn::ForEach::Loop": ["Item", {"Q": QUEUE}], "Q": QUEUE}, EXTENDED, "is not a name, a list and what"),
        ({**loop([{"a": 1}], {"Q${Item}": QUEUE}), "Q": QUEUE}, EXTENDED, "runs over {'a': 1}, which is no text"),
        ({**loop(["a"], {"Q${Item}": {"Properties": {}}}), "Q": QUEUE}, EXTENDED, "resource Qa has no Type"),
        ({"Q": resource("AWS::SQS::Queue", {"QueueName": {"Ref": {"Fn::Sub": "Q"}}})}, {}, "Ref cannot take"),
    ],
)
def test_what_is_wrong_with_a_loop_is_one_line(resources: Any, sections: Any, message: str) -> None:
    (finding,) = [f for f in created(resources, **sections).findings if f.fails]

    assert message in finding.message
