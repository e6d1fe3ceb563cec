"""The state machine that deploys runs on the emulator, with SageMaker played by the test: every way it can go."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.facts import images
from cdk_ml.mlops import ModelDeployment, Serving
from cdk_ml.sagemaker import Canary, Data, ModelPackageGroup
from cdk_ml.testing.emulator import Emulator
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS
from tests.mlops.sagemaker import Player, SageMaker
from tests.sagemaker.jobs.definitions import definition

PACKAGES = "arn:aws:sagemaker:us-east-1:111111111111:model-package/churn"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator where a minute takes six hundredths of a second."""
    with Emulator(environment={"SFN_WAIT_SCALE": "0.001"}) as running:
        yield running


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> ModelDeployment:
    stack = cdk.Stack(cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out"))), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    return ModelDeployment(
        stack,
        "Deployment",
        workspace=workspace,
        models=ModelPackageGroup(stack, "Models", workspace=workspace),
        serving=Serving(
            image=images.built_in_algorithm("xgboost"),
            artifacts=Data(workspace.artifact_bucket, "churn/"),
            instance_type="ml.m5.large",
        ),
        update=Canary(percent=25, wait_seconds=300),
    )


@pytest.fixture(scope="module")
def plain(deployment: ModelDeployment) -> dict[str, Any]:
    """The definition as it is deployed."""
    written: dict[str, Any] = json.loads(definition(deployment.machine))
    return written


@pytest.fixture(scope="module")
def player(emulator: Emulator) -> Player:
    return Player(emulator.client("stepfunctions"), emulator.client("dynamodb"))


class Loop:
    """An endpoint with an empty record, and the state machine that changes it."""

    def __init__(self, emulator: Emulator, player: Player, plain: Mapping[str, Any], name: str) -> None:
        self._player, self.sagemaker = player, SageMaker()
        player.sagemaker = self.sagemaker
        self._dynamodb, self._sqs = emulator.client("dynamodb"), emulator.client("sqs")
        self._dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "endpoint", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "endpoint", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        sns = emulator.client("sns")
        topic = sns.create_topic(Name=name)["TopicArn"]
        self._queue = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        queue = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue["Attributes"]["QueueArn"])
        text = json.dumps(plain)
        key = plain["States"]["ReadLive"]["Arguments"]
        text = text.replace(json.dumps(key["TableName"]), json.dumps(name))
        text = text.replace(json.dumps(plain["States"]["TellBack"]["Arguments"]["TopicArn"]), json.dumps(topic))
        self._item = {"TableName": name, "Key": key["Key"]}
        self.machine = player.create(name, text)

    def event(self, version: int, *, status: str = "Approved", second: int = 0) -> dict[str, Any]:
        """SageMaker's event about a decision."""
        arn = f"{PACKAGES}/{version}"
        self.sagemaker.approval[arn] = status
        return {
            "time": f"2026-11-24T10:00:{second:02}Z",
            "detail": {"ModelPackageArn": arn, "ModelApprovalStatus": status},
        }

    def start(self, version: int, **options: Any) -> str:
        return self._player.start(self.machine, self.event(version, **options))

    def end(self, execution: str) -> Mapping[str, Any]:
        return self._player.end(execution)

    def run(self, version: int, **options: Any) -> Mapping[str, Any]:
        return self.end(self.start(version, **options))

    def stop(self, execution: str) -> None:
        self._player.client.stop_execution(executionArn=execution)

    @property
    def record(self) -> dict[str, str]:
        """What is remembered."""
        item = self._dynamodb.get_item(**self._item)["Item"]
        return {name: next(iter(value.values())) for name, value in item.items()}

    def forget_holder(self) -> None:
        """Let the time of whoever has the endpoint run out."""
        update = {"UpdateExpression": "SET heldUntil = :past", "ExpressionAttributeValues": {":past": {"N": "1"}}}
        self._dynamodb.update_item(**self._item, **update)

    @property
    def served(self) -> str | None:
        """The version that the endpoint serves."""
        endpoint = self.sagemaker.endpoint
        return None if endpoint is None else self.sagemaker.configs[endpoint["EndpointConfigName"]].rsplit("/", 1)[-1]

    def told(self) -> list[str]:
        """What people were told."""
        messages = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"])["Message"] for message in messages]

    def wait_for(self, operation: str, count: int = 1) -> None:
        """Wait until SageMaker was asked for something."""
        for _ in range(200):
            if len(self.sagemaker.calls(operation)) >= count:
                return
            time.sleep(0.05)
        raise AssertionError(f"{operation} is not called: {self.sagemaker.asked}")


@pytest.fixture
def loop(emulator: Emulator, player: Player, plain: dict[str, Any], request: pytest.FixtureRequest) -> Loop:
    return Loop(emulator, player, plain, f"loop-{abs(hash(request.node.name)) % 10**8}")


def test_the_first_approval_creates_the_endpoint(loop: Loop) -> None:
    ended = loop.run(1)
    assert ended["status"] == "SUCCEEDED", ended
    assert ended["entered"][-1] == "Live"
    assert loop.served == "1"
    record = loop.record
    assert (record["livePackage"], record["previousPackage"]) == (f"{PACKAGES}/1", "")
    assert "heldBy" not in record
    assert loop.told() == []


def test_the_next_approval_shifts_the_endpoint_with_a_canary_and_alarms(loop: Loop) -> None:
    loop.run(1)
    ended = loop.run(2, second=1)
    assert ended["status"] == "SUCCEEDED", ended
    assert loop.served == "2"
    (update,) = loop.sagemaker.calls("updateEndpoint")
    deployment = update["DeploymentConfig"]
    routing = deployment["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert (routing["Type"], routing["CanarySize"]) == ("CANARY", {"Type": "CAPACITY_PERCENT", "Value": 25})
    assert len(deployment["AutoRollbackConfiguration"]["Alarms"]) == 2
    assert loop.record["previousPackage"] == f"{PACKAGES}/1"
    # What nothing serves any more is gone: one model and one configuration are left.
    assert [arn.rsplit("/", 1)[-1] for arn in loop.sagemaker.models.values()] == ["2"]
    assert len(loop.sagemaker.configs) == 1


def test_names_are_what_sagemaker_takes_and_begin_as_the_role_may(loop: Loop, deployment: ModelDeployment) -> None:
    loop.run(1)
    (name,) = loop.sagemaker.models
    assert name.startswith(f"{deployment.name_prefix}-1-")
    assert len(name) <= 63


def test_a_failed_canary_goes_back_is_rejected_and_people_are_told(loop: Loop) -> None:
    loop.run(1)
    loop.sagemaker.behaviour["2"] = "bad"
    ended = loop.run(2, second=1)
    assert (ended["status"], ended["error"]) == ("FAILED", "RolledBack")
    assert loop.served == "1"
    assert loop.sagemaker.approval[f"{PACKAGES}/2"] == "Rejected"
    assert "have gone into ALARM state: [Errors]" in loop.sagemaker.reasons[f"{PACKAGES}/2"]
    (message,) = loop.told()
    assert f"went back from {PACKAGES}/2: One or more configured alarm(s)" in message
    record = loop.record
    assert record["livePackage"] == f"{PACKAGES}/1"
    assert "heldBy" not in record
    assert [arn.rsplit("/", 1)[-1] for arn in loop.sagemaker.models.values()] == ["1"]


def test_the_event_of_that_rejection_changes_nothing(loop: Loop) -> None:
    loop.run(1)
    loop.sagemaker.behaviour["2"] = "bad"
    loop.run(2, second=1)
    ended = loop.run(2, status="Rejected", second=2)
    assert ended["entered"] == ["Begin", "Decision", "ReadLive", "IsLive", "NothingToDo"]
    assert loop.served == "1"


def test_a_rejection_in_the_registry_still_tells_people_when_it_fails(loop: Loop) -> None:
    loop.run(1)
    loop.sagemaker.behaviour["2"] = "bad"
    loop.sagemaker.throttled["updateModelPackage"] = 99
    ended = loop.run(2, second=1)
    assert ended["error"] == "RolledBack"
    assert len(loop.told()) == 1
    assert loop.record["doneOrder"] == loop.record["wantedOrder"]


def test_a_first_version_that_does_not_start_is_rejected_and_the_next_one_starts_anew(loop: Loop) -> None:
    loop.sagemaker.behaviour["1"] = "bad"
    ended = loop.run(1)
    assert ended["error"] == "RolledBack"
    assert "no health check" in loop.sagemaker.reasons[f"{PACKAGES}/1"]
    ended = loop.run(2, second=1)
    assert ended["status"] == "SUCCEEDED", ended
    assert "DeleteFailed" in ended["entered"]
    assert loop.served == "2"


def test_rejecting_what_is_live_brings_the_version_before_it_back(loop: Loop) -> None:
    loop.run(1)
    loop.run(2, second=1)
    ended = loop.run(2, status="Rejected", second=2)
    assert ended["status"] == "SUCCEEDED", ended
    assert "GoBack" in ended["entered"]
    assert loop.served == "1"


def test_rejecting_the_only_version_leaves_it(loop: Loop) -> None:
    loop.run(1)
    ended = loop.run(1, status="Rejected", second=1)
    assert ended["entered"][-1] == "NothingToDo"
    assert loop.served == "1"


def test_a_version_whose_approval_was_taken_back_is_not_deployed(loop: Loop) -> None:
    event = loop.event(1)
    loop.sagemaker.approval[f"{PACKAGES}/1"] = "PendingManualApproval"
    ended = loop.end(loop._player.start(loop.machine, event))
    assert ended["entered"][-1] == "NothingToDo"
    assert loop.sagemaker.endpoint is None
    assert "heldBy" not in loop.record


def test_of_two_approvals_at_once_the_later_one_wins_and_the_endpoint_is_changed_by_one_at_a_time(loop: Loop) -> None:
    loop.run(1)
    loop.sagemaker.behaviour["2"] = "held"
    first = loop.start(2, second=1)
    loop.wait_for("updateEndpoint")
    second = loop.start(3, second=2)
    time.sleep(0.5)
    # The second waits: SageMaker is asked for nothing on its behalf.
    assert len(loop.sagemaker.calls("updateEndpoint")) == 1
    assert len(loop.sagemaker.calls("describeModelPackage")) == 2
    loop.sagemaker.released.set()
    assert loop.end(first)["status"] == "SUCCEEDED"
    ended = loop.end(second)
    assert ended["status"] == "SUCCEEDED", ended
    assert "WaitForTurn" in ended["entered"]
    assert loop.served == "3"
    assert loop.record["livePackage"] == f"{PACKAGES}/3"


def test_of_approvals_that_arrive_in_the_wrong_order_the_later_one_stays(loop: Loop) -> None:
    loop.run(3, second=5)
    ended = loop.run(2, second=1)
    assert ended["entered"] == ["Begin", "Decision", "Want", "Superseded"]
    assert loop.served == "3"


def test_of_three_approvals_the_one_in_the_middle_is_passed_over(loop: Loop) -> None:
    loop.run(1)
    loop.sagemaker.behaviour["2"] = "held"
    started = [loop.start(2, second=1)]
    loop.wait_for("updateEndpoint")
    for version in (3, 4):
        started.append(loop.start(version, second=version))
        time.sleep(0.3)
    loop.sagemaker.released.set()
    last = [loop.end(execution)["entered"][-1] for execution in started]
    assert last == ["Live", "Superseded", "Live"]
    assert loop.served == "4"
    assert len(loop.sagemaker.calls("updateEndpoint")) == 2


@pytest.mark.parametrize("order", [(7, 8), (8, 7)], ids=["in-order", "reversed"])
def test_of_two_approvals_in_the_same_second_the_higher_version_wins(loop: Loop, order: tuple[int, int]) -> None:
    started = [loop.start(version, second=3) for version in order]
    ended = [loop.end(execution)["status"] for execution in started]
    assert ended == ["SUCCEEDED", "SUCCEEDED"]
    assert loop.served == "8"


def test_an_event_that_comes_twice_is_acted_upon_once(loop: Loop) -> None:
    loop.run(1)
    ended = loop.run(1)
    assert ended["entered"][-1] == "Superseded"
    assert len(loop.sagemaker.calls("createModel")) == 1


def test_a_deployment_that_was_stopped_does_not_keep_the_endpoint(loop: Loop) -> None:
    loop.run(1)
    loop.sagemaker.behaviour["2"] = "held"
    stopped = loop.start(2, second=1)
    loop.wait_for("updateEndpoint")
    loop.stop(stopped)
    time.sleep(0.3)
    waiting = loop.start(3, second=2)
    time.sleep(0.3)
    assert len(loop.sagemaker.calls("updateEndpoint")) == 1
    loop.forget_holder()
    # The update that nobody looks after any more still runs: SageMaker would refuse another one.
    loop.wait_for("describeModelPackage", 3)
    loop.sagemaker.released.set()
    ended = loop.end(waiting)
    assert ended["status"] == "SUCCEEDED", ended
    assert "WaitForEndpoint" in ended["entered"]
    assert loop.served == "3"


def test_calls_that_are_throttled_are_made_again(loop: Loop) -> None:
    operations = ("describeModelPackage", "createModel", "createEndpointConfig", "createEndpoint")
    loop.sagemaker.throttled.update(dict.fromkeys(operations, 2))
    ended = loop.run(1)
    assert ended["status"] == "SUCCEEDED", ended
    assert len(loop.sagemaker.calls("createModel")) == 3
    assert len({request["ModelName"] for request in loop.sagemaker.calls("createModel")}) == 1


def test_what_is_throttled_for_good_is_told_and_may_be_approved_again(loop: Loop) -> None:
    loop.run(1)
    loop.sagemaker.throttled["updateEndpoint"] = 6
    ended = loop.run(2, second=1)
    assert (ended["status"], ended["error"]) == ("FAILED", "SageMaker.SageMakerException")
    (message,) = loop.told()
    assert f"was not changed to {PACKAGES}/2" in message
    assert "Rate exceeded" in message
    # Throttling is no fault of the version.
    assert loop.sagemaker.approval[f"{PACKAGES}/2"] == "Approved"
    assert [arn.rsplit("/", 1)[-1] for arn in loop.sagemaker.models.values()] == ["1"]
    assert loop.run(2, second=1)["status"] == "SUCCEEDED"
    assert loop.served == "2"


def test_an_endpoint_that_never_settles_is_given_up_and_people_are_told(
    emulator: Emulator, player: Player, plain: dict[str, Any]
) -> None:
    hasty = json.loads(json.dumps(plain))
    assigned = hasty["States"]["StillMyTurn"]["Assign"]
    assert assigned["deadline"] == "{% $millis() + 16200000 %}"
    assigned["deadline"] = "{% $millis() + 300 %}"
    loop = Loop(emulator, player, hasty, "hasty")
    loop.sagemaker.behaviour["1"] = "stuck"
    ended = loop.run(1)
    assert (ended["status"], ended["error"]) == ("FAILED", "TimedOut")
    assert ended["cause"].endswith("is still Creating")
    assert len(loop.told()) == 1
    # It may still be in use.
    assert len(loop.sagemaker.configs) == 1


def test_a_machine_waits_as_long_as_sagemaker_may_take(plain: dict[str, Any]) -> None:
    assert plain["TimeoutSeconds"] == 172_800
    assert plain["States"]["Wait"]["Seconds"] == 60
