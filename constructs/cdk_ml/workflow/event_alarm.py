"""An alarm on events that AWS reports: for what fails without a metric of its own.

EventBridge counts how often a rule matched, whether it has a target or not; the alarm watches the count, so that any
topic that alarms can tell will do. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from constructs import Construct

from cdk_ml.workspace import Workspace
from cdk_ml.workspace.alerts import alarm_above

_PERIOD = 300


class EventAlarm(Construct):
    """A rule that matches events of AWS, and an alarm that is raised when it does.

    Idle cost: an alarm, 0.10 USD a month.

    :ivar cfn_rule: the rule, on the default event bus.
    :ivar cfn_alarm: raised for five minutes by each event.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        source: str,
        detail_types: Sequence[str],
        detail: Mapping[str, Any],
        description: str,
    ) -> None:
        """
        :param source: where events come from, such as ``aws.glue``.
        :param detail_types: kinds of events.
        :param detail: pattern that the event's detail has to match.
        :param description: of the alarm.
        """
        super().__init__(scope, id)
        self.cfn_rule = events.CfnRule(
            self,
            "Rule",
            description=description,
            event_pattern={"source": [source], "detail-type": [*detail_types], "detail": detail},
            state="ENABLED",
        )
        self.cfn_alarm = alarm_above(
            self,
            "Alarm",
            alarm_description=description,
            namespace="AWS/Events",
            metric_name="TriggeredRules",
            dimensions=[{"name": "RuleName", "value": self.cfn_rule.ref}],
            statistic="Sum",
            period=_PERIOD,
            threshold=0,
            topic_arn=workspace.alert_topic.topic_arn,
            # A run that failed stays failed; that no other one did is no news.
            tells_recovery=False,
        )

    def metric(self, **options: Any) -> cloudwatch.Metric:
        """How often it happened.

        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        options.setdefault("statistic", "Sum")
        return cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="TriggeredRules",
            dimensions_map={"RuleName": self.cfn_rule.ref},
            **options,
        )
