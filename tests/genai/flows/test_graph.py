"""A flow that could not run is refused before it is deployed, with everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
import pytest

from cdk_ml.genai import (
    CollectorNode,
    ConditionEdge,
    ConditionNode,
    DataEdge,
    FlowNode,
    FlowPort,
    FlowType,
    InlineCodeNode,
    InputNode,
    IteratorNode,
    KnowledgeBaseNode,
    OutputNode,
)
from cdk_ml.genai.flows.graph import flow_problems

START = InputNode(name="Start")
END = OutputNode(name="End")
WIRE = DataEdge("Start.document", "End.document")
UPPER = InlineCodeNode(name="Upper", code="document.upper()")
ROUTE = ConditionNode(name="Route", inputs=[FlowPort("word")], conditions={"yes": 'word == "yes"'})
ROUTED = [
    DataEdge("Start.document", "Route.word"),
    ConditionEdge("Route.yes", "End"),
    ConditionEdge("Route.default", "End"),
    WIRE,
]


def said(nodes: Sequence[FlowNode], edges: Sequence[DataEdge | ConditionEdge]) -> list[str]:
    return [str(problem) for problem in flow_problems(nodes, edges)]


@pytest.mark.parametrize(
    ("nodes", "edges"),
    [
        ([START, END], [WIRE]),
        ([START, ROUTE, END], ROUTED),
        (
            [
                InputNode(name="Start", type=FlowType.ARRAY),
                IteratorNode(name="Each"),
                UPPER,
                CollectorNode(name="All"),
                OutputNode(name="End", type=FlowType.ARRAY),
            ],
            [
                DataEdge("Start.document", "Each.array"),
                DataEdge("Each.arrayItem", "Upper.document"),
                DataEdge("Upper.response", "All.arrayItem"),
                DataEdge("Each.arraySize", "All.arraySize"),
                DataEdge("All.collectedArray", "End.document"),
            ],
        ),
        # A part of an object may be of any type.
        ([InputNode(name="Start", type=FlowType.OBJECT), OutputNode(name="End", expression="$.data.name")], [WIRE]),
    ],
)
def test_what_can_run_passes(nodes: Sequence[FlowNode], edges: Sequence[DataEdge | ConditionEdge]) -> None:
    assert said(nodes, edges) == []


@pytest.mark.parametrize(
    ("nodes", "edges", "value", "fix"),
    [
        ([END], [], "nodes=[] are not the one place where a flow starts", "Use exactly one InputNode"),
        ([START, InputNode(name="Too"), END], [WIRE], "nodes=['Start', 'Too']", "Use exactly one InputNode"),
        ([START], [], "nodes=['Start'] end nowhere", "Add an OutputNode"),
        ([START, END, END], [WIRE], "nodes.name='End' is there 2 times", "Give each node once"),
        ([START, END], [WIRE, WIRE], "is there 2 times", "Give each edge once"),
        ([START, OutputNode(name="E")], [], "nodes.name='E' is not a name", "two or more, starting with a letter"),
        ([START, END], [], "edges='End.document' gets nothing", "Add a DataEdge to End.document"),
        ([START, END], [DataEdge("Start.document", "Ende.document")], "names 'Ende', which is no node", "End, Start"),
        ([START, END], [DataEdge("Start.text", "End.document")], "edges='Start.text' ends in the air", "document"),
        ([START, END], [DataEdge("Start.document", "End.text")], "edges='End.text' ends in the air", "document"),
        ([START, END], [DataEdge("End.document", "Start.document")], "'End.document' ends in the air", "no such side"),
        (
            [InputNode(name="Start", type=FlowType.NUMBER), END],
            [WIRE],
            "carries Number, but End.document takes String",
            "Take a part of it with an expression",
        ),
        (
            [START, UPPER, END],
            [DataEdge("Upper.response", "Upper.document"), WIRE],
            "edges='Upper -> Upper' is a circle",
            "Leave out an edge of it",
        ),
        (
            [START, UPPER, END],
            [DataEdge("Upper.response", "Upper.document"), WIRE],
            "nodes='Upper' is reached by nothing",
            "Lead an edge to it",
        ),
        (
            [START, UPPER, END],
            [
                DataEdge("Start.document", "Upper.document"),
                DataEdge("Upper.response", "End.document"),
                WIRE,
            ],
            "edges='End.document' gets 2 things at once",
            "Leave one edge",
        ),
        ([START, ROUTE, END], [*ROUTED[:2], WIRE], "edges='Route.default' leads nowhere", "from Route.default"),
        (
            [START, ROUTE, END],
            [*ROUTED, ConditionEdge("Route.no", "End")],
            "'Route.no' is no condition",
            "yes, default",
        ),
        ([START, END], [WIRE, ConditionEdge("Start.document", "End")], "is no condition", "Start at a ConditionNode"),
        (
            [START, ROUTE, END],
            [*ROUTED, ConditionEdge("Route.yes", "End.document")],
            "edges='End.document' names an input",
            "Name the node alone",
        ),
        ([START, *[OutputNode(name=f"End{n}") for n in range(40)]], [], "nodes=41 are more than the 40", "two flows"),
        ([START, END], [WIRE] * 101, "edges=101 are more than the 100", "Make two flows"),
        (
            [START, *[InlineCodeNode(name=f"Code{n}", code="1") for n in range(6)], END],
            [WIRE],
            "nodes=6 run code, but a flow takes 5",
            "Use a FunctionNode",
        ),
        (
            [START, OutputNode(name="End", expression="data")],
            [WIRE],
            "takes no part of what arrives",
            "Start with $.data",
        ),
        ([START, OutputNode(name="End", expression="$" * 65)], [WIRE], "has 65 characters", "Shorten it"),
        ([START, InlineCodeNode(name="Code", code="1 +"), END], [WIRE], "is no Python", "Correct it"),
        (
            [START, InlineCodeNode(name="Code", code="1", inputs=[FlowPort(f"in{n}") for n in range(6)]), END],
            [WIRE],
            "takes 6 inputs, but code has at most 5",
            "into an object",
        ),
        (
            [START, ConditionNode(name="Route", inputs=[FlowPort(f"in{n}") for n in range(21)], conditions={}), END],
            [WIRE],
            "takes 21 inputs, but a node has at most 20",
            "into an object",
        ),
        (
            [START, ConditionNode(name="Route", inputs=[], conditions={"yes": "1 == 1"}), END],
            [WIRE],
            "nodes.inputs='Route' decides by nothing",
            "Give it an input",
        ),
        (
            [START, ConditionNode(name="Route", inputs=[FlowPort("word")], conditions={}), END],
            [WIRE],
            "nodes.conditions='Route' has 0 conditions",
            "Give it 1 to 4",
        ),
        (
            [START, ConditionNode(name="Route", inputs=[FlowPort("word")], conditions={"default": "word"}), END],
            [WIRE],
            "'default' is there by itself",
            "Name the condition after what it asks",
        ),
        (
            [START, ConditionNode(name="Route", inputs=[FlowPort("word")], conditions={"yes": "word == yes"}), END],
            [WIRE],
            "asks for 'yes', which is no input",
            'write a text as "yes"',
        ),
        (
            [
                START,
                ConditionNode(name="Route", inputs=[FlowPort("word")], conditions={"aa": "word", "bb": "word"}),
                END,
            ],
            [WIRE],
            "'word' is there 2 times",
            "Give each expression once",
        ),
        ([START, KnowledgeBaseNode(name="Docs", knowledge_base_id="a/b"), END], [WIRE], "'a/b' is no id", "10 letters"),
        (
            [START, KnowledgeBaseNode(name="Docs", knowledge_base_id="ABCDEF1234", results=101), END],
            [WIRE],
            "nodes.results=101",
            "Use 1 to 100",
        ),
    ],
)
def test_what_could_not_run_is_said_with_its_fix(
    nodes: Sequence[FlowNode], edges: Sequence[DataEdge | ConditionEdge], value: str, fix: str
) -> None:
    problems = said(nodes, edges)
    assert any(value in problem and fix in problem for problem in problems), problems


def test_everything_is_said_at_once() -> None:
    assert len(said([UPPER, OutputNode(name="E")], [])) == 4


def test_what_only_the_deployment_knows_passes() -> None:
    token = cdk.Token.as_string({"Ref": "AWS::StackName"})
    route = ConditionNode(name="Route", inputs=[FlowPort("word")], conditions={"yes": token})
    code = InlineCodeNode(name="Code", code=token)
    docs = KnowledgeBaseNode(name="Docs", knowledge_base_id=token)
    assert [problem for node in (route, code, docs) for problem in node.problems()] == []
