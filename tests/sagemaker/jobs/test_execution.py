"""State machines of jobs run on the emulator: to the end, with failures, and when throttled.

Retries that end well are in tests/stacks/test_distributed_training_execution.py, with an activity in SageMaker's place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    AutoMlJob,
    Compute,
    ContinuousRange,
    LossWatch,
    Objective,
    ProcessingJob,
    TabularProblem,
    TrainingJob,
    TuningJob,
)
from cdk_ml.sagemaker.jobs.values import for_state_machine
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS
from tests.executions import Run, executions
from tests.sagemaker.jobs.definitions import definition

MODEL = {"ModelArtifacts": {"S3ModelArtifacts": "s3://models/model.tar.gz"}}
DONE = {"0": {"Return": {"Done": True}}}
TRAINED = {"0": {"Return": MODEL}}
FAILED = {"0-9": {"Throw": {"Error": "States.TaskFailed", "Cause": "AlgorithmError: no rows"}}}
THROTTLED = {"Throw": {"Error": "SageMaker.AmazonSageMakerException", "Cause": "Rate exceeded"}}
LOOKED = {"StatusCode": 200, "Payload": {"watching": True, "reason": "the loss is in order"}}
STOPPED = {"StatusCode": 200, "Payload": {"watching": False, "reason": "the loss is not a finite number"}}


def saying(status: str, **more: Any) -> dict[str, Any]:
    """What SageMaker says about a search."""
    return {"Return": {"AutoMLJobName": "Search-1", "AutoMLJobStatus": status, **more}}


BEST = {"BestCandidate": {"CandidateName": "WeightedEnsemble"}}
CREATED = {"0": {"Return": {"AutoMLJobArn": "arn:aws:sagemaker:us-east-1:111111111111:automl-job/search-1"}}}
REFUSED = {"0": {"Throw": {"Error": "SageMaker.ResourceInUseException", "Cause": "such a job exists"}}}
BLIND = {"0": {"Throw": {"Error": "SageMaker.ResourceNotFoundException", "Cause": "no such job"}}}


def searched(*looks: Mapping[str, Any]) -> dict[str, Any]:
    """What the services answer to a search that is looked at so many times."""
    return {"Search.Create": CREATED, "Search.Look": {str(index): look for index, look in enumerate(looks)}}


CASES = {
    "Search": {
        "Happy": searched(saying("InProgress"), saying("InProgress"), saying("Completed", **BEST)),
        "Failed": searched(saying("InProgress"), saying("Failed", FailureReason="too few rows")),
        "Stopped": searched(saying("Stopping"), saying("Stopped")),
        "Unexplained": searched(saying("Failed")),
        "Lost": {**searched(), "Search.Look": BLIND, "Search.Stop": BLIND},
        "Refused": {"Search.Create": REFUSED},
    },
    "Chain": {
        "Happy": {"PrepareData": DONE, "TrainModel": TRAINED, "JudgeModel": DONE, "TuneModel": DONE},
        "Failed": {"PrepareData": DONE, "TrainModel": FAILED},
        "Throttled": {"PrepareData": {"0": THROTTLED}},
    },
    "Watch": {
        "Stops": {"Look": {"0-1": {"Return": LOOKED}, "2": {"Return": STOPPED}}},
        "Unsteady": {"Look": {"0": {"Throw": {"Error": "Lambda.TooManyRequestsException", "Cause": ""}}}},
    },
}


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A chain of every kind of job, and a watch, as they are deployed."""
    stack = cdk.Stack(cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out"))), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    runs_in: dict[str, Any] = {"workspace": workspace, "compute": Compute(instance_type="ml.m5.xlarge")}
    sklearn = images.built_in_algorithm("sklearn")
    prepare = ProcessingJob(stack, "Prepare", image=sklearn, script=None, outputs=["train"], **runs_in)
    train = TrainingJob(
        stack,
        "Train",
        image=images.built_in_algorithm("xgboost"),
        inputs={"train": prepare.output("train")},
        hyperparameters={"num_round": 10},
        metrics={"loss": "loss=([0-9.]+)"},
        checkpoints=True,
        **runs_in,
    )
    judge = ProcessingJob(stack, "Judge", image=sklearn, script=None, inputs={"model": train.model}, **runs_in)
    tune = TuningJob(
        stack,
        "Tune",
        workspace=workspace,
        training=train,
        ranges={"eta": ContinuousRange(0.1, 0.5)},
        objective=Objective(metric="validation:auc", goal="Maximize"),
        max_jobs=2,
    )
    jobs = {"PrepareData": prepare, "TrainModel": train, "JudgeModel": judge, "TuneModel": tune}
    chain = sfn.Chain.start(sfn.Pass(stack, "Begin"))
    for name, job in jobs.items():
        chain = chain.next(job.task(stack, name))
    search = AutoMlJob(
        stack,
        "Best",
        workspace=workspace,
        data=prepare.output("train"),
        problem=TabularProblem(target="churned"),
    )
    searching = search.task(stack, "Search").next(
        sfn.CustomState(
            stack,
            "Name",
            state_json={
                "Type": "Pass",
                "Parameters": for_state_machine({"Best": search.best_candidate}),
                "ResultPath": "$.named",
            },
        )
    )
    searches = StateMachine(
        stack, "Searches", workspace=workspace, definition=searching, statements=search.run_statements()
    )
    statements = [statement for job in jobs.values() for statement in job.run_statements()]
    machine = StateMachine(stack, "Chain", workspace=workspace, definition=chain, statements=statements)
    watch = LossWatch(stack, "Watch", workspace=workspace, job=train, patience_minutes=30)
    made = {"Chain": machine, "Search": searches, "Watch": watch.machine}
    return {name: definition(each) for name, each in made.items()}


@pytest.fixture(scope="module")
def run(definitions: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs a state machine with what a test case says."""
    with executions(tmp_path_factory.mktemp("mock"), definitions, CASES) as start:
        yield lambda machine, case: start(machine, case, {"TrainingJobName": "Train-1"})


def test_a_chain_of_jobs_runs_to_the_end_and_keeps_every_result(run: Run) -> None:
    ended = run("Chain", "Happy")
    assert ended["status"] == "SUCCEEDED", ended
    assert ended["entered"] == ["Begin", "PrepareData", "TrainModel", "JudgeModel", "TuneModel"]
    output = json.loads(ended["output"])
    assert (output["Prepare"], output["Train"], output["Tune"]) == ({"Done": True}, MODEL, {"Done": True})


def test_a_job_that_fails_fails_the_execution_with_its_reason(run: Run) -> None:
    ended = run("Chain", "Failed")
    assert ended["status"] == "FAILED"
    assert (ended["entered"], ended["tries"]) == (["Begin", "PrepareData", "TrainModel"], 1)
    assert "AlgorithmError: no rows" in ended.get("cause", "")


def test_a_job_that_is_throttled_is_tried_again_and_then_fails_the_execution(run: Run) -> None:
    ended = run("Chain", "Throttled")
    assert (ended["status"], ended["entered"], ended["tries"]) == ("FAILED", ["Begin", "PrepareData"], 6)
    assert ended["error"] == "SageMaker.AmazonSageMakerException"


def test_a_search_is_looked_at_until_it_has_found_the_best_model(run: Run) -> None:
    ended = run("Search", "Happy")
    assert ended["status"] == "SUCCEEDED", ended
    assert ended["entered"] == ["Search", "Name"]
    output = json.loads(ended["output"])
    assert output["Best"]["BestCandidate"] == {"CandidateName": "WeightedEnsemble"}
    assert output["named"] == {"Best": "WeightedEnsemble"}
    # What the execution was given is still there for the states after it.
    assert output["TrainingJobName"] == "Train-1"


@pytest.mark.parametrize(
    ("case", "error", "cause"),
    [
        ("Failed", "AutoMLJobFailed", "too few rows"),
        ("Stopped", "AutoMLJobEnded", "SageMaker says Stopped and no reason"),
        ("Unexplained", "AutoMLJobEnded", "SageMaker says Failed and no reason"),
        ("Lost", "SageMaker.ResourceNotFoundException", "no such job"),
        ("Refused", "SageMaker.ResourceInUseException", "such a job exists"),
    ],
)
def test_a_search_that_finds_nothing_fails_the_execution_with_its_reason(
    run: Run, case: str, error: str, cause: str
) -> None:
    ended = run("Search", case)
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", error, cause)
    # A call that fails is an event; one that is answered from the file is none.
    stops = [resource for resource in ended["failed"] if resource.endswith(":stopAutoMLJob")]
    assert len(stops) == (case == "Lost")


def test_a_watch_looks_again_until_it_has_stopped_the_job(run: Run) -> None:
    ended = run("Watch", "Stops")
    assert ended["status"] == "SUCCEEDED", ended
    assert ended["entered"] == [*["Wait", "Look", "Again"] * 3, "Done"]


def test_a_look_that_fails_is_repeated(run: Run) -> None:
    ended = run("Watch", "Unsteady")
    assert (ended["status"], ended["entered"], ended["tries"]) == ("FAILED", ["Wait", "Look"], 6)
