"""The stack goes round: from an approval to a shifted endpoint, to an alarm, to a retraining, and back when it fails.

The emulator runs the stack's rules, its state machines, its table and its topic; SageMaker is played by the test.
EventBridge takes no events in the name of AWS from anybody, so the rules wait for a source of another name.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.mlops import ClosedLoop
from cdk_ml.testing.emulator import Emulator
from cdk_ml.workspace import Profile
from stacks.closed_loop_mlops import ClosedLoopMlops
from tests.conftest import FLAGS
from tests.mlops.sagemaker import Player, SageMaker
from tests.sagemaker.jobs.definitions import definition

PACKAGES = "arn:aws:sagemaker:us-east-1:111111111111:model-package/churn"


class Running:
    """The stack's loop on the emulator."""

    def __init__(self, emulator: Emulator, stack: cdk.Stack) -> None:
        loop = stack.node.find_child("Loop")
        assert isinstance(loop, ClosedLoop)
        self._dynamodb, self._events, self._sqs = (emulator.client(name) for name in ("dynamodb", "events", "sqs"))
        self.player = Player(emulator.client("stepfunctions"), self._dynamodb)
        self.group, self.alarm = "", ""
        plain = json.loads(definition(loop.deployment.machine))
        reading = plain["States"]["ReadLive"]["Arguments"]
        self._item = {"TableName": "record", "Key": reading["Key"]}
        self._dynamodb.create_table(
            TableName="record",
            AttributeDefinitions=[{"AttributeName": "endpoint", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "endpoint", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        sns = emulator.client("sns")
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        self._queue = self._sqs.create_queue(QueueName="told")["QueueUrl"]
        queue = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue["QueueArn"])
        text = json.dumps(plain).replace(json.dumps(reading["TableName"]), '"record"')
        text = text.replace(json.dumps(plain["States"]["TellBack"]["Arguments"]["TopicArn"]), json.dumps(topic))
        self.deploying = self.player.create("Deploying", text)
        self.retraining = self.player.create("Retraining", definition(loop.retraining.machine))
        template = cdk.assertions.Template.from_stack(stack).find_resources("AWS::Events::Rule")
        for id, rule in template.items():
            self._rule(id, rule["Properties"])

    def _rule(self, id: str, properties: dict[str, Any]) -> None:
        pattern = properties["EventPattern"]
        decided = "ModelApprovalStatus" in pattern["detail"]
        if decided:
            (self.group,) = pattern["detail"]["ModelPackageGroupName"]
        else:
            pattern["detail"]["alarmName"] = [name["Ref"] for name in pattern["detail"]["alarmName"]]
            self.alarm = pattern["detail"]["alarmName"][0]
        pattern["source"] = [f"played.{pattern['source'][0]}"]
        self._events.put_rule(Name=id, EventPattern=json.dumps(pattern), State=properties["State"])
        target = {"Id": "Target", "Arn": self.deploying if decided else self.retraining}
        role = "arn:aws:iam::111111111111:role/events"
        self._events.put_targets(Rule=id, Targets=[{**target, "RoleArn": role}])

    @property
    def sagemaker(self) -> SageMaker:
        return self.player.sagemaker

    def decide(self, version: int, status: str = "Approved") -> None:
        """Decide about a version, as the registry tells it."""
        arn = f"{PACKAGES}/{version}"
        self.sagemaker.approval[arn] = status
        self._put(
            "played.aws.sagemaker",
            "SageMaker Model Package State Change",
            {"ModelPackageGroupName": self.group, "ModelPackageArn": arn, "ModelApprovalStatus": status},
        )

    def ring(self, state: str = "ALARM") -> None:
        """Change the state of an alarm, as CloudWatch tells it."""
        detail = {"alarmName": self.alarm, "state": {"value": state}}
        self._put("played.aws.cloudwatch", "CloudWatch Alarm State Change", detail)

    def _put(self, source: str, kind: str, detail: dict[str, Any]) -> None:
        entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail)}
        answer = self._events.put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0, answer

    @property
    def served(self) -> str | None:
        """The version that the endpoint serves, once it is recorded as such and nobody changes it."""
        item = self._dynamodb.get_item(**self._item).get("Item", {})
        return None if "heldBy" in item or "livePackage" not in item else item["livePackage"]["S"].rsplit("/", 1)[-1]

    def told(self) -> list[str]:
        """What people were told."""
        messages = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"])["Message"] for message in messages]


def until(holds: Callable[[], bool], what: str) -> None:
    for _ in range(300):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(f"never: {what}")


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    app = cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out")))
    stack = ClosedLoopMlops(app, "ClosedLoopMlops", profile=Profile.PRODUCTION)
    with Emulator(environment={"SFN_WAIT_SCALE": "0.001"}) as emulator:
        yield Running(emulator, stack)


def test_the_loop_goes_round(running: Running) -> None:
    sagemaker = running.sagemaker
    # Somebody approves: the endpoint is made, and shifted by the next approval.
    running.decide(1)
    until(lambda: running.served == "1", "the first version is live")
    time.sleep(1)
    running.decide(2)
    until(lambda: running.served == "2", "the second version is live")
    (update,) = sagemaker.calls("updateEndpoint")
    routing = update["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["Type"] == "CANARY"
    # The endpoint is unwell: the pipeline starts. That it recovers starts nothing.
    running.ring()
    until(lambda: len(sagemaker.executions) == 1, "the pipeline starts")
    running.ring("OK")
    # What the pipeline has registered is approved, and fails its canary.
    sagemaker.behaviour["3"] = "bad"
    time.sleep(1)
    running.decide(3)
    until(lambda: sagemaker.approval[f"{PACKAGES}/3"] == "Rejected", "the version is rejected")
    until(lambda: running.served == "2", "the endpoint is free")
    until(lambda: any("went back from" in message for message in running.told()), "people are told")
    # Two approvals at once: the later one is live, and the endpoint was changed by one at a time.
    time.sleep(1)
    running.decide(4)
    running.decide(5)
    until(lambda: running.served == "5", "the later approval is live")
    # Somebody rejects what is live: what was live before it comes back.
    time.sleep(1)
    running.decide(5, "Rejected")
    until(lambda: running.served not in (None, "5"), "the version before is live")
    until(lambda: len(sagemaker.models) == len(sagemaker.configs) == 1, "what nothing serves is deleted")
    assert len(sagemaker.executions) == 1
