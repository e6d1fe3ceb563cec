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
_LONGEST_IN_QUEUE = 21_600


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


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAlarms:
    """When an asynchronous endpoint is unwell.

    :param server_error_percent: share of the requests that the model answers with an error of its own.
    :param oldest_request_seconds: seconds that a request may wait before somebody should look; an endpoint at zero
        takes minutes to start.
    :param minutes: minutes out of which two have to be bad; one bad minute is noise.
    """

    server_error_percent: float = 1.0
    oldest_request_seconds: float = 1_800
    minutes: int = 3


def alarm_problems(alarms: EndpointAlarms) -> Iterator[Problem]:
    """What CloudWatch would refuse about ``alarms``, or what could never be raised."""
    yield from _share_problems(alarms)
    if outside(alarms.model_latency_ms, 0.001, 59_999):
        rule = "is never crossed, because SageMaker gives up after 60 seconds, or always"
        yield Problem("alarms.model_latency_ms", alarms.model_latency_ms, rule, "Give milliseconds from 0.001 to 59999")
    yield from _span_problems(alarms)


def queue_alarm_problems(alarms: QueueAlarms) -> Iterator[Problem]:
    """What CloudWatch would refuse about ``alarms``, or what could never be raised."""
    yield from _share_problems(alarms)
    if outside(alarms.oldest_request_seconds, 60, _LONGEST_IN_QUEUE):
        rule = "is sooner than a metric of a minute can tell, or later than SageMaker keeps a request"
        fix = f"Give seconds from 60 to {_LONGEST_IN_QUEUE}"
        yield Problem("alarms.oldest_request_seconds", alarms.oldest_request_seconds, rule, fix)
    yield from _span_problems(alarms)


def _share_problems(alarms: EndpointAlarms | QueueAlarms) -> Iterator[Problem]:
    if outside(alarms.server_error_percent, 0.01, 99.99):
        fix = "Give a percentage from 0.01 to 99.99"
        yield Problem("alarms.server_error_percent", alarms.server_error_percent, "is never crossed, or always", fix)


def _span_problems(alarms: EndpointAlarms | QueueAlarms) -> Iterator[Problem]:
    if outside(alarms.minutes, 2, 60):
        yield Problem("alarms.minutes", alarms.minutes, "is not a span to judge two minutes by", "Use 2 to 60")


def endpoint_alarms(
    scope: Construct, *, alarms: EndpointAlarms, endpoint_name: str, variant_name: str, topic_arn: str
) -> list[cloudwatch.CfnAlarm]:
    """Make the alarms of one variant."""
    common = _common(alarms.minutes, _variant(endpoint_name, variant_name), topic_arn)
    return _errors_and_latency(scope, variant_name, alarms, endpoint_name, common)


def component_alarms(
    scope: Construct, id: str, *, alarms: EndpointAlarms, component_name: str, topic_arn: str
) -> list[cloudwatch.CfnAlarm]:
    """Make the alarms of one inference component."""
    dimensions = [{"name": "InferenceComponentName", "value": component_name}]
    return _errors_and_latency(scope, id, alarms, component_name, _common(alarms.minutes, dimensions, topic_arn))


def queue_alarms(
    scope: Construct, *, alarms: QueueAlarms, endpoint_name: str, variant_name: str, topic_arn: str
) -> tuple[cloudwatch.CfnAlarm, cloudwatch.CfnAlarm]:
    """Make the alarms of an asynchronous endpoint: on errors, and on requests that wait too long.

    The second is no reason to send an update back: a queue may be long because much was asked.
    """
    common = _common(alarms.minutes, _variant(endpoint_name, variant_name), topic_arn)
    waiting = cloudwatch.CfnAlarm(
        scope,
        "OldestRequest",
        alarm_description=f"A request to {endpoint_name} waits longer than {alarms.oldest_request_seconds:g} seconds",
        metric_name="ApproximateAgeOfOldestRequest",
        statistic="Maximum",
        threshold=alarms.oldest_request_seconds,
        **{**common, "dimensions": [{"name": "EndpointName", "value": endpoint_name}]},
    )
    return _server_errors(scope, variant_name, alarms, endpoint_name, common), waiting


def _variant(endpoint_name: str, variant_name: str) -> list[dict[str, str]]:
    return [{"name": "EndpointName", "value": endpoint_name}, {"name": "VariantName", "value": variant_name}]


def _common(minutes: int, dimensions: list[dict[str, str]], topic_arn: str) -> dict[str, Any]:
    return {
        "namespace": _NAMESPACE,
        "dimensions": dimensions,
        "period": 60,
        "evaluation_periods": minutes,
        "datapoints_to_alarm": 2,
        "comparison_operator": "GreaterThanThreshold",
        # No requests, no data: an idle endpoint is well, and so is one that does not exist yet.
        "treat_missing_data": "notBreaching",
        "alarm_actions": [topic_arn],
        "ok_actions": [topic_arn],
    }


def _errors_and_latency(
    scope: Construct, id: str, alarms: EndpointAlarms, asked: str, common: dict[str, Any]
) -> list[cloudwatch.CfnAlarm]:
    return [
        _server_errors(scope, id, alarms, asked, common),
        cloudwatch.CfnAlarm(
            scope,
            f"{id}ModelLatency",
            alarm_description=f"1 % of the requests to {asked} wait longer than {alarms.model_latency_ms:g} ms",
            metric_name="ModelLatency",
            extended_statistic="p99",
            threshold=alarms.model_latency_ms * 1000,  # SageMaker reports microseconds.
            **common,
        ),
    ]


def _server_errors(
    scope: Construct, id: str, alarms: EndpointAlarms | QueueAlarms, asked: str, common: dict[str, Any]
) -> cloudwatch.CfnAlarm:
    return cloudwatch.CfnAlarm(
        scope,
        f"{id}ServerErrors",
        alarm_description=f"More than {alarms.server_error_percent:g} % of the requests to {asked} fail",
        metric_name="Invocation5XXErrors",
        # SageMaker reports 0 or 1 for each request: their average is the share that failed.
        statistic="Average",
        threshold=alarms.server_error_percent / 100,
        **common,
    )
