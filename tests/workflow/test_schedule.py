"""A schedule starts its one target, and what it could not start is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.workflow import Schedule, StateMachine, Target
from cdk_ml.workspace import Statement, Workspace
from tests.conftest import only, resources
from tests.workflow.conftest import granted

Make = Callable[..., Schedule]
Synth = Callable[[], Template]
TOKEN = cdk.Token.as_string({"Ref": "Parameter"})


@pytest.fixture
def schedule(stack: cdk.Stack, workspace: Workspace, machine: Callable[..., StateMachine]) -> Make:
    """Makes a schedule, of defaults but for what the test says."""

    def make(**options: Any) -> Schedule:
        given = {"workspace": workspace, "expression": "rate(1 day)", **options}
        if "target" not in given:
            given["target"] = machine().target
        return Schedule(stack, "Nightly", **given)

    return make


def test_a_schedule_starts_its_target_under_the_workspaces_key(
    schedule: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    schedule()
    made = template()
    found = only(made, "AWS::Scheduler::Schedule")
    (machine,) = resources(made, "AWS::StepFunctions::StateMachine")
    (queue,) = resources(made, "AWS::SQS::Queue")
    assert found["KmsKeyArn"] == stack.resolve(workspace.key.key_arn)
    assert (found["State"], found["ScheduleExpressionTimezone"]) == ("ENABLED", "UTC")
    assert found["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert found["Target"]["Arn"] == {"Ref": machine}
    assert found["Target"]["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
    assert "Name" not in found
    assert "Input" not in found["Target"]


def test_the_role_may_start_the_target_and_send_to_the_queue_and_nothing_else(schedule: Make, template: Synth) -> None:
    schedule()
    made = template()
    policies = resources(made, "AWS::IAM::ManagedPolicy")
    (own,) = [body["Properties"] for id, body in policies.items() if id.startswith("Nightly")]
    actions = [statement["Action"] for statement in own["PolicyDocument"]["Statement"]]
    assert actions == ["states:StartExecution", "sqs:SendMessage", ["kms:Decrypt", "kms:GenerateDataKey"]]
    assert all(statement["Resource"] != "*" for statement in own["PolicyDocument"]["Statement"])
    made.resource_count_is("AWS::IAM::Policy", 0)


def test_a_schedule_gives_its_target_what_it_is_told(schedule: Make, template: Synth) -> None:
    arn = "arn:aws:sagemaker:us-east-1:111111111111:pipeline/churn"
    start = Statement(actions=["sagemaker:StartPipelineExecution"], resources=[arn])
    options = {"sageMakerPipelineParameters": {"pipelineParameterList": [{"name": "Day", "value": "today"}]}}
    schedule(
        target=Target(arn=arn, statements=[start], options=options),
        expression="cron(0 3 * * ? *)",
        timezone="Europe/Zurich",
        input={"b": 1, "a": 2},
        enabled=False,
    )
    made = template()
    found = only(made, "AWS::Scheduler::Schedule")
    assert found["ScheduleExpression"] == "cron(0 3 * * ? *)"
    assert (found["ScheduleExpressionTimezone"], found["State"]) == ("Europe/Zurich", "DISABLED")
    assert found["Target"]["Input"] == '{"a": 2, "b": 1}'
    assert found["Target"]["SageMakerPipelineParameters"] == {
        "PipelineParameterList": [{"Name": "Day", "Value": "today"}]
    }
    assert [statement["Resource"] for statement in granted(made, "sagemaker:StartPipelineExecution")] == [arn]


def test_an_input_may_hold_what_the_deployment_knows(schedule: Make, template: Synth) -> None:
    schedule(input={"bucket": TOKEN})
    text = only(template(), "AWS::Scheduler::Schedule")["Target"]["Input"]
    assert {"Ref": "Parameter"} in text["Fn::Join"][1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        *(
            (
                {"expression": expression},
                f"expression={expression!r} is no schedule. Write rate(1 day), cron(0 3 * * ? *) with six fields, or "
                "at(2027-01-01T00:00:00).",
            )
            for expression in ("daily", "rate(0 days)", "rate(1 month)", "cron(0 3 * * ?)", "at(tomorrow)", "")
        ),
        (
            {"timezone": "Central European Time"},
            "timezone='Central European Time' is no name of a time zone. Use one such as UTC or Europe/Zurich.",
        ),
    ],
)
def test_what_scheduler_does_not_read_is_refused(schedule: Make, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        schedule(**given)
    assert str(refused.value) == f"Churn/Nightly: {message}"


def test_what_the_deployment_knows_is_let_through(schedule: Make, template: Synth) -> None:
    schedule(expression=TOKEN, timezone=TOKEN)
    assert only(template(), "AWS::Scheduler::Schedule")["ScheduleExpression"] == {"Ref": "Parameter"}
