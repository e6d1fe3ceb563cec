"""An alarm on events: what matches is counted, and the count is watched."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
from aws_cdk.assertions import Template

from cdk_ml.workflow.event_alarm import EventAlarm
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources


def test_the_alarm_watches_how_often_the_rule_matched(
    stack: cdk.Stack, workspace: Workspace, template: Callable[[], Template]
) -> None:
    alarm = EventAlarm(
        stack,
        "Failed",
        workspace=workspace,
        source="aws.glue",
        detail_types=["Glue Job State Change"],
        detail={"state": ["FAILED"]},
        description="Runs fail",
    )
    assert alarm.metric().metric_name == "TriggeredRules"
    made = template()
    rule = only(made, "AWS::Events::Rule")
    assert "Targets" not in rule
    assert rule["EventPattern"] == {
        "source": ["aws.glue"],
        "detail-type": ["Glue Job State Change"],
        "detail": {"state": ["FAILED"]},
    }
    (rule_id,) = resources(made, "AWS::Events::Rule")
    watched = only(made, "AWS::CloudWatch::Alarm")
    assert watched["Dimensions"] == [{"Name": "RuleName", "Value": {"Ref": rule_id}}]
    assert (watched["Namespace"], watched["Statistic"], watched["TreatMissingData"]) == (
        "AWS/Events",
        "Sum",
        "notBreaching",
    )
