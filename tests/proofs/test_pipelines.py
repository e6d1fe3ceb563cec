"""SageMaker pipelines of every subject run as they are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.testing import assert_pipelines_valid
from tests.proofs.assemblies import assembly, edited
from tests.proofs.subjects import SUBJECTS, Subject


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_pipelines_are_valid(subject: Subject) -> None:
    templates = assembly(subject).templates
    assert assert_pipelines_valid(assembly(subject)) == sum(
        len(template.of_type("AWS::SageMaker::Pipeline")) for template in templates
    )


def test_a_step_that_is_missing_fails_the_proof(tmp_path: Path) -> None:
    step = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "No"}, "DependsOn": ["Train"]}

    def change(raw: dict[str, Any]) -> None:
        body = json.dumps({"Version": "2020-12-01", "Steps": [step]})
        properties = {"PipelineDefinition": {"PipelineDefinitionBody": body}}
        raw["Resources"]["Mutant"] = {"Type": "AWS::SageMaker::Pipeline", "Properties": properties}

    with pytest.raises(AssertionError) as failed:
        assert_pipelines_valid(edited(tmp_path / "cdk.out", change))
    assert "- Mutant: Stop: DependsOn: Train is no step. There are Stop." in str(failed.value).splitlines()
