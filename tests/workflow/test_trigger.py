"""An event starts its one target, and what could not be started is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.workflow import EventTrigger, StateMachine
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources

Make = Callable[..., EventTrigger]
Synth = Callable[[], Template]
KIND = "SageMaker Model Package State Change"


@pytest.fixture
def trigger(stack: cdk.Stack, workspace: Workspace, machine: Callable[..., StateMachine]) -> Make:
    """Makes a trigger, of defaults but for what the test says."""

    def make(**options: Any) -> EventTrigger:
        given = {"workspace": workspace, "source": "aws.sagemaker", "detail_types": [KIND], **options}
        return EventTrigger(stack, "Approved", target=machine().target, **given)

    return make


def test_an_event_of_the_kind_starts_the_target_and_what_fails_is_kept(trigger: Make, template: Synth) -> None:
    trigger()
    made = template()
    rule = only(made, "AWS::Events::Rule")
    (machine,) = resources(made, "AWS::StepFunctions::StateMachine")
    (queue,) = resources(made, "AWS::SQS::Queue")
    assert rule["EventPattern"] == {"source": ["aws.sagemaker"], "detail-type": [KIND]}
    assert rule["State"] == "ENABLED"
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Ref": machine}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
    for absent in ("Name", "EventBusName", "ScheduleExpression"):
        assert absent not in rule
    assert "InputPath" not in target


def test_the_role_may_start_the_target_and_nothing_else(trigger: Make, template: Synth) -> None:
    trigger()
    made = template()
    policies = resources(made, "AWS::IAM::ManagedPolicy")
    (own,) = [body["Properties"] for id, body in policies.items() if id.startswith("Approved")]
    assert [statement["Action"] for statement in own["PolicyDocument"]["Statement"]] == ["states:StartExecution"]
    made.resource_count_is("AWS::IAM::Policy", 0)


def test_the_queue_and_its_key_admit_eventbridge_for_this_account_only(trigger: Make, template: Synth) -> None:
    trigger()
    made = template()
    statements = only(made, "AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"]
    (admitted,) = [s for s in statements if s["Effect"] == "Allow"]
    own_account = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert admitted["Principal"] == {"Service": "events.amazonaws.com"}
    assert admitted["Condition"] == own_account
    keyed = [s for s in only(made, "AWS::KMS::Key")["KeyPolicy"]["Statement"] if "Service" in s["Principal"]]
    (use_key,) = [s for s in keyed if "events.amazonaws.com" in s["Principal"]["Service"]]
    assert use_key["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert use_key["Condition"] == own_account


def test_a_trigger_looks_at_the_detail_and_passes_a_part_of_it_on(trigger: Make, template: Synth) -> None:
    trigger(detail={"ModelApprovalStatus": ["Approved"]}, input_path="$.detail", enabled=False)
    rule = only(template(), "AWS::Events::Rule")
    assert rule["EventPattern"]["detail"] == {"ModelApprovalStatus": ["Approved"]}
    assert rule["State"] == "DISABLED"
    assert rule["Targets"][0]["InputPath"] == "$.detail"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"detail_types": []},
            "detail_types=[] matches everything that the source reports. Name the kinds of events, as the service "
            "lists them.",
        ),
        (
            {"input_path": "detail"},
            "input_path='detail' is no path that EventBridge reads. Write one such as $.detail.bucket.",
        ),
        (
            {"input_path": f"$.{'x' * 300}"},
            f"input_path='$.{'x' * 300}' is no path that EventBridge reads. Write one such as $.detail.bucket.",
        ),
    ],
)
def test_what_eventbridge_does_not_take_is_refused(trigger: Make, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        trigger(**given)
    assert str(refused.value) == f"Churn/Approved: {message}"


def test_what_the_deployment_knows_is_let_through(trigger: Make, template: Synth) -> None:
    token = cdk.Token.as_string({"Ref": "Parameter"})
    trigger(source=token, detail_types=[token], input_path=token)
    rule = only(template(), "AWS::Events::Rule")
    assert rule["EventPattern"] == {"source": [{"Ref": "Parameter"}], "detail-type": [{"Ref": "Parameter"}]}
    assert rule["Targets"][0]["InputPath"] == {"Ref": "Parameter"}


def test_a_bus_of_ones_own_is_listened_to(trigger: Make, template: Synth) -> None:
    trigger(event_bus_name="churn-registry")
    assert only(template(), "AWS::Events::Rule")["EventBusName"] == "churn-registry"
