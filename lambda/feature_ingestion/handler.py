"""Writes the records of a file that arrived in S3 into a feature group.

Every record is checked against the schema that the group has now. What the group does not take goes into quarantine,
with the reason; the rest is written, several records at a time. After each part of the file a receipt says how far it
is: a second event for the same object does nothing, and an attempt after a failure goes on where the last one stopped.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from feature_files import Row, rows
from feature_records import BadRecordError, Record, Schema, checked

NAMESPACE = "cdk-ml/FeatureIngestion"
PART = 500
WORKERS = 16
ENOUGH_MILLISECONDS = 60_000
# Adaptive: the client also slows itself down when it is throttled, instead of only repeating what was refused.
RETRIES = Config(retries={"mode": "adaptive", "total_max_attempts": 10}, max_pool_connections=WORKERS)


class OutOfTimeError(Exception):
    """There is more than one invocation can do. Lambda tries again, and the receipt says where to go on."""


@dataclass
class Receipt:
    """How far a file is.

    :param version: of the object.
    :param rows: rows that are dealt with.
    :param finished: whether there are no more.
    """

    version: str
    rows: int = 0
    written: int = 0
    bad: int = 0
    repeated: int = 0
    finished: bool = False


@dataclass
class Seen:
    """Which moments of which identifiers a file has told so far, to find what it tells twice."""

    told: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)

    def before(self, row: Row, record: Record) -> bool:
        """Whether the file said the same before.

        :raises BadRecordError: when it said something else about the same moment.
        """
        moment = _digest([record.identifier, record.moment])
        content = _digest(sorted(record.values.items()))
        line, first = self.told.setdefault(moment, (row.line, content))
        if first != content:
            raise BadRecordError(f"says something else about the same moment than line {line}")
        return line != row.line


@cache
def client(service: str) -> Any:
    """A client, made once for each execution environment."""
    return boto3.client(service, config=RETRIES)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take in the object that an ``Object Created`` event of S3 is about."""
    bucket, key = event["detail"]["bucket"]["name"], event["detail"]["object"]["key"]
    version = event["detail"]["object"].get("version-id")
    group = os.environ["FEATURE_GROUP"]
    try:
        found = client("s3").get_object(Bucket=bucket, Key=key, **({"VersionId": version} if version else {}))
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchVersion", "404"):
            return {"key": key, "gone": True}
        raise
    receipt = _receipt(bucket, key, version or found["ETag"])
    if receipt.finished:
        return {"key": key, "repeated_event": True, **asdict(receipt)}
    before = (receipt.written, receipt.bad, receipt.repeated)
    try:
        _take_in(bucket, key, found["Body"].iter_lines(keepends=True), _schema(group), receipt, context)
    finally:
        written, bad, repeated = (
            now - then for now, then in zip((receipt.written, receipt.bad, receipt.repeated), before, strict=True)
        )
        _publish(group, Records=written, BadRecords=bad, RepeatedRecords=repeated, Files=int(receipt.finished))
    return {"key": key, **asdict(receipt)}


def _take_in(bucket: str, key: str, lines: Iterator[bytes], schema: Schema, receipt: Receipt, context: Any) -> None:
    now, seen = datetime.now(UTC), Seen()
    done = receipt.rows
    client("sagemaker-featurestore-runtime")  # Before there are threads: making a client is not safe among them.
    try:
        found = rows(key, lines, schema)
        with ThreadPoolExecutor(WORKERS) as pool:
            # What was dealt with before is read again, to know what is said twice, and not written again.
            for row in islice(found, done):
                _sorted_out(row, schema, seen, now)
            while part := [*islice(found, PART)]:
                if context.get_remaining_time_in_millis() < ENOUGH_MILLISECONDS:
                    raise OutOfTimeError(f"{key}: {receipt.rows} rows are done, the next attempt goes on there")
                _deal_with(bucket, key, part, schema, seen, now, receipt, pool)
    except BadRecordError as bad:
        receipt.bad += 1
        _quarantine(bucket, key, 0, [{"line": 0, "reason": f"the file {bad}"}])
    receipt.finished = True
    _put(bucket, _receipt_key(key), asdict(receipt))


def _deal_with(
    bucket: str,
    key: str,
    part: Sequence[Row],
    schema: Schema,
    seen: Seen,
    now: datetime,
    receipt: Receipt,
    pool: ThreadPoolExecutor,
) -> None:
    good: list[tuple[Row, Record]] = []
    bad: list[dict[str, Any]] = []
    repeated = 0
    for row in part:
        found = _sorted_out(row, schema, seen, now)
        if isinstance(found, Record):
            good.append((row, found))
        elif found:
            bad.append(_complaint(row, found))
        else:
            repeated += 1
    # Each one's refusal is its own: the Feature Store checks more than its documentation lists.
    refused = [*pool.map(_write, [record for _, record in good])]
    bad += [_complaint(row, reason) for (row, _), reason in zip(good, refused, strict=True) if reason]
    if bad:
        _quarantine(bucket, key, part[0].line, bad)
    receipt.rows += len(part)
    receipt.written += refused.count("")
    receipt.bad += len(bad)
    receipt.repeated += repeated
    _put(bucket, _receipt_key(key), asdict(receipt))


def _sorted_out(row: Row, schema: Schema, seen: Seen, now: datetime) -> Record | str:
    """The record, or why it is bad, or nothing when it was there before."""
    if row.problem:
        return row.problem
    try:
        record = checked(row.values, schema, now)
        return "" if seen.before(row, record) else record
    except BadRecordError as bad:
        return str(bad)


def _write(record: Record) -> str:
    """Write a record, and say why the Feature Store refused it, if it did. Anything else is an error to try again."""
    values = [{"FeatureName": name, "ValueAsString": value} for name, value in record.values.items()]
    try:
        client("sagemaker-featurestore-runtime").put_record(FeatureGroupName=os.environ["FEATURE_GROUP"], Record=values)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ValidationError", "ValidationException"):
            return f"was refused: {error.response['Error']['Message']}"
        raise
    return ""


def _schema(group: str) -> Schema:
    found = client("sagemaker").describe_feature_group(FeatureGroupName=group)
    names = {"identifier": found["RecordIdentifierFeatureName"], "event_time": found["EventTimeFeatureName"]}
    definitions = [*found["FeatureDefinitions"]]
    while token := found.get("NextToken"):
        found = client("sagemaker").describe_feature_group(FeatureGroupName=group, NextToken=token)
        definitions += found["FeatureDefinitions"]
    return Schema(types={one["FeatureName"]: one["FeatureType"] for one in definitions}, **names)


def _receipt_key(key: str) -> str:
    return f"receipts/{key}.json"


def _receipt(bucket: str, key: str, version: str) -> Receipt:
    try:
        found = client("s3").get_object(Bucket=bucket, Key=_receipt_key(key))
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return Receipt(version)
        raise
    receipt = Receipt(**json.loads(found["Body"].read()))
    return receipt if receipt.version == version else Receipt(version)


def _complaint(row: Row, reason: str) -> dict[str, Any]:
    content = {"text": row.text} if row.problem else {"record": row.values}
    return {"line": row.line, "reason": reason, **content}


def _quarantine(bucket: str, key: str, first_line: int, complaints: Sequence[dict[str, Any]]) -> None:
    lines = "".join(f"{json.dumps(complaint)}\n" for complaint in complaints)
    # Named by place, so that a second attempt writes over the first.
    name = f"quarantine/{key}/{first_line:09}.jsonl"
    client("s3").put_object(Bucket=bucket, Key=name, Body=lines.encode())


def _put(bucket: str, key: str, content: dict[str, Any]) -> None:
    client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(content).encode())


def _publish(group: str, **counts: int) -> None:
    """Print the counts in CloudWatch's embedded metric format, which makes metrics of a line of the log.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    metrics = [{"Name": name, "Unit": "Count"} for name in counts]
    about = {"Namespace": NAMESPACE, "Dimensions": [["FeatureGroupName"]], "Metrics": metrics}
    now = int(datetime.now(UTC).timestamp() * 1000)
    print(json.dumps({"_aws": {"Timestamp": now, "CloudWatchMetrics": [about]}, "FeatureGroupName": group, **counts}))


def _digest(content: object) -> bytes:
    return hashlib.sha256(json.dumps(content).encode()).digest()[:16]
