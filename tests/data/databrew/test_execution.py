"""Data passes a gate or is put aside, on the emulator, with what DataBrew and the gate answer told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from cdk_ml.data import (
    DataBrewDataset,
    DataBrewRecipe,
    DataBrewRule,
    DataBrewRuleset,
    DatasetFiles,
    ProfileJob,
    RecipeJob,
    RecipeOutput,
)
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS
from tests.data.databrew.conftest import CLEAN, COLUMNS
from tests.executions import Run, executions
from tests.sagemaker.jobs.definitions import definition

RAN = {"0": {"Return": {"RunId": "db_1", "State": "SUCCEEDED"}}}
HELD = {"0": {"Return": {"StatusCode": 200, "Payload": {"rules": 1, "rows": 5}}}}


def thrown(error: str, cause: str = "") -> dict[str, Any]:
    return {"0-9": {"Throw": {"Error": error, "Cause": cause}}}


CASES: dict[str, dict[str, Any]] = {
    "Happy": {"RulesHoldProfile": RAN, "RulesHold": HELD, "CleanData": RAN},
    "Broken": {"RulesHoldProfile": RAN, "RulesHold": thrown("RulesBrokenError", "no gaps (age)")},
    "Unread": {"RulesHoldProfile": RAN, "RulesHold": thrown("Lambda.ServiceException")},
    "Failed": {"RulesHoldProfile": thrown("States.TaskFailed", "no such file")},
    "Busy": {"RulesHoldProfile": thrown("DataBrew.ConflictException", "is running")},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs: profile, gate, and clean, or put aside."""
    stack = cdk.Stack(cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out"))), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    source = DatasetFiles(bucket=workspace.data_bucket, prefix="incoming/", column_names=COLUMNS)
    dataset = DataBrewDataset(stack, "Customers", workspace=workspace, source=source)
    rule = DataBrewRule(
        name="no gaps", check="AGG(MISSING_VALUES_COUNT) == :n", values={":n": "0"}, column_names=["age"]
    )
    rules = DataBrewRuleset(stack, "Rules", workspace=workspace, dataset=dataset, rules=[rule])
    profile = ProfileJob(stack, "Profile", workspace=workspace, dataset=dataset, rulesets=[rules])
    clean = RecipeJob(
        stack,
        "Clean",
        workspace=workspace,
        dataset=dataset,
        recipe=DataBrewRecipe(stack, "Recipe", workspace=workspace, steps=CLEAN),
        output=RecipeOutput(prefix="curated"),
    )
    aside = sfn.Parallel(stack, "Checked", result_path="$.checked").branch(profile.gate(stack, "RulesHold"))
    aside.add_catch(sfn.Pass(stack, "PutAside"), errors=["RulesBrokenError"], result_path="$.broken")
    machine = StateMachine(
        stack,
        "Machine",
        workspace=workspace,
        definition=aside.next(clean.task(stack, "CleanData")),
        statements=[*profile.gate_statements(), *clean.run_statements()],
    )
    with executions(tmp_path_factory.mktemp("mock"), {"Prepare": definition(machine)}, {"Prepare": CASES}) as run:
        yield run


def test_data_that_keeps_its_rules_is_cleaned(run: Run) -> None:
    ended = run("Prepare", "Happy", {"day": "2026-11-24"})
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert output["checked"][0]["RulesHold"] == {"rules": 1, "rows": 5}
    assert output["CleanData"]["RunId"] == "db_1"


def test_data_that_does_not_is_put_aside_with_the_reason(run: Run) -> None:
    ended = run("Prepare", "Broken", {})
    assert (ended["status"], ended["entered"][-1]) == ("SUCCEEDED", "PutAside")
    assert "no gaps (age)" in json.loads(ended["output"])["broken"]["Cause"]
    assert "CleanData" not in ended["entered"]


@pytest.mark.parametrize("case", ["Unread", "Failed", "Busy"])
def test_what_could_not_be_checked_is_not_cleaned(run: Run, case: str) -> None:
    ended = run("Prepare", case, {})
    assert ended["status"] == "FAILED"
    assert not {"CleanData", "PutAside"} & {*ended["entered"]}
