"""Diagrams: what is drawn, what is left out, and what is joined."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tools.docs.diagram import diagram
from tools.docs.evidence import Evidence
from tools.docs.node import svgs

from cdk_ml.assembly import read

Draw = Callable[[Mapping[str, Any]], dict[str, Any]]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    def graph(resources: Mapping[str, Any]) -> dict[str, Any]:
        file = tmp_path / "Shop.json"
        paths = {
            name: {**body, "Metadata": {"aws:cdk:path": f"Shop/{name}/Resource"}} for name, body in resources.items()
        }
        file.write_text(json.dumps({"Resources": paths}))
        return diagram(Evidence(read(file).templates, (), (), (), "Shop"), "TB")

    return graph


def boxes(graph: Mapping[str, Any]) -> dict[str, list[str]]:
    """Tooltips by service."""
    return {
        cluster["graphAttributes"]["label"]: [node["attributes"]["tooltip"] for node in cluster["nodes"]]
        for cluster in graph["subgraphs"]
    }


def arrows(graph: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    def name(node: str) -> str:
        return node.rpartition(":")[2]

    styles = [edge.get("attributes", {}).get("style", "solid") for edge in graph["edges"]]
    return [(name(e["tail"]), name(e["head"]), style) for e, style in zip(graph["edges"], styles, strict=True)]


def ref(name: str) -> dict[str, Any]:
    return {"Ref": name}


def resource(type_: str, *references: Any, **more: Any) -> dict[str, Any]:
    return {"Type": type_, "Properties": {"Any": list(references)}, **more}


def test_resources_are_grouped_by_service_and_joined_by_every_kind_of_reference(draw: Draw) -> None:
    graph = draw(
        {
            "Queue": resource("AWS::SQS::Queue"),
            "Topic": resource("AWS::SNS::Topic", {"Fn::GetAtt": ["Queue", "Arn"]}),
            "Rule": resource("AWS::Events::Rule", {"Fn::Sub": "arn:${AWS::Partition}:${Topic}"}),
            "Table": resource("AWS::DynamoDB::Table", DependsOn=["Rule"]),
        }
    )
    assert boxes(graph) == {"DynamoDB": ["Table"], "Events": ["Rule"], "SNS": ["Topic"], "SQS": ["Queue"]}
    assert arrows(graph) == [("Rule", "Topic", "solid"), ("Table", "Rule", "solid"), ("Topic", "Queue", "solid")]


def test_a_policy_is_left_out_and_what_it_permits_is_a_dashed_arrow_from_the_role(draw: Draw) -> None:
    graph = draw(
        {
            "Bucket": resource("AWS::S3::Bucket"),
            "Subnet": resource("AWS::EC2::Subnet"),
            "Policy": resource("AWS::IAM::ManagedPolicy", ref("Bucket"), ref("Subnet")),
            "Role": resource("AWS::IAM::Role", ref("Policy")),
            "Model": resource("AWS::SageMaker::Model", ref("Role"), ref("Bucket")),
        }
    )
    assert "Policy" not in str(boxes(graph))
    assert arrows(graph) == [
        ("Model", "Bucket", "solid"),
        ("Model", "Role", "solid"),
        ("Role", "Bucket", "dashed"),
    ]


def test_an_arrow_that_others_imply_is_left_out(draw: Draw) -> None:
    graph = draw(
        {
            "Vpc": resource("AWS::EC2::VPC"),
            "Subnet": resource("AWS::EC2::Subnet", ref("Vpc")),
            "Model": resource("AWS::SageMaker::Model", ref("Subnet"), ref("Vpc")),
        }
    )
    assert arrows(graph) == [("Model", "Subnet", "solid"), ("Subnet", "Vpc", "solid")]


def test_what_a_key_encrypts_has_a_dot_and_no_arrow(draw: Draw) -> None:
    graph = draw({"Key": resource("AWS::KMS::Key"), "Bucket": resource("AWS::S3::Bucket", ref("Key"))})
    (bucket,) = graph["subgraphs"][1]["nodes"]
    assert "<b>Bucket ●</b>" in bucket["attributes"]["label"]["html"]
    assert arrows(graph) == []


def test_resources_that_differ_in_their_name_only_are_one_box(draw: Draw) -> None:
    graph = draw(
        {
            "Vpc": resource("AWS::EC2::VPC"),
            "SubnetA": resource("AWS::EC2::Subnet", ref("Vpc")),
            "SubnetB": resource("AWS::EC2::Subnet", ref("Vpc")),
            "DataBucket": resource("AWS::S3::Bucket"),
            "LogBucket": resource("AWS::S3::Bucket"),
        }
    )
    assert boxes(graph)["Network (EC2)"] == ["SubnetA\nSubnetB", "Vpc"]
    assert boxes(graph)["S3"] == ["DataBucket", "LogBucket"], "what nothing connects may be quite different"


def test_graphviz_draws_every_box_and_arrow(draw: Draw) -> None:
    resources = {"Vpc": resource("AWS::EC2::VPC"), "Subnet": resource("AWS::EC2::Subnet", ref("Vpc"))}
    (drawn,) = svgs([draw(resources)])
    assert drawn.count('class="node resource"') == 2
    assert drawn.count('class="edge"') == 1
    assert drawn.count("service") == 1
