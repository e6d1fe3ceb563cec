"""State machines of every subject run as they are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.testing import assert_state_machines_valid
from tests.proofs.assemblies import assembly, edited
from tests.proofs.subjects import SUBJECTS, Subject


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_state_machines_are_valid(subject: Subject) -> None:
    templates = assembly(subject).templates
    assert assert_state_machines_valid(assembly(subject)) == sum(
        len(template.of_type("AWS::StepFunctions::StateMachine")) for template in templates
    )


def test_a_target_that_is_missing_fails_the_proof(tmp_path: Path) -> None:
    definition = {"StartAt": "Train", "States": {"Train": {"Type": "Pass", "Next": "Deploy"}}}

    def change(raw: dict[str, Any]) -> None:
        properties = {"DefinitionString": json.dumps(definition)}
        raw["Resources"]["Mutant"] = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}

    with pytest.raises(AssertionError) as failed:
        assert_state_machines_valid(edited(tmp_path / "cdk.out", change))
    assert "- Mutant: Train: Next names Deploy, which is no state. There are Train." in str(failed.value).splitlines()
