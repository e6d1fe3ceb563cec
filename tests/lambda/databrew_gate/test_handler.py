"""Data passes when its rules hold; otherwise the rules that are broken are said, with their columns."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from tests.runtime import Runtime

Load = Callable[..., ModuleType]
Services = Callable[[str], Stubber]
BEGAN = datetime(2026, 11, 24, 3, 0, 0, 900_000, tzinfo=UTC)
EVENT = {"job": "profile", "run": "db_1", "bucket": "data", "prefix": "databrew/profile/"}


@pytest.fixture
def handler(load: Load) -> ModuleType:
    return load("databrew_gate")


def rule(name: str, status: str = "SUCCEEDED", **columns: str) -> dict[str, Any]:
    results = [{"name": column, "status": said} for column, said in columns.items()]
    return {"name": name, "status": status, **({"columnResults": results} if results else {})}


def ran(services: Services, *files: tuple[str, int]) -> None:
    """A run that began, and what is under its prefix, by seconds since then."""
    asked = {"Name": "profile", "RunId": "db_1"}
    services("databrew").add_response("describe_job_run", {"JobName": "profile", "StartedOn": BEGAN}, asked)
    contents = [
        {"Key": f"databrew/profile/{name}", "LastModified": BEGAN.replace(microsecond=0) + timedelta(seconds=seconds)}
        for name, seconds in files
    ]
    services("s3").add_response("list_objects_v2", {"Contents": contents} if contents else {})


def left(services: Services, name: str, *rules: dict[str, Any]) -> None:
    report = {"sampleSize": 20_000, "rulesetResults": [{"name": "Rules", "ruleResults": [*rules]}]}
    body = json.dumps(report).encode()
    asked = {"Bucket": "data", "Key": f"databrew/profile/{name}"}
    services("s3").add_response("get_object", {"Body": StreamingBody(io.BytesIO(body), len(body))}, asked)


def test_data_that_keeps_its_rules_passes(handler: ModuleType, services: Services) -> None:
    ran(services, ("old_dq-validation-report.json", -60), ("new_dq-validation-report.json", 0), ("profile.json", 9))
    left(services, "new_dq-validation-report.json", rule("enough rows"), rule("ids", customer_id="SUCCEEDED"))
    assert handler.handler(EVENT, None) == {"rules": 2, "rows": 20_000}


def test_broken_rules_are_said_with_their_columns(handler: ModuleType, services: Services) -> None:
    ran(services, ("a_dq-validation-report.json", 30))
    left(
        services,
        "a_dq-validation-report.json",
        rule("enough rows", "FAILED"),
        rule("no gaps", "FAILED", age="FAILED", plan="SUCCEEDED", customer_id="FAILED"),
        rule("fine"),
    )
    with pytest.raises(handler.RulesBrokenError, match=r"^enough rows; no gaps \(age, customer_id\)$"):
        handler.handler(EVENT, None)


@pytest.mark.parametrize("files", [(), (("old_dq-validation-report.json", -5), ("profile.json", 5))])
def test_the_report_of_an_earlier_run_does_not_count(
    handler: ModuleType, services: Services, files: tuple[tuple[str, int], ...]
) -> None:
    ran(services, *files)
    with pytest.raises(handler.NoReportError, match="profile left no report under databrew/profile/ in run db_1"):
        handler.handler(EVENT, None)


def test_it_runs_as_lambda_runs_it(runtime: Runtime) -> None:
    ((kind, told),) = runtime.run("databrew_gate", {"nothing": True})
    assert (kind, told["errorType"]) == ("error", "KeyError")
