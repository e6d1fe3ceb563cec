"""The function finds what a run has to look at, and puts what the run found where it is looked for."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.runtime import Reply, Request, Runtime

BUCKET, PREFIX = "data", "monitors/churn"
MODEL = {"ground_truth": "labels/", "labels_after_hours": 24}
SETTINGS: dict[str, Any] = {
    "monitor": "churn",
    "namespace": "cdk-ml/ModelMonitor",
    "hours": 2,
    "bucket": BUCKET,
    "prefix": PREFIX,
    "source": {"kind": "capture", "bucket": BUCKET, "prefix": "capture/churn/Primary/"},
    "plan": {"source": "capture", "features": [], "minimum_rows": 500, "kinds": {"data_drift": {}}},
}
AT = "2026-11-24T03:20:00Z"


def event(step: str, **changed: Any) -> dict[str, Any]:
    """What the state machine calls the function with."""
    told = {"step": step, "run": "run-1", "input": {"at": AT}, "started": "2026-11-24T03:21:09.123Z"}
    return {**told, "settings": copy.deepcopy(SETTINGS), **changed}


@pytest.fixture
def aws() -> Iterator[None]:
    """S3 and CloudWatch, with the bucket."""
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=BUCKET)
        yield


@pytest.fixture
def handler(load: Callable[..., ModuleType], aws: None) -> ModuleType:  # noqa: ARG001 (S3 has to be there first)
    """The function."""
    return load("model_monitor/steps")


def put(*keys: str, body: str = "x") -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())


def written(key: str) -> str:
    found = boto3.client("s3", region_name="us-east-1").get_object(Bucket=BUCKET, Key=key)
    return str(found["Body"].read().decode())


def keys(prefix: str) -> set[str]:
    answer = boto3.client("s3", region_name="us-east-1").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return {entry["Key"] for entry in answer.get("Contents", [])}


def metrics() -> dict[str, float]:
    """What was told to CloudWatch."""
    cloudwatch = boto3.client("cloudwatch", region_name="us-east-1")
    now = datetime.now(UTC)
    found = {}
    for metric in cloudwatch.list_metrics(Namespace="cdk-ml/ModelMonitor")["Metrics"]:
        assert metric["Dimensions"] == [{"Name": "Monitor", "Value": "churn"}]
        points = cloudwatch.get_metric_statistics(
            Namespace=metric["Namespace"],
            MetricName=metric["MetricName"],
            Dimensions=metric["Dimensions"],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        found[metric["MetricName"]] = max(point["Maximum"] for point in points)
    return found


def test_a_run_looks_at_the_full_hours_before_its_schedule(handler: ModuleType) -> None:
    hours = [f"capture/churn/Primary/2026/11/24/{hour}/a.jsonl" for hour in ("00", "01", "02", "03")]
    put(*hours, "capture/churn/Shadow/2026/11/24/01/a.jsonl")
    assert handler.handler(event("begin"), None) == {"found": 2}
    plan = json.loads(written(f"{PREFIX}/runs/run-1/plan/plan.json"))
    assert plan["files"] == {"current": hours[1:3], "labelled": [], "truth": []}
    assert plan["window"] == {"window_start": "2026-11-24 01:00:00", "window_end": "2026-11-24 03:00:00"}
    assert (plan["run"], plan["monitor"], plan["minimum_rows"]) == ("run-1", "churn", 500)
    assert json.loads(written(f"{PREFIX}/runs/run-1/captured.manifest")) == [{"prefix": "s3://data/"}, *hours[1:3]]


@pytest.mark.parametrize("told", [{}, {"at": None}, "by hand"])
def test_a_run_that_somebody_started_looks_back_from_its_start(handler: ModuleType, told: Any) -> None:
    put("capture/churn/Primary/2026/11/24/02/a.jsonl")
    assert handler.handler(event("begin", input=told), None) == {"found": 1}


def test_where_nothing_was_captured_that_is_what_is_told(handler: ModuleType) -> None:
    put("capture/churn/Primary/2026/11/23/02/a.jsonl")
    assert handler.handler(event("begin"), None) == {"found": 0}
    assert metrics() == {"NoData": 1, "Runs": 1, "Rows": 0}
    assert keys(PREFIX) == set(), "there is nothing to run for"


def test_the_model_is_judged_by_answers_whose_labels_had_time_to_come(handler: ModuleType) -> None:
    old = "capture/churn/Primary/2026/11/23/02/a.jsonl"
    put(old, "labels/2026/late.jsonl")
    put("labels/empty.jsonl", body="")
    asked = event("begin")
    asked["settings"]["plan"]["kinds"] = {"model_quality": MODEL}
    assert handler.handler(asked, None) == {"found": 2}
    plan = json.loads(written(f"{PREFIX}/runs/run-1/plan/plan.json"))
    assert plan["files"] == {"current": [], "labelled": [old], "truth": ["labels/2026/late.jsonl"]}


@pytest.mark.parametrize(("hours_later", "found"), [(1, 1), (9, 0)])
def test_batches_are_known_by_when_they_were_written(handler: ModuleType, hours_later: int, found: int) -> None:
    put("scores/a.csv")
    asked = event("begin", input={"at": (datetime.now(UTC) + timedelta(hours=hours_later)).isoformat()})
    asked["settings"]["source"] = {"kind": "batch", "bucket": BUCKET, "prefix": "scores/"}
    assert handler.handler(asked, None) == {"found": found}


def test_every_page_of_a_long_list_is_read(handler: ModuleType) -> None:
    many = [f"capture/churn/Primary/2026/11/24/02/{number:04}.jsonl" for number in range(1_001)]
    put(*many)
    assert handler.handler(event("begin"), None) == {"found": 1_001}


LEFT = "jobs/Churn/Monitor/Compare/run-1/results"


def results(corrupt: int = 0, rows: int = 900) -> None:
    """What the job left."""
    put(f"{LEFT}/rows.jsonl", f"{LEFT}/data.html", f"{LEFT}/corrupt.jsonl")
    told = {"Rows": rows, "CorruptLines": corrupt, "DriftedShare": 0.5}
    put(f"{LEFT}/metrics.json", body=json.dumps(told))


def test_results_are_put_where_they_are_looked_for(handler: ModuleType) -> None:
    results()
    for _ in range(2):
        handler.handler(event("end", results=f"s3://{BUCKET}/{LEFT}"), None)
    assert keys(PREFIX) == {
        f"{PREFIX}/results/day=2026-11-24/run-1.jsonl",
        f"{PREFIX}/reports/2026-11-24/run-1/data.html",
    }
    assert metrics() == {"Rows": 900, "CorruptLines": 0, "DriftedShare": 0.5, "Runs": 1, "NoData": 0}


def test_lines_that_could_not_be_read_are_kept(handler: ModuleType) -> None:
    results(corrupt=3, rows=0)
    handler.handler(event("end", results=f"s3://{BUCKET}/{LEFT}"), None)
    assert f"{PREFIX}/corrupt/2026-11-24/run-1.jsonl" in keys(PREFIX)
    assert metrics()["NoData"] == 1, "there was nothing that could be read"


def test_it_runs_under_lambdas_own_client(runtime: Runtime) -> None:
    def nothing(request: Request) -> Reply:
        return Reply(
            b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>" if "/data" in request.path else b""
        )

    runtime.service = nothing
    assert runtime.run("model_monitor/steps", event("begin")) == [("response", {"found": 0})]
    assert [request.method for request in runtime.requests] == ["GET", "GET", "POST"]
    ((kind, answer),) = runtime.run("model_monitor/steps", event("middle"))
    assert (kind, answer["errorType"]) == ("error", "KeyError")
