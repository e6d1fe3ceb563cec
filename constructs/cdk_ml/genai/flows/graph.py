"""What nodes and edges are together: what starts nowhere, leads nowhere, goes in circles or does not fit.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ValidateFlowDefinition.html
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.genai.flows.data_nodes import InlineCodeNode
from cdk_ml.genai.flows.logic_nodes import DEFAULT, ConditionNode, InputNode, OutputNode
from cdk_ml.genai.flows.node import WHOLE, FlowNode, FlowPort
from cdk_ml.genai.texts import twice_problems

_MOST_NODES = 40
_MOST_EDGES = 100
_MOST_CODE = 5


@dataclass(frozen=True, slots=True)
class DataEdge:
    """Carries what a node gives to what another takes.

    :param source: node and output, such as ``Start.document``.
    :param target: node and input, such as ``Answer.question``.
    """

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class ConditionEdge:
    """Goes on to a node if a condition holds.

    :param source: node and condition, such as ``Route.refund``, or ``Route.default``.
    :param target: the node that goes on.
    """

    source: str
    target: str


def split(place: str) -> tuple[str, str]:
    """Node and port of ``Node.port``."""
    node, _, port = place.partition(".")
    return node, port


def ends(edge: DataEdge | ConditionEdge) -> tuple[str, str]:
    """The names of the nodes of an edge."""
    return split(edge.source)[0], split(edge.target)[0]


def render_edge(number: int, edge: DataEdge | ConditionEdge) -> dict[str, Any]:
    """An edge as CloudFormation takes it."""
    source, port = split(edge.source)
    target, taken = split(edge.target)
    rendered = {"name": f"Edge{number}", "source": source, "target": target}
    if isinstance(edge, DataEdge):
        data = {"sourceOutput": port, "targetInput": taken}
        return {**rendered, "type": "Data", "configuration": {"data": data}}
    return {**rendered, "type": "Conditional", "configuration": {"conditional": {"condition": port}}}


def flow_problems(nodes: Sequence[FlowNode], edges: Sequence[DataEdge | ConditionEdge]) -> Iterator[Problem]:
    """What Bedrock would refuse about a flow, as far as nodes and edges say it."""
    for node in nodes:
        yield from node.problems()
    yield from _number_problems(nodes, edges)
    yield from twice_problems("nodes.name", (node.name for node in nodes), "node")
    yield from twice_problems("edges", (f"{edge.source} -> {edge.target}" for edge in edges), "edge")
    named = {node.name: node for node in nodes}
    dangling = [problem for edge in edges for problem in _edge_problems(edge, named)]
    yield from dangling
    if not dangling:
        # What hangs in the air is neither a circle nor a way to anywhere.
        yield from _input_problems(nodes, edges)
        yield from _way_problems(nodes, edges)


def _number_problems(nodes: Sequence[FlowNode], edges: Sequence[DataEdge | ConditionEdge]) -> Iterator[Problem]:
    starts = [node.name for node in nodes if isinstance(node, InputNode)]
    if len(starts) != 1:
        yield Problem("nodes", starts, "are not the one place where a flow starts", "Use exactly one InputNode")
    if not any(isinstance(node, OutputNode) for node in nodes):
        yield Problem("nodes", [node.name for node in nodes][:5], "end nowhere", "Add an OutputNode")
    code = sum(isinstance(node, InlineCodeNode) for node in nodes)
    for argument, count, most in (("nodes", len(nodes), _MOST_NODES), ("edges", len(edges), _MOST_EDGES)):
        if count > most:
            yield Problem(argument, count, f"are more than the {most} that a flow takes", "Make two flows")
    if code > _MOST_CODE:
        yield Problem("nodes", code, f"run code, but a flow takes {_MOST_CODE} that do", "Use a FunctionNode")


def _edge_problems(edge: DataEdge | ConditionEdge, nodes: Mapping[str, FlowNode]) -> Iterator[Problem]:
    (source, given), (target, taken) = split(edge.source), split(edge.target)
    missing = [name for name in (source, target) if name not in nodes]
    for name in missing:
        fix = f"Use one of {', '.join(sorted(nodes)) or 'its nodes'}"
        yield Problem("edges", f"{edge.source} -> {edge.target}", f"names {name!r}, which is no node of the flow", fix)
    if missing:
        return
    if isinstance(edge, ConditionEdge):
        yield from _condition_problems(edge, nodes[source], given, taken)
        return
    start, end = _port(nodes[source].gives, given), _port(nodes[target].takes, taken)
    for found, place, ports in ((start, edge.source, nodes[source].gives), (end, edge.target, nodes[target].takes)):
        if found is None:
            fix = f"Use one of {', '.join(port.name for port in ports) or 'none: it has no such side'}"
            yield Problem("edges", place, "ends in the air: the node has no such place", fix)
    if start is not None and end is not None and end.expression == WHOLE and start.type is not end.type:
        rule = f"carries {start.type}, but {edge.target} takes {end.type}"
        fix = "Take a part of it with an expression, or change a type"
        yield Problem("edges", f"{edge.source} -> {edge.target}", rule, fix)


def _condition_problems(edge: ConditionEdge, source: FlowNode, condition: str, taken: str) -> Iterator[Problem]:
    known = [*source.conditions, DEFAULT] if isinstance(source, ConditionNode) else []
    if condition not in known:
        fix = f"Use one of {', '.join(known)}" if known else "Start at a ConditionNode"
        yield Problem("edges", edge.source, "is no condition", fix)
    if taken:
        yield Problem("edges", edge.target, "names an input", "Name the node alone, and carry data with a DataEdge")


def _port(ports: Sequence[FlowPort], name: str) -> FlowPort | None:
    return next((port for port in ports if port.name == name), None)


def _input_problems(nodes: Sequence[FlowNode], edges: Sequence[DataEdge | ConditionEdge]) -> Iterator[Problem]:
    fed = Counter(edge.target for edge in edges if isinstance(edge, DataEdge))
    for node in nodes:
        for port in node.takes:
            place = f"{node.name}.{port.name}"
            if fed[place] == 0:
                yield Problem("edges", place, "gets nothing", f"Add a DataEdge to {place}")
            elif fed[place] > 1:
                yield Problem("edges", place, f"gets {fed[place]} things at once", "Leave one edge")
    followed = {edge.source for edge in edges if isinstance(edge, ConditionEdge)}
    for node in nodes:
        if isinstance(node, ConditionNode):
            for name in (*node.conditions, DEFAULT):
                if (place := f"{node.name}.{name}") not in followed:
                    yield Problem("edges", place, "leads nowhere", f"Add a ConditionEdge from {place}")


def _way_problems(nodes: Sequence[FlowNode], edges: Sequence[DataEdge | ConditionEdge]) -> Iterator[Problem]:
    before: dict[str, set[str]] = defaultdict(set)
    after: dict[str, set[str]] = defaultdict(set)
    for source, target in map(ends, edges):
        before[target].add(source)
        after[source].add(target)
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        yield Problem("edges", circle, "is a circle, which never ends", "Leave out an edge of it")
    reached: set[str] = set()
    coming = [node.name for node in nodes if isinstance(node, InputNode)]
    while coming:
        name = coming.pop()
        if name not in reached:
            reached.add(name)
            coming.extend(after[name])
    for node in nodes:
        if reached and node.name not in reached:
            yield Problem("nodes", node.name, "is reached by nothing", "Lead an edge to it, or leave it out")
