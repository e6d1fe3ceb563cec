"""The architecture of a stack, drawn from its template.

Boxes are resources, grouped by service; an arrow says that one refers to another. What only connects others (policies,
grants, route tables) is taken out and its arrows joined, resources that differ in nothing but their name become one
box, and an arrow that others imply is left out. Keys encrypt nearly everything: what they encrypt has a mark instead of
an arrow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import networkx as nx  # type: ignore[import-untyped]

from cdk_ml.assembly import Resource, Template

from .evidence import Evidence

_CONNECTORS = {
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::KMS::Alias",
    "AWS::LakeFormation::PrincipalPermissions",
    "AWS::LakeFormation::TagAssociation",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}
_KEY = "AWS::KMS::Key"
_SERVICES = {
    "ApplicationAutoScaling": "Auto Scaling",
    "BedrockAgentCore": "Bedrock AgentCore",
    "EC2": "Network (EC2)",
    "OpenSearchServerless": "OpenSearch Serverless",
    "S3Vectors": "S3 Vectors",
    "StepFunctions": "Step Functions",
}
_ROLE = "AWS::IAM::Role"
_NETWORK = "AWS::EC2::"
# Graphviz knows the widths of Arial's letters, and takes those of a serif font for a list of fonts.
_FONT = {"fontname": "Arial"}
_LINE, _NARROW = 19, 13


def diagram(evidence: Evidence, direction: str, *, dense: bool = False) -> dict[str, Any]:
    """The graph that Graphviz lays out.

    :param direction: ``LR`` or ``TB``.
    :param dense: with as little room as can be read.
    """
    between, ranks, margin = (0.1, 0.2, "0.06,0.04") if dense else (0.18, 0.4, "0.12,0.07")
    line = _NARROW if dense else _LINE
    graph = _merged(_without_connectors(_references(evidence)))
    roles = {name for name, data in graph.nodes(data=True) if data["type"] == _ROLE}
    permitted = [(tail, head) for tail, head in sorted(graph.out_edges(roles)) if _may(graph.nodes[head])]
    graph.remove_edges_from([*graph.out_edges(roles)])
    reduced = nx.transitive_reduction(graph)
    members: dict[str, list[dict[str, Any]]] = {}
    for name in sorted(graph.nodes):
        members.setdefault(_service(graph.nodes[name]["type"]), []).append(
            _box(name, graph.nodes[name], evidence, line)
        )
    return {
        "graphAttributes": {
            "rankdir": direction,
            "nodesep": between,
            "ranksep": ranks,
            "bgcolor": "transparent",
            **_FONT,
        },
        "nodeAttributes": {"shape": "box", "style": "rounded", "fontsize": 12, "margin": margin, **_FONT},
        "edgeAttributes": {"arrowsize": 0.6},
        "edges": [
            *({"tail": tail, "head": head} for tail, head in sorted(reduced.edges)),
            *({"tail": tail, "head": head, "attributes": {"style": "dashed"}} for tail, head in permitted),
        ],
        "subgraphs": [
            {
                "name": f"cluster_{index}",
                "graphAttributes": {
                    "label": service,
                    "class": "service",
                    "fontsize": 13,
                    "labeljust": "l",
                    "margin": 10,
                },
                "nodes": boxes,
            }
            for index, (service, boxes) in enumerate(sorted(members.items()))
        ],
    }


def _may(target: Mapping[str, Any]) -> bool:
    """Whether a permission on the target says something: every role of a VPC may make network interfaces."""
    return not str(target["type"]).startswith(_NETWORK)


def _references(evidence: Evidence) -> nx.DiGraph:
    graph = nx.DiGraph()
    for template in evidence.templates:
        for resource in template.resources.values():
            graph.add_node(_name(template, resource), type=resource.type, paths=[resource.path], encrypted=False)
        for resource in template.resources.values():
            for target in {*_targets(resource.properties), *resource.depends_on} & {*template.resources}:
                graph.add_edge(_name(template, resource), _name(template, template.resources[target]))
    for key in [name for name, data in graph.nodes(data=True) if data["type"] == _KEY]:
        for user in [*graph.predecessors(key)]:
            graph.nodes[user]["encrypted"] = True
            graph.remove_edge(user, key)
    return graph


def _without_connectors(graph: nx.DiGraph) -> nx.DiGraph:
    for name in [name for name, data in graph.nodes(data=True) if data["type"] in _CONNECTORS]:
        graph.add_edges_from((tail, head) for tail in graph.predecessors(name) for head in [*graph.successors(name)])
        graph.remove_node(name)
    return graph


def _merged(graph: nx.DiGraph) -> nx.DiGraph:
    """Join the resources of one type that refer to the same and are referred to by the same."""
    alike: dict[Any, str] = {}
    for name, data in [*graph.nodes(data=True)]:
        around = frozenset(graph.predecessors(name)), frozenset(graph.successors(name))
        first = alike.setdefault((data["type"], data["paths"][0].rpartition("/")[0].count("/"), around), name)
        if first != name and any(around):
            graph.nodes[first]["paths"] += data["paths"]
            graph.remove_node(name)
    return graph


def _targets(value: object) -> Iterator[str]:
    """Every logical id that a value refers to."""
    if isinstance(value, Mapping):
        match next(iter(value.items()), None):
            case "Ref", str() as target:
                yield target
            case "Fn::GetAtt", [str() as target, *_]:
                yield target
            case "Fn::Sub", (str() as text) | [str() as text, *_]:
                yield from re.findall(r"\$\{(\w+)", text)
        for inner in value.values():
            yield from _targets(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _targets(inner)


def _box(name: str, data: Mapping[str, Any], evidence: Evidence, line: int) -> dict[str, Any]:
    paths = [evidence.local(path).removesuffix("/Resource") for path in data["paths"]]
    title = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", data["type"].rpartition("::")[2])
    title = f"{title} × {len(paths)}" if len(paths) > 1 else title
    mark = " ●" if data["encrypted"] else ""
    lines = [escape(line) for line in _lines(paths[0] if len(paths) == 1 else f"{paths[0]} …", line)]
    label = f'<b>{escape(title)}{mark}</b><br/><font point-size="11">{"<br/>".join(lines)}</font>'
    attributes = {"label": {"html": label}, "tooltip": "\n".join(paths), "class": _css(data)}
    return {"name": name, "attributes": attributes}


def _css(data: Mapping[str, Any]) -> str:
    return "resource encrypted" if data["encrypted"] else "resource"


def _lines(path: str, longest: int) -> list[str]:
    """A path in lines that end between its parts, and with at most three of them: its end says most."""
    lines = [""]
    for part in re.findall(r"[^/]+/?", path):
        if lines[-1] and len(lines[-1]) + len(part) > longest:
            lines.append("")
        lines[-1] += part
    return lines if len(lines) <= 3 else ["…", *lines[-2:]]


def _service(type_: str) -> str:
    service = type_.split("::")[1]
    return _SERVICES.get(service, service)


def _name(template: Template, resource: Resource) -> str:
    return f"{template.path}:{resource.logical_id}"
