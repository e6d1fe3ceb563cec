"""Alarms of a guardrail: it intervenes more than it should, or it does not work.

https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-guardrails-cw-metrics.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.tokens import outside
from cdk_ml.workspace.alerts import alarm_above

NAMESPACE = "AWS/Bedrock/Guardrails"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailAlarms:
    """When somebody should look at a guardrail.

    :param intervened_percent: share of the requests that it intervenes in. More is an attack, or a filter that is too
        strict for what people ask.
    :param least_requests: requests that there have to be before a share means anything.
    :param failures: requests that may fail or be throttled; each is a question that nobody answered.
    :param minutes: minutes that both are counted over.
    """

    intervened_percent: float = 20.0
    least_requests: int = 20
    failures: int = 0
    minutes: int = 15


def alarm_problems(alarms: GuardrailAlarms) -> Iterator[Problem]:
    """What CloudWatch would refuse about ``alarms``, or what could never be raised."""
    if outside(alarms.intervened_percent, 0.01, 99.99):
        fix = "Give a percentage from 0.01 to 99.99"
        yield Problem("alarms.intervened_percent", alarms.intervened_percent, "is never crossed, or always", fix)
    for argument, value, lowest in (("least_requests", alarms.least_requests, 1), ("failures", alarms.failures, 0)):
        if outside(value, lowest, 1_000_000):
            yield Problem(f"alarms.{argument}", value, "counts nothing", f"Give a number from {lowest} to 1000000")
    if outside(alarms.minutes, 1, 1_440):
        fix = "Give minutes from 1 to 1440"
        yield Problem("alarms.minutes", alarms.minutes, "is not a span of at most a day", fix)


def guardrail_alarms(
    scope: Construct, *, alarms: GuardrailAlarms, dimensions: Mapping[str, str], topic_arn: str
) -> tuple[cloudwatch.CfnAlarm, cloudwatch.CfnAlarm]:
    """Make both alarms: on interventions, and on failures."""

    def counted(id: str, metric: str) -> dict[str, Any]:
        named = [{"name": name, "value": value} for name, value in dimensions.items()]
        stat = {
            "metric": {"namespace": NAMESPACE, "metricName": metric, "dimensions": named},
            "period": alarms.minutes * 60,
            "stat": "Sum",
        }
        return {"id": id, "metricStat": stat, "returnData": False}

    share = f"IF(asked >= {alarms.least_requests}, 100 * FILL(intervened, 0) / asked, 0)"
    interventions = alarm_above(
        scope,
        "Interventions",
        alarm_description=f"A guardrail intervenes in more than {alarms.intervened_percent:g} % of the requests",
        metrics=[
            {"id": "share", "expression": share, "label": "Share of requests", "returnData": True},
            counted("asked", "Invocations"),
            counted("intervened", "InvocationsIntervened"),
        ],
        threshold=alarms.intervened_percent,
        topic_arn=topic_arn,
    )
    failures = alarm_above(
        scope,
        "Failures",
        alarm_description="A guardrail fails or is throttled, and with it what asks it",
        metrics=[
            {"id": "failed", "expression": "FILL(errors, 0) + FILL(throttles, 0)", "returnData": True},
            counted("errors", "InvocationServerErrors"),
            counted("throttles", "InvocationThrottles"),
        ],
        threshold=alarms.failures,
        topic_arn=topic_arn,
    )
    return interventions, failures
