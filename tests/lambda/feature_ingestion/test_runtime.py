"""Under Lambda's own runtime client, with boto3's own clients and retries, the function does what it says."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import ROOT

FOLDER = ROOT / "lambda" / "feature_ingestion"
GROUP = {
    "RecordIdentifierFeatureName": "id",
    "EventTimeFeatureName": "at",
    "FeatureDefinitions": [
        {"FeatureName": "id", "FeatureType": "String"},
        {"FeatureName": "at", "FeatureType": "Fractional"},
    ],
}
EVENT = {"detail": {"bucket": {"name": "inbox"}, "object": {"key": "incoming/a file.jsonl"}}}


@pytest.fixture
def services() -> ModuleType:
    file = Path(__file__).with_name("services.py")
    spec = importlib.util.spec_from_file_location("feature_ingestion_services", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def invoke(services: ModuleType, told: Any) -> str:
    """Let the function deal with one event, and give what it printed."""
    with services.running(told) as address:
        environment = {
            **os.environ,
            "AWS_LAMBDA_RUNTIME_API": address,
            "AWS_ENDPOINT_URL": f"http://{address}",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_LAMBDA_FUNCTION_NAME": "ingestion",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
            "FEATURE_GROUP": "customers",
        }
        command = [sys.executable, "-m", "awslambdaric", "handler.handler"]
        process = subprocess.Popen(
            command, cwd=FOLDER, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            assert told.finished.wait(60), "the function did not answer"
        finally:
            process.kill()
            printed, _ = process.communicate()
    return printed


def test_throttled_writes_are_repeated_until_they_succeed(services: ModuleType) -> None:
    told = services.Services(EVENT, GROUP, throttled=3)
    lines = [{"id": f"c-{number}", "at": 1_700_000_000} for number in range(20)]
    told.objects["/inbox/incoming/a file.jsonl"] = "\n".join([*map(json.dumps, lines), "broken"]).encode()
    printed = invoke(services, told)
    ((kind, answer),) = told.answers
    assert kind == "response", (answer, printed)
    assert (answer["written"], answer["bad"], answer["finished"]) == (20, 1, True), printed
    assert told.refusals == 3
    assert sorted(record["id"] for record in told.records) == sorted(str(line["id"]) for line in lines)
    assert b"is no JSON" in told.objects["/inbox/quarantine/incoming/a file.jsonl/000000001.jsonl"]
    assert json.loads(told.objects["/inbox/receipts/incoming/a file.jsonl.json"])["finished"] is True
    (metrics,) = [json.loads(line) for line in printed.splitlines() if "_aws" in line]
    assert (metrics["Records"], metrics["BadRecords"], metrics["FeatureGroupName"]) == (20, 1, "customers")


def test_an_event_that_is_none_is_an_error_that_lambda_sees(services: ModuleType) -> None:
    told = services.Services({"nothing": True}, GROUP, throttled=0)
    invoke(services, told)
    ((kind, answer),) = told.answers
    assert (kind, answer["errorType"]) == ("error", "KeyError")
