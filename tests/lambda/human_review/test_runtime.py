"""Every function of human review starts and answers under the client that Lambda's own runtime is made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cdk_ml.testing.emulator import Emulator
from tests.runtime import Runtime

Invoke = Callable[..., list[tuple[str, Any]]]
OPEN = {"token": "secret", "title": "?", "labels": ["a", "b"], "timeoutSeconds": 60, "text": "text"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with the table."""
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": "reviews",
            "AttributeDefinitions": [
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "open", "AttributeType": "S"},
                {"AttributeName": "deadline", "AttributeType": "N"},
            ],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "open",
                    "KeySchema": [
                        {"AttributeName": "open", "KeyType": "HASH"},
                        {"AttributeName": "deadline", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            "BillingMode": "PAY_PER_REQUEST",
        },
    }
    with Emulator() as emulator:
        emulator.deploy({"Resources": {"Table": table}}, "Reviews")
        yield emulator


@pytest.fixture
def invoke(emulator: Emulator, runtime: Runtime) -> Invoke:
    """What becomes of events in one environment of a function."""

    def run(name: str, *events: Any) -> list[tuple[str, Any]]:
        return runtime.run(
            f"human_review/{name}",
            *events,
            AWS_LAMBDA_LOG_FORMAT="JSON",
            AWS_ENDPOINT_URL=emulator.endpoint_url,
            AWS_DEFAULT_REGION=emulator.region,
            AWS_ACCESS_KEY_ID=emulator.account,
            TABLE="reviews",
            NAMESPACE="CdkMl/HumanReview",
            REVIEW="reviews",
        )

    return run


def test_a_review_is_opened_listed_and_watched(invoke: Invoke) -> None:
    ((kind, opened),) = invoke("open", OPEN)
    assert kind == "response"
    (listed,) = invoke("answer", {"routeKey": "GET /reviews"})
    assert listed[0] == "response"
    assert [review["id"] for review in json.loads(listed[1]["body"])["reviews"]] == [opened["id"]]
    ((kind, oldest),) = invoke("watch", {})
    assert (kind, oldest < 60) == ("response", True)


def test_what_nobody_could_answer_is_an_error_that_fails_the_task(invoke: Invoke) -> None:
    ((kind, error),) = invoke("open", {**OPEN, "labels": []})
    assert (kind, error["errorType"]) == ("error", "ValueError")
    assert error["errorMessage"] == "labels=[] are no list of texts to choose from"
