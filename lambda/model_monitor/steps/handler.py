"""What comes before and after a monitor's job, which is in no network: finds its objects, and tells what it found.

Called by a state machine with ``{"step": "begin", "run", "input", "started", "settings"}``; answers ``{"found"}``, how
many objects there are to look at. The window ends at the full hour before ``input.at``, the time of the schedule, or
before the start of the execution. Then with ``{"step": "end", "run", "input", "started", "settings", "results"}``,
where the job left its results: puts rows, reports and corrupt lines where people look for them, and the metrics into
CloudWatch.

The settings are the same for each run: ``monitor``, ``namespace``, ``hours``, ``bucket`` and ``prefix`` of what the
monitor writes, ``source`` with kind, bucket and prefix, and ``plan``, of which the job reads everything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3  # type: ignore[import-untyped]

_HOUR = timedelta(hours=1)
_REPORTS = ("data.html", "model.html")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda gives it)
    """Begin or end a run."""
    told = event["input"] if isinstance(event["input"], Mapping) else {}
    until = _hour(str(told.get("at") or event["started"]))
    step = {"begin": begin, "end": end}[event["step"]]
    return step(event, until)


def begin(event: Mapping[str, Any], until: datetime) -> dict[str, Any]:
    """Find what the job has to look at, and write down its plan."""
    settings, run = event["settings"], event["run"]
    plan = {**settings["plan"], "run": run, "monitor": settings["monitor"]}
    s3, since = boto3.client("s3"), until - settings["hours"] * _HOUR
    current = _objects(s3, settings["source"], since, until)
    labelled: list[str] = []
    truth: list[str] = []
    model = plan["kinds"].get("model_quality")
    if model is not None:
        # Labels come later than answers: what is judged is a window that is long gone.
        late = model["labels_after_hours"] * _HOUR
        labelled = _objects(s3, settings["source"], since - late, until - late)
        if labelled:
            # No label is older than the answer it is about.
            truth = _modified(s3, settings["source"]["bucket"], model["ground_truth"], since - late, None)
    plan["files"] = {"current": current, "labelled": labelled, "truth": truth}
    plan["window"] = {"window_start": _text(since), "window_end": _text(until)}
    if not current and not labelled:
        _put_metrics(settings, {"Runs": 1, "NoData": 1, "Rows": 0})
        return {"found": 0}
    names = [*dict.fromkeys([*current, *labelled, *truth])]
    folder = f"{settings['prefix']}/runs/{run}"
    manifest = [{"prefix": f"s3://{settings['source']['bucket']}/"}, *names]
    s3.put_object(Bucket=settings["bucket"], Key=f"{folder}/captured.manifest", Body=json.dumps(manifest).encode())
    s3.put_object(Bucket=settings["bucket"], Key=f"{folder}/plan/plan.json", Body=json.dumps(plan).encode())
    return {"found": len(names)}


def end(event: Mapping[str, Any], until: datetime) -> dict[str, Any]:
    """Put what the job found where it is looked for. The same run twice leaves the same."""
    settings, run = event["settings"], event["run"]
    bucket, prefix = settings["bucket"], settings["prefix"]
    left = event["results"].removeprefix(f"s3://{bucket}/").rstrip("/")
    s3 = boto3.client("s3")
    there = {entry["Key"] for entry in _entries(s3, bucket, f"{left}/")}
    day = until.strftime("%Y-%m-%d")
    metrics = json.loads(s3.get_object(Bucket=bucket, Key=f"{left}/metrics.json")["Body"].read())
    copies = {
        "rows.jsonl": f"{prefix}/results/day={day}/{run}.jsonl",
        **{name: f"{prefix}/reports/{day}/{run}/{name}" for name in _REPORTS},
    }
    if metrics["CorruptLines"]:
        copies["corrupt.jsonl"] = f"{prefix}/corrupt/{day}/{run}.jsonl"
    for name, key in copies.items():
        if f"{left}/{name}" in there:
            s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": f"{left}/{name}"})
    _put_metrics(settings, {**metrics, "Runs": 1, "NoData": 0 if metrics["Rows"] else 1})
    return {"metrics": metrics}


def _objects(s3: Any, source: Mapping[str, str], since: datetime, until: datetime) -> list[str]:
    """Keys of what is of a window: captured requests are filed by hour, batches are known by when they were written."""
    if source["kind"] == "batch":
        return _modified(s3, source["bucket"], source["prefix"], since, until)
    keys: list[str] = []
    hour = since
    while hour < until:
        folder = f"{source['prefix']}{hour:%Y/%m/%d/%H}/"
        keys += [entry["Key"] for entry in _entries(s3, source["bucket"], folder)]
        hour += _HOUR
    return keys


def _modified(s3: Any, bucket: str, prefix: str, since: datetime, until: datetime | None) -> list[str]:
    """Keys under a prefix that were written in a window, oldest first."""
    found = [
        (entry["LastModified"], entry["Key"])
        for entry in _entries(s3, bucket, prefix)
        if entry["LastModified"] >= since and (until is None or entry["LastModified"] < until) and entry["Size"]
    ]
    return [key for _, key in sorted(found)]


def _entries(s3: Any, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Contents", [])


def _put_metrics(settings: Mapping[str, Any], metrics: Mapping[str, float]) -> None:
    dimensions = [{"Name": "Monitor", "Value": settings["monitor"]}]
    boto3.client("cloudwatch").put_metric_data(
        Namespace=settings["namespace"],
        MetricData=[
            {"MetricName": name, "Dimensions": dimensions, "Value": float(value)}
            for name, value in sorted(metrics.items())
        ],
    )


def _hour(text: str) -> datetime:
    at = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
    return at.replace(minute=0, second=0, microsecond=0)


def _text(time: datetime) -> str:
    # As Athena reads timestamps.
    return time.strftime("%Y-%m-%d %H:%M:%S")
