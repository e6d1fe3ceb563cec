"""A watch looks at runs of its job and no other, and stops those only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError, Problem
from cdk_ml.sagemaker import LossWatch, TrainingJob
from cdk_ml.testing import assert_state_machines_valid
from cdk_ml.workspace import Workspace
from tests.conftest import only

Synth = Callable[[], Template]
METRICS = {"loss": "loss=([0-9.e+-]+)", "not_finite": "not_finite=([0-9]+)"}


@pytest.fixture
def watch(stack: cdk.Stack, workspace: Workspace, training: Callable[..., TrainingJob]) -> Callable[..., LossWatch]:
    """Makes a watch over a job that reports a loss, of defaults but for what the test says."""

    def make(**options: Any) -> LossWatch:
        job = options.pop("job", None) or training(metrics=METRICS)
        given = {"job": job, "not_finite": "not_finite", **options}
        return LossWatch(stack, "Watch", workspace=workspace, **given)

    return make


def test_it_starts_when_a_run_of_the_job_begins_to_train(
    watch: Callable[..., LossWatch], stack: cdk.Stack, template: Synth, training: Callable[..., TrainingJob]
) -> None:
    job = training(metrics=METRICS)
    watch(job=job)
    rule = only(template(), "AWS::Events::Rule")
    assert rule["EventPattern"] == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Training Job State Change"],
        "detail": {
            "TrainingJobName": [{"prefix": "Train-"}],
            "RoleArn": [stack.resolve(job.role.role_arn)],
            "SecondaryStatus": ["Training"],
        },
    }
    assert rule["Targets"][0]["InputPath"] == "$.detail"


def test_the_function_may_stop_runs_of_the_job_and_no_other(watch: Callable[..., LossWatch], stack: cdk.Stack) -> None:
    made = watch()
    policy = made.node.find_child("Function").node.find_child("RolePolicy").node.find_child("Resource")
    document = stack.resolve(policy.policy_document)  # type: ignore[attr-defined]
    (stop,) = [found for found in document["Statement"] if "sagemaker:StopTrainingJob" in found["Action"]]
    assert stop["Action"] == ["sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"]
    assert stop["Resource"]["Fn::Join"][1][-1] == ":training-job/train-*"


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        ({}, {"METRIC": "loss", "NOT_FINITE": "not_finite"}),
        ({"patience_minutes": 30, "not_finite": None}, {"METRIC": "loss", "PATIENCE_SECONDS": "1800"}),
    ],
)
def test_the_function_is_told_what_to_look_for(
    watch: Callable[..., LossWatch], template: Synth, options: dict[str, Any], environment: dict[str, str]
) -> None:
    watch(**options)
    assert only(template(), "AWS::Lambda::Function")["Environment"] == {"Variables": environment}


def test_it_waits_looks_and_comes_again_until_there_is_nothing_to_watch(
    watch: Callable[..., LossWatch], stack: cdk.Stack
) -> None:
    made = watch(check_minutes=2)
    assert assert_state_machines_valid(stack) == 1
    joined = stack.resolve(made.machine.cfn_state_machine.definition_string)["Fn::Join"][1]
    definition = json.loads("".join(part if isinstance(part, str) else "x" for part in joined))
    states = definition["States"]
    assert definition["StartAt"] == "Wait"
    assert (states["Wait"]["Seconds"], states["Wait"]["Next"]) == (120, "Look")
    assert states["Look"]["Parameters"]["Payload"] == {"job.$": "$.TrainingJobName"}
    assert states["Again"]["Choices"] == [{"Variable": "$.look.watching", "BooleanEquals": True, "Next": "Wait"}]
    assert states["Again"]["Default"] == "Done"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"metric": "error"},
            Problem(
                "metric",
                "error",
                "is no metric of Train",
                "Say it in the metrics of the job, which has loss, not_finite",
            ),
        ),
        (
            {"not_finite": "nan"},
            Problem(
                "not_finite",
                "nan",
                "is no metric of Train",
                "Say it in the metrics of the job, which has loss, not_finite",
            ),
        ),
        (
            {"not_finite": None},
            Problem(
                "patience_minutes",
                None,
                "leaves nothing to watch for",
                "Say patience_minutes, or not_finite, or both",
            ),
        ),
        ({"check_minutes": 0}, Problem("check_minutes", 0, "is no time to wait", "Use 1 to 1440")),
        ({"patience_minutes": 0}, Problem("patience_minutes", 0, "is no time to wait", "Use 1 to 40320")),
    ],
)
def test_what_could_not_be_watched_is_refused(
    watch: Callable[..., LossWatch], options: dict[str, Any], expected: Problem
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        watch(**options)
    assert caught.value.problems == (expected,)


@pytest.mark.parametrize("argument", ["check_minutes", "patience_minutes"])
def test_a_token_where_a_number_is_needed_is_refused(watch: Callable[..., LossWatch], argument: str) -> None:
    number = cdk.Token.as_number({"Ref": "Minutes"})
    with pytest.raises(ConfigurationError) as caught:
        watch(**{argument: number})
    rule = "has to become seconds at synth, and only the deployment knows it"
    assert caught.value.problems == (Problem(argument, number, rule, "Use a number"),)


def test_tokens_pass_where_no_number_is_needed(watch: Callable[..., LossWatch]) -> None:
    assert watch(metric=cdk.Aws.STACK_NAME, not_finite=cdk.Aws.STACK_NAME)
