"""Runs of a monitor on the emulator: with something to look at, with nothing, with a job that fails, and throttled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.sagemaker import Data, ModelMonitor
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS
from tests.executions import Run, executions
from tests.sagemaker.jobs.definitions import definition

MACHINE = "Monitor"
FOUND = {"Begin": {"0": {"Return": {"StatusCode": 200, "Payload": {"found": 3}}}}}
COMPARED = {"CompareWithBaseline": {"0": {"Return": {"ProcessingJobStatus": "Completed"}}}}
TOLD = {"End": {"0": {"Return": {"StatusCode": 200, "Payload": {"metrics": {"DriftedShare": 0.5}}}}}}
CASES: dict[str, dict[str, Any]] = {
    "Happy": {**FOUND, **COMPARED, **TOLD},
    "Nothing": {"Begin": {"0": {"Return": {"StatusCode": 200, "Payload": {"found": 0}}}}},
    "Failed": {
        **FOUND,
        "CompareWithBaseline": {"0-9": {"Throw": {"Error": "States.TaskFailed", "Cause": "AlgorithmError: no column"}}},
    },
    "Throttled": {
        **FOUND,
        "CompareWithBaseline": {
            "0-9": {"Throw": {"Error": "SageMaker.AmazonSageMakerException", "Cause": "Rate exceeded"}}
        },
    },
    "Untold": {
        **FOUND,
        **COMPARED,
        "End": {"0-9": {"Throw": {"Error": "Lambda.TooManyRequestsException", "Cause": "Rate exceeded"}}},
    },
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs the monitor with what a test case says."""
    stack = cdk.Stack(cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out"))), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    monitor = ModelMonitor(
        stack,
        "Monitor",
        workspace=workspace,
        source=Data(workspace.data_bucket, "scores/"),
        baseline=Data(workspace.data_bucket, "train/"),
        wheels=Data(workspace.artifact_bucket, "evidently/"),
    )
    written = {MACHINE: definition(monitor.machine)}
    with executions(tmp_path_factory.mktemp("mock"), written, {MACHINE: CASES}) as start:
        yield lambda case: start(MACHINE, case, {"at": "2026-11-24T03:00:00Z"})


def test_a_run_finds_compares_and_tells(run: Run) -> None:
    ended = run("Happy")
    assert ended["status"] == "SUCCEEDED", ended
    assert ended["entered"] == ["Begin", "AnythingCaptured", "CompareWithBaseline", "End"]
    output = json.loads(ended["output"])
    assert output["begun"] == {"found": 3}
    assert output["ended"] == {"metrics": {"DriftedShare": 0.5}}


def test_where_nothing_was_captured_no_instance_starts(run: Run) -> None:
    ended = run("Nothing")
    assert (ended["status"], ended["entered"][-1]) == ("SUCCEEDED", "NothingCaptured")
    assert "CompareWithBaseline" not in ended["entered"]


def test_a_job_that_fails_fails_the_run_with_its_reason(run: Run) -> None:
    ended = run("Failed")
    assert ended["status"] == "FAILED"
    assert "AlgorithmError: no column" in ended["cause"]


def test_a_job_that_is_throttled_is_tried_again(run: Run) -> None:
    ended = run("Throttled")
    assert (ended["status"], ended["error"], ended["tries"]) == ("FAILED", "SageMaker.AmazonSageMakerException", 6)


def test_results_that_cannot_be_told_are_tried_again_and_then_fail_the_run(run: Run) -> None:
    ended = run("Untold")
    assert (ended["status"], ended["tries"]) == ("FAILED", 4)
