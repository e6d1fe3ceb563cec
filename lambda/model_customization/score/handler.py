"""Reads what the judge of an evaluation job wrote, and says whether the model is good enough.

Called with ``{"results": <s3 uri of the job's output>}``; answers ``{"ok", "scores", "prompts", "reason"}`` with the
mean of every metric. A metric that is asked for and was not judged fails. Environment: LEAST, a JSON object of metric
to the least mean.
https://docs.aws.amazon.com/bedrock/latest/userguide/model-evaluation-report-programmatic.html
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from statistics import fmean
from typing import Any

import boto3  # type: ignore[import-untyped]


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda gives it)
    """Average the scores, and compare them with the least that is asked for."""
    found: dict[str, list[float]] = defaultdict(list)
    prompts = 0
    for record in _records(event["results"]):
        prompts += 1
        for score in record.get("automatedEvaluationResult", {}).get("scores", []):
            if isinstance(score.get("result"), int | float):
                found[score["metricName"]].append(score["result"])
    scores = {metric: round(fmean(values), 4) for metric, values in sorted(found.items())}
    least: dict[str, float] = json.loads(os.environ["LEAST"])
    reasons = [
        f"{metric} was not judged" if metric not in scores else f"{metric} is {scores[metric]:g}, less than {bound:g}"
        for metric, bound in least.items()
        if scores.get(metric, float("-inf")) < bound
    ]
    return {
        "ok": not reasons,
        "scores": scores,
        "prompts": prompts,
        "reason": "; ".join(reasons) or "every score is high enough",
    }


def _records(uri: str) -> Iterator[dict[str, Any]]:
    s3 = boto3.client("s3")
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for item in (item for page in pages for item in page.get("Contents", [])):
        if not item["Key"].endswith(".jsonl"):
            continue
        for line in s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].iter_lines():
            if line.strip():
                yield json.loads(line)
