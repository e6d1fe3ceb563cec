"""Alarms of what AgentCore runs: it failed, or it was asked for more than it gives.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-runtime-metrics.html
"""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_ml.workspace.alerts import alarm_above

_PERIOD_SECONDS = 300


def agent_alarms(
    scope: Construct, *, metrics: Mapping[str, cloudwatch.Metric], topic_arn: str
) -> dict[str, cloudwatch.CfnAlarm]:
    """An alarm on each metric, as soon as it counts anything within five minutes, by the metric's name."""
    return {
        name: alarm_above(
            scope,
            f"{name}Alarm",
            threshold=0,
            topic_arn=topic_arn,
            namespace=metric.namespace,
            metric_name=metric.metric_name,
            dimensions=[{"name": key, "value": value} for key, value in sorted((metric.dimensions or {}).items())],
            statistic="Sum",
            period=_PERIOD_SECONDS,
        )
        for name, metric in metrics.items()
    }
