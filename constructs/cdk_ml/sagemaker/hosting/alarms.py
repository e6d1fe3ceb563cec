"""Alarms of an endpoint: they tell the workspace's topic, and send a bad update back.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.tokens import outside

_NAMESPACE = "AWS/SageMaker"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointAlarms:
    """When an endpoint is unwell. Each threshold is an alarm for every variant.

    :param server_error_percent: share of the requests that the model answers with an error of its own.
    :param model_latency_ms: milliseconds within which 99 % of the requests are answered by the model.
    :param minutes: minutes out of which two have to be bad; one bad minute is noise.
    """

    server_error_percent: float = 1.0
    model_latency_ms: float = 2_000
    minutes: int = 3


def alarm_problems(alarms: EndpointAlarms) -> Iterator[Problem]:
    """What CloudWatch would refuse about ``alarms``, or what could never be raised."""
    if outside(alarms.server_error_percent, 0.01, 99.99):
        fix = "Give a percentage from 0.01 to 99.99"
        yield Problem("alarms.server_error_percent", alarms.server_error_percent, "is never crossed, or always", fix)
    if outside(alarms.model_latency_ms, 0.001, 59_999):
        rule = "is never crossed, because SageMaker gives up after 60 seconds, or always"
        yield Problem("alarms.model_latency_ms", alarms.model_latency_ms, rule, "Give milliseconds from 0.001 to 59999")
    if outside(alarms.minutes, 2, 60):
        yield Problem("alarms.minutes", alarms.minutes, "is not a span to judge two minutes by", "Use 2 to 60")


def endpoint_alarms(
    scope: Construct, *, alarms: EndpointAlarms, endpoint_name: str, variant_name: str, topic_arn: str
) -> list[cloudwatch.CfnAlarm]:
    """Make the alarms of one variant."""
    dimensions = [{"name": "EndpointName", "value": endpoint_name}, {"name": "VariantName", "value": variant_name}]
    common: dict[str, Any] = {
        "namespace": _NAMESPACE,
        "dimensions": dimensions,
        "period": 60,
        "evaluation_periods": alarms.minutes,
        "datapoints_to_alarm": 2,
        "comparison_operator": "GreaterThanThreshold",
        # No requests, no data: an idle endpoint is well, and so is one that does not exist yet.
        "treat_missing_data": "notBreaching",
        "alarm_actions": [topic_arn],
        "ok_actions": [topic_arn],
    }
    return [
        cloudwatch.CfnAlarm(
            scope,
            f"{variant_name}ServerErrors",
            alarm_description=f"More than {alarms.server_error_percent:g} % of the requests to {endpoint_name} fail",
            metric_name="Invocation5XXErrors",
            # SageMaker reports 0 or 1 for each request: their average is the share that failed.
            statistic="Average",
            threshold=alarms.server_error_percent / 100,
            **common,
        ),
        cloudwatch.CfnAlarm(
            scope,
            f"{variant_name}ModelLatency",
            alarm_description=f"1 % of the requests to {endpoint_name} wait longer than {alarms.model_latency_ms:g} ms",
            metric_name="ModelLatency",
            extended_statistic="p99",
            threshold=alarms.model_latency_ms * 1000,  # SageMaker reports microseconds.
            **common,
        ),
    ]
