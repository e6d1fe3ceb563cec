"""Under Lambda's own runtime client, with boto3's own clients and retries, the function does what it says."""

from __future__ import annotations

import json

import pytest

from tests.runtime import Reply, Request, Runtime

GROUP = {
    "RecordIdentifierFeatureName": "id",
    "EventTimeFeatureName": "at",
    "FeatureDefinitions": [
        {"FeatureName": "id", "FeatureType": "String"},
        {"FeatureName": "at", "FeatureType": "Fractional"},
    ],
}
EVENT = {"detail": {"bucket": {"name": "inbox"}, "object": {"key": "incoming/a file.jsonl"}}}


class Services:
    """S3, SageMaker and the feature store, as far as the function talks to them.

    :ivar objects: objects of S3 by ``/bucket/key``.
    :ivar records: records of the feature store, in the order in which they came.
    :ivar throttled: how many further writes are refused.
    """

    def __init__(self, throttled: int) -> None:
        self.throttled = throttled
        self.objects: dict[str, bytes] = {}
        self.records: list[dict[str, str]] = []

    def __call__(self, request: Request) -> Reply:
        match request.method:
            case "GET" if request.path in self.objects:
                return Reply(self.objects[request.path], headers={"ETag": '"1"'})
            case "GET":
                return Reply(b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>", 404)
            case "PUT" if request.path.startswith("/FeatureGroup/"):
                return self._put_record(json.loads(request.body)["Record"])
            case "PUT":
                self.objects[request.path] = unsigned(request.body)
                return Reply(b"", headers={"ETag": '"1"'})
        return Reply(json.dumps(GROUP).encode())

    def _put_record(self, values: list[dict[str, str]]) -> Reply:
        if self.throttled > 0:
            self.throttled -= 1
            return Reply(b'{"Message": "slower"}', 429, {"x-amzn-ErrorType": "ThrottlingException"})
        self.records.append({value["FeatureName"]: value["ValueAsString"] for value in values})
        return Reply()


def unsigned(body: bytes) -> bytes:
    """An object without the signatures that boto3 may put between its parts."""
    if b";chunk-signature=" not in body and not body[:8].split(b"\r\n")[0].isalnum():
        return body
    size, _, rest = body.partition(b"\r\n")
    return rest[: int(size.split(b";")[0], 16)] if b"\r\n" in body else body


@pytest.fixture
def services(runtime: Runtime) -> Services:
    """Refuses three writes."""
    runtime.service = services = Services(throttled=3)
    return services


def test_throttled_writes_are_repeated_until_they_succeed(runtime: Runtime, services: Services) -> None:
    lines = [{"id": f"c-{number}", "at": 1_700_000_000} for number in range(20)]
    services.objects["/inbox/incoming/a file.jsonl"] = "\n".join([*map(json.dumps, lines), "broken"]).encode()
    ((kind, answer),) = runtime.run("feature_ingestion", EVENT, FEATURE_GROUP="customers")
    assert kind == "response", (answer, runtime.printed)
    assert (answer["written"], answer["bad"], answer["finished"]) == (20, 1, True), runtime.printed
    assert services.throttled == 0
    assert sorted(record["id"] for record in services.records) == sorted(str(line["id"]) for line in lines)
    assert b"is no JSON" in services.objects["/inbox/quarantine/incoming/a file.jsonl/000000001.jsonl"]
    assert json.loads(services.objects["/inbox/receipts/incoming/a file.jsonl.json"])["finished"] is True
    (metrics,) = [json.loads(line) for line in runtime.printed.splitlines() if "_aws" in line]
    assert (metrics["Records"], metrics["BadRecords"], metrics["FeatureGroupName"]) == (20, 1, "customers")


def test_an_event_that_is_none_is_an_error_that_lambda_sees(runtime: Runtime) -> None:
    ((kind, answer),) = runtime.run("feature_ingestion", {"nothing": True}, FEATURE_GROUP="customers")
    assert (kind, answer["errorType"]) == ("error", "KeyError")
