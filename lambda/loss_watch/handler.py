"""Stops a training job whose loss is no number, or no longer gets better.

Called with ``{"job": <name of the training job>}``; answers ``{"job", "watching", "reason"}``: whether to come again,
and why not. Environment: METRIC, the metric that has to go down; NOT_FINITE, a metric that is reported when it is no
number; PATIENCE_SECONDS, how long it may stay as it is. The last two may be left out.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

import boto3  # type: ignore[import-untyped]
from verdict import Point, verdict

NAMESPACE = "/aws/sagemaker/TrainingJobs"
_MOST_POINTS = 1_440  # CloudWatch gives no more at once.


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda gives it)
    """Look at one job once."""
    name: str = event["job"]
    sagemaker = boto3.client("sagemaker")
    job = sagemaker.describe_training_job(TrainingJobName=name)
    if job["TrainingJobStatus"] != "InProgress":
        return {"job": name, "watching": False, "reason": f"it is {job['TrainingJobStatus']}"}
    now = datetime.now(UTC)
    since = job.get("TrainingStartTime", job["CreationTime"])
    patience = os.environ.get("PATIENCE_SECONDS")
    found = verdict(
        _points(name, os.environ["METRIC"], since, now, "Minimum"),
        _points(name, os.environ.get("NOT_FINITE", ""), since, now, "Maximum"),
        now=now,
        patience=timedelta(seconds=int(patience)) if patience else None,
    )
    if found is None:
        return {"job": name, "watching": True, "reason": "the loss is in order"}
    print(f"Stopping {name}: {found}")
    sagemaker.stop_training_job(TrainingJobName=name)
    return {"job": name, "watching": False, "reason": found}


def _points(job: str, metric: str, since: datetime, now: datetime, statistic: str) -> list[Point]:
    """What the job reported of a metric, oldest first."""
    if not metric:
        return []
    minutes = ceil((now - since).total_seconds() / 60)
    answer = boto3.client("cloudwatch").get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=metric,
        Dimensions=[{"Name": "TrainingJobName", "Value": job}],
        StartTime=since,
        EndTime=now,
        Period=60 * max(1, ceil(minutes / _MOST_POINTS)),
        Statistics=[statistic],
    )
    return sorted(Point(point["Timestamp"], point[statistic]) for point in answer["Datapoints"])
