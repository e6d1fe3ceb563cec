"""The states of a run: ingest, the gate, curate and features, with what is counted in between.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws

from cdk_ml.data.preparation.gate import DIMENSION, NAMESPACE
from cdk_ml.data.preparation.turn import give_back, take_turn

REFUSED = "QualityGateRefused"

_FAILED = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "GiveBackAfterFailure"}]
_RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 4}]
# Metrics by what reports call it.
_INGESTED = {
    "Records": "records",
    "Quarantined": "quarantined",
    "Files": "files",
    "UnreadableFiles": "unreadable_files",
}
_CURATED = {"Curated": "curated", "Duplicates": "duplicates"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What the states are about.

    :param name: of the preparation.
    :param table_name: the table with the turns.
    :param bucket_name: where runs leave their reports.
    :param state: prefix of what the preparation knows.
    :param timeout_seconds: of an execution.
    :param features: whether there are some.
    """

    name: str
    table_name: str
    bucket_name: str
    state: str
    timeout_seconds: int
    features: bool


def run_states(plan: RunPlan, job: Callable[[str], Mapping[str, Any]]) -> dict[str, Any]:
    """The definition.

    :param job: gives the state that runs one stage of Spark's part: ``Ingest``, ``Curate`` or ``Features``.
    """
    turn = {"table_name": plan.table_name, "name": plan.name}
    states = {
        **take_turn(**turn, timeout_seconds=plan.timeout_seconds, next="Ingest"),
        "Ingest": _stage(job("Ingest"), next="ReadReport"),
        "ReadReport": _read(plan, "report", next="Count"),
        "Count": _count(plan, "report", _INGESTED, next="Gate"),
        "Gate": _choice(
            ("$.report.told.verdict", {"StringEquals": "empty"}, "GiveBack"),
            ("$.report.told.verdict", {"StringEquals": "passed"}, "Curate"),
            default="Refuse",
        ),
        "Refuse": {
            "Type": "Pass",
            "Parameters": {"Error": REFUSED, "Cause.$": "States.JsonToString($.report.told.failures)"},
            "ResultPath": "$.error",
            "Next": "GiveBackAfterFailure",
        },
        "Curate": _stage(job("Curate"), next="ReadCurated"),
        "ReadCurated": _read(plan, "curated", next="CountCurated"),
        "CountCurated": _count(plan, "curated", _CURATED, next="Changed" if plan.features else "GiveBack"),
        "GiveBack": give_back(**turn, next="Done", otherwise="Done"),
        "Done": {"Type": "Succeed"},
        "GiveBackAfterFailure": _whatever_happens(give_back(**turn, next="Failed", otherwise="Failed"), next="Failed"),
        "Failed": {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"},
    }
    if plan.features:
        states |= {
            "Changed": _choice(("$.curated.told.curated", {"NumericEquals": 0}, "GiveBack"), default="Features"),
            "Features": _stage(job("Features"), next="GiveBack"),
        }
    return {"StartAt": "TakeTurn", "States": states}


def _stage(state: Mapping[str, Any], *, next: str) -> dict[str, Any]:
    own = {name: value for name, value in state.items() if name not in ("End", "Next", "Catch")}
    return {**own, "Catch": _FAILED, "Next": next}


def _read(plan: RunPlan, name: str, *, next: str) -> dict[str, Any]:
    """What a stage reported."""
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::aws-sdk:s3:getObject",
        "Parameters": {
            "Bucket": plan.bucket_name,
            "Key.$": f"States.Format('{plan.state}runs/{{}}/{name}.json', $$.Execution.Name)",
        },
        "ResultSelector": {"told.$": "States.StringToJson($.Body)"},
        "ResultPath": f"$.{name}",
        "Retry": _RETRY,
        "Catch": _FAILED,
        "Next": next,
    }


def _count(plan: RunPlan, name: str, metrics: Mapping[str, str], *, next: str) -> dict[str, Any]:
    dimensions = [{"Name": DIMENSION, "Value": plan.name}]
    data: list[dict[str, Any]] = [
        {"MetricName": metric, "Dimensions": dimensions, "Unit": "Count", "Value.$": f"$.{name}.told.{told}"}
        for metric, told in metrics.items()
    ]
    if name == "report":
        share = {"MetricName": "QuarantinedPercent", "Unit": "Percent", "Value.$": "$.report.told.quarantined_percent"}
        data.append({**share, "Dimensions": dimensions})
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::aws-sdk:cloudwatch:putMetricData",
        "Parameters": {"Namespace": NAMESPACE, "MetricData": data},
        "ResultPath": "$.counted",
        "Retry": _RETRY,
        "Catch": _FAILED,
        "Next": next,
    }


def _choice(*rules: tuple[str, Mapping[str, Any], str], default: str) -> dict[str, Any]:
    choices = [{"Variable": variable, **is_, "Next": next} for variable, is_, next in rules]
    return {"Type": "Choice", "Choices": choices, "Default": default}


def _whatever_happens(state: Mapping[str, Any], *, next: str) -> dict[str, Any]:
    """The reason of a failure is not replaced by another one."""
    return {**state, "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.turn", "Next": next}]}
