"""An alarm starts the retraining, and a loop that nothing starts is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.mlops import RemotePipeline, RetrainingLoop
from cdk_ml.sagemaker import Compute, JobStep, Parameter, Pipeline, ProcessingJob
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources
from tests.sagemaker.jobs.definitions import definition

Make = Callable[..., RetrainingLoop]
Synth = Callable[[], Template]


@pytest.fixture
def make(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes a loop around a pipeline, of defaults but for what the test says."""

    def made(**options: Any) -> RetrainingLoop:
        prepare = ProcessingJob(
            stack,
            "Prepare",
            workspace=workspace,
            image=images.built_in_algorithm("sklearn"),
            script=None,
            compute=Compute(instance_type="ml.m5.large"),
            arguments=["--rows", Parameter("Rows", "1000")],
            outputs=["train"],
        )
        given: dict[str, Any] = {
            "pipeline": Pipeline(stack, "Pipeline", workspace=workspace, steps=[JobStep(prepare)]),
            **options,
        }
        return RetrainingLoop(stack, "Loop", workspace=workspace, **given)

    return made


def alarm(stack: cdk.Stack, name: str = "drift") -> cloudwatch.IAlarm:
    arn = f"arn:aws:cloudwatch:us-east-1:111111111111:alarm:{name}"
    return cloudwatch.Alarm.from_alarm_arn(stack, name, arn)


def test_the_alarm_starts_it_and_what_fails_is_kept(make: Make, stack: cdk.Stack, template: Synth) -> None:
    make().start_on("OnDrift", alarm(stack))
    rule = only(template(), "AWS::Events::Rule")
    pattern = rule["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.cloudwatch"], ["CloudWatch Alarm State Change"])
    assert pattern["detail"] == {"alarmName": ["drift"], "state": {"value": ["ALARM"]}}
    assert "DeadLetterConfig" in rule["Targets"][0]


def test_it_may_start_this_pipeline_and_look_at_this_alarm(make: Make, stack: cdk.Stack, template: Synth) -> None:
    make().start_on("OnDrift", alarm(stack))
    policies = json.dumps(resources(template(), "AWS::IAM::ManagedPolicy"))
    assert '"sagemaker:ListPipelineExecutions", "sagemaker:StartPipelineExecution"' in policies
    assert "alarm:drift" in policies
    assert "sts:AssumeRole" not in policies


def test_a_pipeline_of_another_account_is_started_as_its_role(make: Make, stack: cdk.Stack, template: Synth) -> None:
    remote = RemotePipeline(account="111111111111", pipeline_name="churn", role_name="churn-retrain")
    make(pipeline=remote).start_on("OnDrift", alarm(stack))
    policies = json.dumps(resources(template(), "AWS::IAM::ManagedPolicy"))
    assert ":iam::111111111111:role/churn-retrain" in policies
    assert "StartPipelineExecution" not in policies


def test_the_cool_down_is_counted_from_the_last_start(make: Make) -> None:
    rule = json.loads(definition(make(cool_down_hours=2).machine))["States"]["MayStart"]["Choices"][1]["Condition"]
    assert "$toMillis($last.StartTime) + 7200000 > $millis()" in rule


def test_parameters_are_texts_as_a_pipeline_reads_them(make: Make) -> None:
    remote = RemotePipeline(account="111111111111", pipeline_name="churn", role_name="churn-retrain")
    loop = make(pipeline=remote, parameters={"Full": True, "Rows": 10, "Share": 0.5, "From": "2026-01-01"})
    given = json.loads(definition(loop.machine))["States"]["Start"]["Arguments"]["PipelineParameters"]
    assert {each["Name"]: each["Value"] for each in given} == {
        "Full": "true",
        "Rows": "10",
        "Share": "0.5",
        "From": "2026-01-01",
    }


def test_a_loop_that_nothing_starts_is_refused_at_synth(make: Make, stack: cdk.Stack) -> None:
    make()
    with pytest.raises(Exception, match="nothing starts the retraining: call start_on with an alarm"):
        cdk.App.of(stack).synth()  # type: ignore[union-attr]


def test_more_alarms_than_a_role_has_room_for_are_refused(make: Make, stack: cdk.Stack) -> None:
    loop = make()
    for index in range(8):
        loop.start_on(f"On{index}", alarm(stack, f"a{index}"))
    with pytest.raises(ConfigurationError, match=r"alarm='On8'.*Combine some in a composite alarm"):
        loop.start_on("On8", alarm(stack, "a8"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cool_down_hours": 0}, r"cool_down_hours=0 is no time between two trainings\. Use 1 to 720"),
        ({"cool_down_hours": 721}, r"cool_down_hours=721"),
        ({"parameters": {"Columns": "5"}}, r"Columns"),
        (
            {"pipeline": RemotePipeline(account="1", pipeline_name="a b", role_name="a/b")},
            r"(?s)pipeline\.account='1'.*pipeline\.pipeline_name='a b'.*pipeline\.role_name='a/b'",
        ),
    ],
)
def test_what_could_not_run_is_refused(make: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make(**options)


def test_a_time_that_only_the_deployment_knows_is_refused(make: Make) -> None:
    with pytest.raises(ConfigurationError, match=r"cool_down_hours=.*Use a number"):
        make(cool_down_hours=cdk.Token.as_number({"Ref": "Hours"}))
