"""The state machine of the stack runs on the emulator, with EMR Serverless and S3 told what to answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Profile
from stacks.feature_engineering import FeatureEngineering
from tests.conftest import FLAGS
from tests.executions import Run, executions
from tests.sagemaker.jobs.definitions import definition

MOMENT = {"until": "2026-11-24T03:00:00Z"}
DONE = {"JobRunId": "00f1", "State": "SUCCESS"}


def said(**counted: int) -> dict[str, Any]:
    """What S3 answers when the summary is read."""
    return {"0": {"Return": {"Body": json.dumps(counted), "ContentType": "binary/octet-stream"}}}


CASES = {
    "Nightly": {
        "Well": {"MakeFeatures": {"0": {"Return": DONE}}, "ReadSummary": said(readings=7, bad=0)},
        "Bad": {"MakeFeatures": {"0": {"Return": DONE}}, "ReadSummary": said(readings=7, bad=2)},
        "Broken": {"MakeFeatures": {"0": {"Throw": {"Error": "States.TaskFailed", "Cause": "ExitCode: 1"}}}},
        "Lost": {
            "MakeFeatures": {"0": {"Return": DONE}},
            "ReadSummary": {"0-3": {"Throw": {"Error": "S3.NoSuchKeyException", "Cause": "no such key"}}},
        },
    }
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The definition as it is deployed."""
    app = cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out")))
    machine = FeatureEngineering(app, "FeatureEngineering", profile=Profile.SANDBOX).node.find_child("Nightly")
    assert isinstance(machine, StateMachine)
    return definition(machine)


@pytest.fixture(scope="module")
def run(written: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with executions(tmp_path_factory.mktemp("mock"), {"Nightly": written}, CASES) as running:
        yield running


def test_features_are_made_and_nothing_is_wrong(run: Run) -> None:
    ended = run("Nightly", "Well", MOMENT)
    assert ended["status"] == "SUCCEEDED", ended
    assert ended["entered"] == ["MakeFeatures", "ReadSummary", "AnyBad", "Done"]
    output = json.loads(ended["output"])
    assert output["summary"]["said"] == {"readings": 7, "bad": 0}
    assert output["until"] == MOMENT["until"]


def test_bad_readings_end_in_a_failure_that_is_told(run: Run) -> None:
    ended = run("Nightly", "Bad", MOMENT)
    assert ended["status"] == "FAILED"
    assert ended["entered"] == ["MakeFeatures", "ReadSummary", "AnyBad", "BadReadings"]


def test_a_job_that_fails_is_not_tried_by_the_state_machine(run: Run) -> None:
    ended = run("Nightly", "Broken", MOMENT)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert ended["tries"] == 1


def test_a_summary_that_is_not_there_is_a_failure(run: Run) -> None:
    ended = run("Nightly", "Lost", MOMENT)
    assert ended["status"] == "FAILED"
    assert ended["entered"] == ["MakeFeatures", "ReadSummary"]


def test_the_job_is_told_the_moment_and_where_to_say_what_it_counted(written: str) -> None:
    make = json.loads(written)["States"]["MakeFeatures"]["Parameters"]["JobDriver"]["SparkSubmit"]
    told = make["EntryPointArguments.$"]
    assert told.startswith("States.Array('--readings', 's3://")
    assert "/laboratory/summary/', '--run', $$.Execution.Name)" in told
    assert "'--until', $.until" in told
    look = json.loads(written)["States"]["ReadSummary"]["Parameters"]
    assert look["Key.$"] == "States.Format('laboratory/summary/{}.json', $$.Execution.Name)"
