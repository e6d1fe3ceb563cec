"""The state machines of the stack run: to the end, with failures, when throttled, and out of time.

Emulators do not train. An activity stands where SageMaker would be asked, and the test answers for it: every call as
SageMaker would, which a file of mocked answers cannot, because MiniStack repeats a mocked error for as long as a state
is retried. All else is the stack's own: what is asked, what is retried, and where the answer goes.

MiniStack has no time-out of executions; the interpreter in moto has, and a task is a long wait there. Two days pass in
a second. What neither proves is that Step Functions stops the training job with the execution, as ``.sync`` says:
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
import boto3  # type: ignore[import-untyped]
import pytest
from botocore.session import get_session  # type: ignore[import-untyped]
from botocore.validate import ParamValidator  # type: ignore[import-untyped]
from moto import mock_aws

from cdk_ml.sagemaker import LossWatch
from cdk_ml.testing.emulator import Emulator
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Profile
from stacks.distributed_training import DistributedTraining
from tests.conftest import FLAGS
from tests.sagemaker.jobs.definitions import definition

ROLE = "arn:aws:iam::111111111111:role/states"
MODEL = {"ModelArtifacts": {"S3ModelArtifacts": "s3://models/model.tar.gz"}}
THROTTLED = ("SageMaker.AmazonSageMakerException", "Rate exceeded")
FULL = ("SageMaker.ResourceLimitExceededException", "No ml.trn1.32xlarge is left")
BROKEN = ("States.TaskFailed", "AlgorithmError: no rows")
TWO_DAYS, A_MONTH = 172_800, 2_592_000

Answer = Mapping[str, Any] | tuple[str, str]


@pytest.fixture(scope="module")
def definitions() -> dict[str, dict[str, Any]]:
    """The state machine that trains and the one that watches, as they are deployed."""
    stack = DistributedTraining(cdk.App(context=FLAGS), "DistributedTraining", profile=Profile.PRODUCTION)
    machine, watch = stack.node.find_child("Machine"), stack.node.find_child("Watch")
    assert isinstance(machine, StateMachine)
    assert isinstance(watch, LossWatch)
    return {"train": json.loads(definition(machine)), "watch": json.loads(definition(watch.machine))}


@pytest.fixture(scope="module")
def states() -> Iterator[Any]:
    """Step Functions, in an emulator whose clock runs fast."""
    with Emulator(environment={"SFN_WAIT_SCALE": "0"}) as running:
        yield running.client("stepfunctions")


class Training:
    """Executions of the stack's state machine, with the test in SageMaker's place."""

    def __init__(self, states: Any, definition: Mapping[str, Any]) -> None:
        self._client = states
        self._activity = states.create_activity(name="sagemaker")["activityArn"]
        task = {**definition["States"]["TrainModel"], "Resource": self._activity}
        text = json.dumps({**definition, "States": {"TrainModel": task}})
        self._machine = states.create_state_machine(name="Train", definition=text, roleArn=ROLE)["stateMachineArn"]
        self.asked: list[dict[str, Any]] = []

    def run(self, name: str, answers: list[Answer]) -> Mapping[str, Any]:
        """Run an execution, give an answer to each call, and wait for the end."""
        self.asked = []
        execution = self._client.start_execution(stateMachineArn=self._machine, name=name)["executionArn"]
        for answer in answers:
            call = self._client.get_activity_task(activityArn=self._activity)
            self.asked.append(json.loads(call["input"]))
            if isinstance(answer, tuple):
                self._client.send_task_failure(taskToken=call["taskToken"], error=answer[0], cause=answer[1])
            else:
                self._client.send_task_success(taskToken=call["taskToken"], output=json.dumps(answer))
        return ended(self._client, execution)


def ended(client: Any, execution: str) -> Mapping[str, Any]:
    """An execution that has ended."""
    for _ in range(200):
        found: Mapping[str, Any] = client.describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.05)
    raise AssertionError(f"{execution} does not end")


@pytest.fixture(scope="module")
def training(states: Any, definitions: dict[str, dict[str, Any]]) -> Training:
    return Training(states, definitions["train"])


def test_a_run_that_succeeds_leaves_its_model_in_the_output(training: Training) -> None:
    found = training.run("Happy", [MODEL])
    assert found["status"] == "SUCCEEDED", found
    assert json.loads(found["output"])["Train"] == MODEL


def test_what_sagemaker_is_asked_is_what_its_api_takes(training: Training) -> None:
    training.run("Asked", [MODEL])
    (request,) = training.asked
    shape = get_session().get_service_model("sagemaker").operation_model("CreateTrainingJob").input_shape
    report = ParamValidator().validate(request, shape)
    assert not report.has_errors(), report.generate_report()
    assert request["TrainingJobName"].startswith("Train-")
    assert len(request["TrainingJobName"]) <= 63
    # Checkpoints of an execution are its own.
    assert request["CheckpointConfig"]["S3Uri"].endswith("/Asked/checkpoints")


def test_a_run_that_fails_fails_the_execution_with_its_reason_and_is_not_repeated(training: Training) -> None:
    found = training.run("Failed", [BROKEN])
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", *BROKEN)
    assert len(training.asked) == 1


@pytest.mark.parametrize(
    ("name", "answers"),
    [("Throttled", [THROTTLED, THROTTLED, MODEL]), ("Full", [FULL, MODEL]), ("Both", [THROTTLED, FULL] * 2 + [MODEL])],
)
def test_a_run_that_is_throttled_is_tried_again_and_succeeds(
    training: Training, name: str, answers: list[Answer]
) -> None:
    found = training.run(name, answers)
    assert found["status"] == "SUCCEEDED", found
    assert json.loads(found["output"])["Train"] == MODEL
    assert len(training.asked) == len(answers)


def test_a_run_that_is_throttled_for_good_fails_the_execution(training: Training) -> None:
    found = training.run("Hopeless", [THROTTLED] * 6)
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", *THROTTLED)


@pytest.mark.parametrize(("machine", "seconds"), [("train", TWO_DAYS), ("watch", A_MONTH)])
def test_an_execution_that_does_not_end_runs_out_of_time(
    definitions: dict[str, dict[str, Any]], machine: str, seconds: int
) -> None:
    written = definitions[machine]
    assert written["TimeoutSeconds"] == seconds
    # What SageMaker and the function that looks are asked takes longer than anybody waits.
    forever = {"Type": "Wait", "Seconds": 3_600}
    states = {
        name: {**forever, **{key: state[key] for key in ("Next", "End") if key in state}}
        if state["Type"] == "Task"
        else state
        for name, state in written["States"].items()
    }
    text = json.dumps({**written, "States": states, "TimeoutSeconds": 1})
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client("stepfunctions", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
        arn = client.create_state_machine(name="Machine", definition=text, roleArn=ROLE)["stateMachineArn"]
        assert ended(client, client.start_execution(stateMachineArn=arn)["executionArn"])["status"] == "TIMED_OUT"
