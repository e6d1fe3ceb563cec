"""Says whether the data that a profile job looked at keeps its rules, from the report that the job left.

https://docs.aws.amazon.com/databrew/latest/dg/profile.data-quality-rules.html
"""

from __future__ import annotations

import json
from typing import Any

import boto3  # type: ignore[import-untyped]

_REPORT = "dq-validation-report.json"
_FAILED = "FAILED"


class RulesBrokenError(Exception):
    """Rules are broken: the data does not pass."""


class NoReportError(Exception):
    """A run left no report of rules."""


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Read the report of a run, and fail with the rules that are broken."""
    report = read_report(event)
    rules = [rule for ruleset in report["rulesetResults"] for rule in ruleset["ruleResults"]]
    broken = [rule for rule in rules if rule["status"] == _FAILED]
    if broken:
        raise RulesBrokenError("; ".join(map(described, broken)))
    return {"rules": len(rules), "rows": report.get("sampleSize")}


def read_report(event: dict[str, Any]) -> dict[str, Any]:
    """The report that the run left: the newest one since it began."""
    s3 = boto3.client("s3")
    run = boto3.client("databrew").describe_job_run(Name=event["job"], RunId=event["run"])
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=event["bucket"], Prefix=event["prefix"])
    found = [
        each
        for page in pages
        for each in page.get("Contents", [])
        if each["Key"].endswith(_REPORT) and each["LastModified"] >= run["StartedOn"].replace(microsecond=0)
    ]
    if not found:
        raise NoReportError(f"{event['job']} left no report under {event['prefix']} in run {event['run']}")
    newest = max(found, key=lambda each: each["LastModified"])
    body = s3.get_object(Bucket=event["bucket"], Key=newest["Key"])["Body"].read()
    report: dict[str, Any] = json.loads(body)
    return report


def described(rule: dict[str, Any]) -> str:
    """A broken rule, and the columns in which it is."""
    columns = [column["name"] for column in rule.get("columnResults", []) if column["status"] == _FAILED]
    return f"{rule['name']} ({', '.join(columns)})" if columns else str(rule["name"])
