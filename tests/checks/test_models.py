"""Models are found wherever a resource names them: alone, in an ARN, behind a geography, in a definition."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.assembly import read
from cdk_ml.checks.models import named
from cdk_ml.facts.foundation_models import ModelState

SONNET = "anthropic.claude-3-sonnet-20240229-v1:0"
REGION = {"Ref": "AWS::Region"}


def found(folder: Path, value: Any, state: ModelState = ModelState.ENDED) -> list[str]:
    file = folder / "t.json"
    resource = {"Type": "AWS::SSM::Parameter", "Properties": {"Value": value}}
    file.write_text(json.dumps({"Resources": {"Parameter": resource}}))
    (read_resource,) = read(file).templates[0].resources.values()
    return [model.id for model in named(read_resource, state)]


@pytest.mark.parametrize(
    "value",
    [
        SONNET,
        f"us.{SONNET}",
        f"arn:aws:bedrock:us-east-1::foundation-model/{SONNET}",
        f"arn:aws:bedrock:us-east-1:111111111111:inference-profile/us.{SONNET}",
        f"{SONNET}:200k",
        json.dumps({"modelId": SONNET, "again": f"eu.{SONNET}"}),
        {"Fn::Join": ["", ["arn:aws:bedrock:", REGION, f"::foundation-model/{SONNET}"]]},
        [{"Name": "MODEL", "Value": f"apac.{SONNET}"}],
    ],
)
def test_an_ended_model_is_found_once(tmp_path: Path, value: Any) -> None:
    assert found(tmp_path, value) == [SONNET]


@pytest.mark.parametrize(
    "value",
    ["amazon.nova-lite-v1:0", f"my{SONNET}", "anthropic.claude-9", "example.com", {"Ref": "Model"}, 1, None],
)
def test_another_model_and_what_only_deployment_knows_are_not(tmp_path: Path, value: Any) -> None:
    assert found(tmp_path, value) == []


def test_models_are_told_apart_by_their_state(tmp_path: Path) -> None:
    both = f"{SONNET} anthropic.claude-sonnet-4-5-20250929-v1:0"
    assert found(tmp_path, both, ModelState.LEGACY) == ["anthropic.claude-sonnet-4-5-20250929-v1:0"]
