"""The benchmark compares like with like: all its apps yield the same template."""

from __future__ import annotations

import copy
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.workspace import Profile
from stacks.neuron_inference import NeuronInference
from tests.benchmarks.apps.raw import RawNeuronInference
from tests.benchmarks.normal import normal
from tests.conftest import FLAGS

FOLDER = Path(__file__).parent


def template_of(stack: cdk.Stack) -> dict[str, Any]:
    written: dict[str, Any] = cdk.App.of(stack).synth().get_stack_by_name(stack.stack_name).template  # type: ignore[union-attr]
    return written


@pytest.fixture(scope="module")
def library() -> dict[str, Any]:
    return template_of(NeuronInference(cdk.App(context=FLAGS), "NeuronInference", profile=Profile.PRODUCTION))


def test_the_raw_twin_yields_the_template_of_the_library(library: dict[str, Any]) -> None:
    raw = template_of(RawNeuronInference(cdk.App(context=FLAGS), "NeuronInference"))
    assert normal(raw) == normal(library)
    assert set(raw["Resources"]) != set(library["Resources"])


@pytest.mark.parametrize("damage", ["property", "reference", "missing", "dependency"])
def test_a_twin_that_differs_is_told_apart(library: dict[str, Any], damage: str) -> None:
    other = copy.deepcopy(library)
    by_type = {body["Type"]: body for body in other["Resources"].values()}
    match damage:
        case "property":
            by_type["AWS::SageMaker::Model"]["Properties"]["EnableNetworkIsolation"] = False
        case "reference":
            topics = [name for name, body in other["Resources"].items() if body["Type"] == "AWS::KMS::Key"]
            by_type["AWS::CloudWatch::Alarm"]["Properties"]["AlarmActions"] = [{"Ref": topics[0]}]
        case "missing":
            other["Resources"] = {i: b for i, b in other["Resources"].items() if b["Type"] != "AWS::EC2::FlowLog"}
        case "dependency":
            del by_type["AWS::SageMaker::Endpoint"]["DependsOn"]
    assert normal(other) != normal(library)


def test_logical_ids_order_and_metadata_do_not_count(library: dict[str, Any]) -> None:
    ids = {logical_id: f"Renamed{index}" for index, logical_id in enumerate(library["Resources"])}
    text = json.dumps(library)
    for old, new in sorted(ids.items(), key=lambda item: -len(item[0])):
        text = text.replace(f'"{old}"', f'"{new}"')
    other = json.loads(text)
    other["Resources"] = dict(reversed(other["Resources"].items()))
    for body in other["Resources"].values():
        body["Metadata"] = {"aws:cdk:path": "elsewhere"}
    assert normal(other) == normal(library)


def test_the_typescript_twin_is_built_with_the_versions_that_python_uses() -> None:
    package = json.loads((FOLDER / "typescript" / "package.json").read_text())
    assert package["dependencies"] == {name: version(name) for name in ("aws-cdk-lib", "constructs")}
    assert all(pinned[0].isdigit() for pinned in package["devDependencies"].values())
    assert not (FOLDER / "typescript" / "package-lock.json").exists()
