"""Customization, batches and imports run on the emulator: to the end, and every way in which they end badly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.genai import BatchInference, FoundationModel, Judge, ModelCustomizationWorkflow, ModelImport, TrainingData
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS
from tests.executions import Answers, Run, executions
from tests.sagemaker.jobs.definitions import definition

DEPLOYMENT = "arn:aws:bedrock:us-east-1:111111111111:custom-model-deployment/abcdefghijkl"
MODEL = "arn:aws:bedrock:us-east-1:111111111111:custom-model/amazon.nova-lite-v1:0/abcdefghijkl"
JOB = "arn:aws:bedrock:us-east-1:111111111111:model-customization-job/abcdefghijkl"


def returns(*answers: Any) -> Answers:
    """What a service answers, call by call."""
    return {str(index): {"Return": answer} for index, answer in enumerate(answers)}


def throws(error: str, cause: str = "for a test") -> Answers:
    """A service that refuses, however often it is asked."""
    return {"0": {"Throw": {"Error": error, "Cause": cause}}}


def payload(**answer: Any) -> Answers:
    """What a function answers."""
    return returns({"StatusCode": 200, "Payload": answer})


MADE = returns({"JobArn": JOB})
READ = payload(ok=True, reason="the data is in order")
TRAINED: dict[str, Answers] = {
    "Train.Create": MADE,
    "Train.Look": returns(
        {"Status": "InProgress", "JobName": "own-1"},
        {"Status": "Completed", "JobName": "own-1", "OutputModelArn": MODEL},
    ),
}
DEPLOYED: dict[str, Answers] = {
    "Deploy.Create": returns({"CustomModelDeploymentArn": DEPLOYMENT}),
    "Deploy.Look": returns({"Status": "Active", "CustomModelDeploymentArn": DEPLOYMENT}),
}
JUDGED: dict[str, Answers] = {
    "Ask": payload(answered=2, blocked=0),
    "Evaluate.Create": MADE,
    "Evaluate.Look": returns({"Status": "Completed"}),
}
GOOD = payload(ok=True, scores={"Builtin.Correctness": 0.9}, reason="every score is high enough")
BAD = payload(ok=False, scores={"Builtin.Correctness": 0.2}, reason="Builtin.Correctness is 0.2, less than 0.8")
TAKEN_DOWN = {"Discard": returns({})}
UP_TO_JUDGED = {"Validate": READ, **TRAINED, **DEPLOYED, **JUDGED}

CASES: dict[str, dict[str, dict[str, Answers]]] = {
    "Customize": {
        "InUse": {
            **UP_TO_JUDGED,
            "Score": GOOD,
            "Approve": returns({"label": "deploy it"}),
            "Publish": returns({"Version": 2}),
        },
        "Refused": {"Validate": payload(ok=False, reason="3 lines of the training data are not what Bedrock reads")},
        "NotTrained": {
            "Validate": READ,
            "Train.Create": MADE,
            "Train.Look": returns({"Status": "Failed", "FailureMessage": "no rows"}),
        },
        "Throttled": {"Validate": READ, "Train.Create": throws("Bedrock.ThrottlingException", "Too many requests")},
        "NotDeployed": {
            "Validate": READ,
            **TRAINED,
            "Deploy.Create": DEPLOYED["Deploy.Create"],
            "Deploy.Look": returns({"Status": "Failed"}),
        },
        "NotAsked": {
            **UP_TO_JUDGED,
            "Ask": throws("ModelErrorException"),
            **TAKEN_DOWN,
        },
        "NotJudged": {
            **UP_TO_JUDGED,
            "Evaluate.Look": returns({"Status": "Failed", "FailureMessages": ["the judge was not reached"]}),
            **TAKEN_DOWN,
        },
        "TooLow": {**UP_TO_JUDGED, "Score": BAD, **TAKEN_DOWN},
        "NotWanted": {**UP_TO_JUDGED, "Score": GOOD, "Approve": returns({"label": "take it down"}), **TAKEN_DOWN},
        "NobodyAnswers": {**UP_TO_JUDGED, "Score": GOOD, "Approve": throws("States.Timeout"), **TAKEN_DOWN},
    },
    "Batch": {
        "Answered": {
            "Run.Create": MADE,
            "Run.Look": returns({"Status": "Scheduled"}, {"Status": "Completed", "ErrorRecordCount": 0}),
        },
        "Uncounted": {"Run.Create": MADE, "Run.Look": returns({"Status": "Completed"})},
        "Missed": {"Run.Create": MADE, "Run.Look": returns({"Status": "Completed", "ErrorRecordCount": 3})},
        "Late": {"Run.Create": MADE, "Run.Look": returns({"Status": "Expired"})},
    },
    "Import": {
        "Imported": {
            "Import.Create": MADE,
            "Import.Look": returns({"Status": "Completed", "ImportedModelArn": "arn:imported"}),
            "Publish": returns({"Version": 2}),
        },
        "Failed": {
            "Import.Create": MADE,
            "Import.Look": returns({"Status": "Failed", "FailureMessage": "no config.json"}),
        },
    },
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs a case."""
    stack = cdk.Stack(cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out"))), "Support")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    judge = Judge(
        model=FoundationModel("amazon.nova-pro-v1:0"),
        bucket=workspace.data_bucket,
        questions="questions.jsonl",
        least={"Builtin.Correctness": 0.8},
    )
    made = {
        "Customize": ModelCustomizationWorkflow(
            stack,
            "Customize",
            workspace=workspace,
            base_model=FoundationModel("amazon.nova-lite-v1:0"),
            data=TrainingData(bucket=workspace.data_bucket, training="train.jsonl", validation="held-back.jsonl"),
            judge=judge,
        ).machine,
        "Batch": BatchInference(
            stack,
            "Batch",
            workspace=workspace,
            model=FoundationModel("amazon.nova-lite-v1:0"),
            bucket=workspace.data_bucket,
            prefix="prompts/",
        ).machine,
        "Import": ModelImport(
            stack, "Import", workspace=workspace, bucket=workspace.artifact_bucket, prefix="models/one/"
        ).machine,
    }
    definitions = {name: definition(machine) for name, machine in made.items()}
    with executions(tmp_path_factory.mktemp("mock"), definitions, CASES) as runner:
        yield runner


def test_a_model_that_is_good_and_wanted_comes_into_use(run: Run) -> None:
    ended = run("Customize", "InUse")
    assert ended["status"] == "SUCCEEDED", ended
    assert ended["entered"] == [
        "Validate",
        "InOrder",
        "Train",
        "Deploy",
        "Ask",
        "Evaluate",
        "Score",
        "GoodEnough",
        "Approve",
        "Approved",
        "Publish",
        "InUse",
    ]
    output = json.loads(ended["output"])
    assert output["Deploy"]["CustomModelDeploymentArn"] == DEPLOYMENT
    assert output["Score"]["Answer"]["scores"] == {"Builtin.Correctness": 0.9}


@pytest.mark.parametrize(
    ("case", "error", "cause", "last"),
    [
        ("Refused", "DataRefused", "3 lines of the training data are not what Bedrock reads", "Refused"),
        ("NotTrained", "ModelCustomizationJobFailed", "no rows", "Train"),
        ("Throttled", "Bedrock.ThrottlingException", "Too many requests", "Train"),
        ("NotDeployed", "CustomModelDeploymentEnded", "Bedrock says Failed and no reason", "Deploy"),
    ],
)
def test_without_a_deployed_model_the_execution_fails_with_the_reason(
    run: Run, case: str, error: str, cause: str, last: str
) -> None:
    ended = run("Customize", case)
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", error, cause)
    assert ended["entered"][-1] == last


@pytest.mark.parametrize("case", ["NotAsked", "NotJudged", "TooLow", "NotWanted", "NobodyAnswers"])
def test_a_model_that_is_not_used_is_taken_down(run: Run, case: str) -> None:
    ended = run("Customize", case)
    assert (ended["status"], ended["error"]) == ("FAILED", "ModelDiscarded"), ended
    assert ended["entered"][-2:] == ["Discard", "Discarded"]
    assert "Publish" not in ended["entered"]


@pytest.mark.parametrize(
    ("machine", "case", "error", "cause"),
    [
        ("Batch", "Missed", "RecordsFailed", "3 records were not answered; their errors are in the output"),
        ("Batch", "Late", "ModelInvocationJobEnded", "Bedrock says Expired and no reason"),
        ("Import", "Failed", "ModelImportJobFailed", "no config.json"),
    ],
)
def test_what_is_incomplete_fails(run: Run, machine: str, case: str, error: str, cause: str) -> None:
    ended = run(machine, case)
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", error, cause)


@pytest.mark.parametrize(("machine", "case"), [("Batch", "Answered"), ("Batch", "Uncounted"), ("Import", "Imported")])
def test_what_is_complete_succeeds(run: Run, machine: str, case: str) -> None:
    assert run(machine, case)["status"] == "SUCCEEDED"
