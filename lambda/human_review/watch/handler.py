"""Says how long the oldest open review has been waiting, as a metric.

Called by a schedule. The metric is in what it prints: CloudWatch Logs takes it from there.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import os
import time

import boto3  # type: ignore[import-untyped]
from boto3.dynamodb.conditions import Key  # type: ignore[import-untyped]

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(_event: object, _context: object) -> float:
    """Print the metric, and return it.

    Reviews whose time is over are not waiting any more; nobody would ever answer them.
    """
    now = time.time()
    waiting = Key("open").eq("yes") & Key("deadline").gt(int(now))
    oldest = 0.0
    start: dict[str, object] = {}
    while True:
        found = table.query(IndexName="open", KeyConditionExpression=waiting, **start)
        oldest = max([oldest, *(now - float(item["opened"]) for item in found["Items"])])
        if "LastEvaluatedKey" not in found:
            break
        start = {"ExclusiveStartKey": found["LastEvaluatedKey"]}
    metric = {
        "_aws": {
            "Timestamp": int(now * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": os.environ["NAMESPACE"],
                    "Dimensions": [["Review"]],
                    "Metrics": [{"Name": "OldestWaiting", "Unit": "Seconds"}],
                }
            ],
        },
        "Review": os.environ["REVIEW"],
        "OldestWaiting": oldest,
    }
    print(json.dumps(metric), flush=True)
    return oldest
