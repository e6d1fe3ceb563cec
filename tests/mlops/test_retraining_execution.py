"""The state machine that retrains runs on the emulator, with SageMaker and CloudWatch played by the test."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_ml.mlops import RemotePipeline, RetrainingLoop
from cdk_ml.testing.emulator import Emulator
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS
from tests.mlops.sagemaker import Player, SageMaker
from tests.sagemaker.jobs.definitions import definition

EVENT = {"detail": {"alarmName": "drift", "state": {"value": "ALARM"}}}
PIPELINE = "arn:aws:sagemaker:us-east-1:111111111111:pipeline/churn"
A_DAY = 86_400


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The definition as it is deployed."""
    stack = cdk.Stack(cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out"))), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    loop = RetrainingLoop(
        stack,
        "Retraining",
        workspace=workspace,
        pipeline=RemotePipeline(account="111111111111", pipeline_name="churn", role_name="churn-retrain"),
        parameters={"Rows": 1000, "Why": "drift"},
    )
    alarm = cloudwatch.Alarm.from_alarm_arn(stack, "Drift", "arn:aws:cloudwatch:us-east-1:111111111111:alarm:drift")
    loop.start_on("OnDrift", alarm)
    return definition(loop.machine)


@pytest.fixture(scope="module")
def player() -> Iterator[Player]:
    with Emulator(environment={"SFN_WAIT_SCALE": "0.0001"}) as running:
        yield Player(running.client("stepfunctions"))


@pytest.fixture(scope="module")
def machine(player: Player, written: str) -> str:
    return player.create("Retraining", written)


@pytest.fixture
def services(player: Player) -> SageMaker:
    player.sagemaker = SageMaker()
    return player.sagemaker


def began(seconds_ago: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds_ago))


def execution(status: str, seconds_ago: float, **more: Any) -> dict[str, Any]:
    """An execution of the pipeline."""
    arn = f"{PIPELINE}/execution/before"
    return {
        "PipelineExecutionArn": arn,
        "PipelineExecutionStatus": status,
        "StartTime": began(seconds_ago),
        **more,
    }


def started(services: SageMaker) -> list[dict[str, Any]]:
    return services.calls("startPipelineExecution")


def run(player: Player, machine: str) -> Mapping[str, Any]:
    return player.run(machine, EVENT)


def test_an_alarm_starts_the_pipeline_with_its_parameters(player: Player, machine: str, services: SageMaker) -> None:
    ended = run(player, machine)
    assert ended["status"] == "SUCCEEDED", ended
    assert ended["entered"] == ["Begin", "Look", "MayStart", "Start", "Started"]
    (request,) = started(services)
    assert request["PipelineName"] == PIPELINE
    given = [{"Name": "Rows", "Value": "1000"}, {"Name": "Why", "Value": "drift"}]
    assert request["PipelineParameters"] == given
    assert len(request["ClientRequestToken"]) == 64


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Stopped"])
def test_an_execution_of_long_ago_does_not_hinder_the_next(
    player: Player, machine: str, services: SageMaker, status: str
) -> None:
    services.executions.append(execution(status, 2 * A_DAY))
    assert run(player, machine)["entered"][-1] == "Started"
    assert len(started(services)) == 1


def test_while_one_runs_the_alarm_waits_and_then_starts_another(
    player: Player, machine: str, services: SageMaker
) -> None:
    services.executions.append(execution("Executing", 2 * A_DAY, looks=2))
    ended = run(player, machine)
    assert ended["status"] == "SUCCEEDED", ended
    assert ended["entered"].count("WaitForEnd") == 2
    assert ended["entered"][-1] == "Started"


def test_an_alarm_that_is_over_meanwhile_starts_nothing(player: Player, machine: str, services: SageMaker) -> None:
    services.executions.append(execution("Executing", 2 * A_DAY, looks=99))
    services.alarms = ["ALARM", "OK"]
    ended = run(player, machine)
    assert ended["entered"].count("WaitForEnd") == 2
    assert ended["entered"][-1] == "Recovered"
    assert started(services) == []


def test_an_alarm_in_the_cool_down_is_acted_upon_after_it(player: Player, machine: str, services: SageMaker) -> None:
    services.executions.append(execution("Succeeded", A_DAY - 2))
    before = time.monotonic()
    ended = run(player, machine)
    assert ended["entered"][-1] == "Started", ended
    assert "CoolDown" in ended["entered"]
    assert time.monotonic() - before > 0.5, "it waits in real time"


def test_alarms_that_are_raised_at_once_start_one_execution(player: Player, machine: str, services: SageMaker) -> None:
    services.executions.append(execution("Succeeded", 2 * A_DAY))
    services.late = 2
    running = [player.start(machine, EVENT) for _ in range(2)]
    ends = [player.end(each)["entered"][-1] for each in running]
    assert ends == ["Started", "Started"]
    assert len(started(services)) == 2
    assert len(services.executions) == 2


def test_the_same_last_execution_gives_the_same_token(player: Player, machine: str, services: SageMaker) -> None:
    tokens = []
    for last in ("Succeeded", "Succeeded"):
        services.executions = [execution(last, 2 * A_DAY)]
        run(player, machine)
        tokens.append(started(services)[-1]["ClientRequestToken"])
    assert tokens[0] == tokens[1]
    services.executions = [{**execution("Succeeded", 2 * A_DAY), "PipelineExecutionArn": f"{PIPELINE}/execution/other"}]
    run(player, machine)
    assert started(services)[-1]["ClientRequestToken"] != tokens[0]


def test_a_start_that_is_throttled_is_tried_again(player: Player, machine: str, services: SageMaker) -> None:
    services.throttled["startPipelineExecution"] = 3
    services.throttled["listPipelineExecutions"] = 1
    assert run(player, machine)["status"] == "SUCCEEDED"
    assert len(started(services)) == 4


def test_a_start_that_is_refused_for_good_fails_with_its_reason(
    player: Player, machine: str, services: SageMaker
) -> None:
    services.throttled["startPipelineExecution"] = 99
    ended = run(player, machine)
    assert (ended["status"], ended["error"]) == ("FAILED", "SageMaker.SageMakerException")
    assert "Rate exceeded" in ended["cause"]
    assert len(started(services)) == 6


def test_calls_to_another_account_are_made_as_its_role(written: str) -> None:
    states = json.loads(written)["States"]
    role = {"RoleArn": "arn:aws:iam::111111111111:role/churn-retrain"}
    assert [name for name, state in states.items() if state.get("Credentials") == role] == ["Look", "Start"]
    assert "Credentials" not in states["LookAtAlarm"]
