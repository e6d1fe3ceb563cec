"""A graph that Glue could make no script of is refused, with the node and what to do."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.data.glue.visual_nodes import node_problems, read_nodes
from tests.conftest import ROOT

ORDERS = ROOT / "docs/examples/glue_studio/orders.json"
GOOD: dict[str, Any] = json.loads(ORDERS.read_text())


@pytest.mark.parametrize("around", [(), ("CodeGenConfigurationNodes",), ("Job", "CodeGenConfigurationNodes")])
def test_all_that_glue_prints_of_a_job_can_be_the_file(tmp_path: Path, around: tuple[str, ...]) -> None:
    printed: Any = GOOD
    for name in reversed(around):
        printed = {name: printed}
    file = tmp_path / "orders.json"
    file.write_text(json.dumps(printed))
    assert read_nodes(file) == ([], GOOD)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "is no file. Name the JSON file that `aws glue get-job` printed."),
        ("{", "nodes='orders.json' cannot be read as JSON: Expecting property name"),
        ("[]", "nodes='orders.json' holds no nodes by their ids. Print CodeGenConfigurationNodes of a job"),
        ('{"Job": {"CodeGenConfigurationNodes": {}}}', "holds no nodes by their ids"),
        (
            json.dumps({"node-1": {"CustomCode": {"Code": "x" * 100_000}}}),
            "has 100040 bytes, and a deployment hands on 100000. Make it two jobs",
        ),
        ("[" * 100_000, "cannot be read as JSON"),
    ],
)
def test_a_file_that_holds_no_graph_is_refused(tmp_path: Path, text: str | None, sentence: str) -> None:
    file = tmp_path / "orders.json"
    if text is not None:
        file.write_text(text)
    (problem,), nodes = read_nodes(file)
    assert sentence in str(problem)
    assert nodes == {}


def test_a_name_that_no_file_can_have_is_no_file() -> None:
    (problem,), _ = read_nodes("a\0b")
    assert "is no file" in str(problem)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"node 1": GOOD["node-1"]},
            "nodes='node 1' is no id of a node. Use letters, digits, hyphens and underscores.",
        ),
        (
            {"node-3": {"SelectFields": {}, "Filter": {}}},
            "nodes['node-3']='{\"SelectFields\": {}, \"Filter\": {}}' is not of exactly one kind. Write",
        ),
        ({"node-3": {}}, "nodes['node-3']='{}' is not of exactly one kind."),
        ({"node-3": ["SelectFields"]}, "is not of exactly one kind"),
        ({"node-3": {"SelectFields": "all"}}, "is not of exactly one kind"),
        (
            {"node-3": {"SelectField": {}}},
            "nodes['node-3']='SelectField' is no kind of node that Glue knows. Use SelectFields, if that is meant.",
        ),
        ({"node-3": {"Xyz": {}}}, "is no kind of node that Glue knows. Draw the node again in Glue Studio"),
        (
            {"node-3": {"SelectFields": {"Inputs": ["node-2"]}}},
            "nodes['node-3'].Name='null' is no name. Say what Glue Studio shows on the node.",
        ),
        (
            {"node-3": {"SelectFields": {"Name": "a", "Inputs": ["node-7"]}}},
            "nodes['node-3'].Inputs='node-7' is no node in the file. Use one of node-1, node-2, node-3, node-4.",
        ),
        (
            {"node-3": {"SelectFields": {"Name": "a", "Inputs": ["node-1", "node-2"]}}},
            "nodes['node-3'].Inputs=['node-1', 'node-2'] is no number of inputs of SelectFields. Give it 1.",
        ),
        (
            {"node-3": {"SparkSQL": {"Name": "a", "Inputs": []}}},
            "nodes['node-3'].Inputs=[] is no number of inputs of SparkSQL. Give it 1 or more.",
        ),
        (
            {"node-3": {"SelectFields": {"Name": "a", "Inputs": "node-2"}}},
            "nodes['node-3'].Inputs='\"node-2\"' is no list of ids of nodes.",
        ),
        (
            {"node-2": {"DropDuplicates": {"Name": "a", "Inputs": ["node-3"]}}},
            "is a circle of nodes that wait for each other. Leave one of the inputs out.",
        ),
        (
            {"node-1": {"DirectKinesisSource": {"Name": "a"}}},
            "nodes['node-1']='DirectKinesisSource' reads a stream, and a VisualJob is a job that ends.",
        ),
        (
            {"node-4": {"DropFields": {"Name": "a", "Inputs": ["node-3"]}}},
            "nodes='node-1, node-2, node-3, node-4' has no target. Add one, such as S3CatalogTarget.",
        ),
    ],
)
def test_what_is_no_graph_of_glue_is_refused(change: dict[str, Any], sentence: str) -> None:
    (problem,) = node_problems({**deepcopy(GOOD), **change})
    assert sentence in str(problem)


def test_a_graph_without_a_source_is_a_circle_or_lacks_inputs_too() -> None:
    nodes = {"a": {"S3DirectTarget": {"Name": "a", "Inputs": ["a"]}}}
    assert [str(problem) for problem in node_problems(nodes)] == [
        "nodes='a' has no source. Add one, such as S3CatalogSource.",
        "nodes='a -> a' is a circle of nodes that wait for each other. Leave one of the inputs out.",
    ]
