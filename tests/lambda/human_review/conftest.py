"""The functions of human review over a table of its own, as the construct makes it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from moto import mock_aws

CODE = Path(__file__).parents[3] / "lambda" / "human_review"
ENVIRONMENT = {
    "TABLE": "reviews",
    "BUCKET": "documents",
    "PREFIX": "intake/",
    "NAMESPACE": "CdkMl/HumanReview",
    "REVIEW": "reviews",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
}

Load = Callable[[str], ModuleType]


def make_table(client: Any) -> None:
    """The table that the construct makes; tests/workflow/test_human_review.py deploys the construct's own."""
    client.create_table(
        TableName="reviews",
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "open", "AttributeType": "S"},
            {"AttributeName": "deadline", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "open",
                "KeySchema": [
                    {"AttributeName": "open", "KeyType": "HASH"},
                    {"AttributeName": "deadline", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["opened", "title"]},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Imports the handler of a function, over an empty table."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        make_table(boto3.client("dynamodb"))

        def load(name: str) -> ModuleType:
            spec = importlib.util.spec_from_file_location(f"human_review_{name}", CODE / name / "handler.py")
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module

        yield load


class RefusedError(Exception):
    """What Step Functions' client raises."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


class StepFunctions:
    """Takes what tasks are told, or refuses it.

    :ivar told: tokens and outputs.
    :ivar refusal: code of the error to be raised, if any.
    """

    class exceptions:  # noqa: N801 (as boto3 calls it)
        ClientError = RefusedError

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.refusal = ""

    def send_task_success(self, *, taskToken: str, output: str) -> None:  # noqa: N803
        """What the handler calls."""
        if self.refusal:
            raise RefusedError(self.refusal)
        self.told.append((taskToken, output))


@pytest.fixture
def states() -> StepFunctions:
    return StepFunctions()


@pytest.fixture
def answer(load: Load, states: StepFunctions) -> ModuleType:
    """The function behind the page, which tells ``states`` what it would tell Step Functions."""
    module = load("answer")
    module.states = states  # type: ignore[attr-defined]
    return module


@pytest.fixture
def opened(load: Load) -> Callable[..., str]:
    """Opens a review and gives its id."""
    module = load("open")

    def make(token: str = "token-1", **given: Any) -> str:
        event = {"token": token, "title": "Is this a claim?", "labels": ["claim", "no claim"], "timeoutSeconds": 3600}
        event |= {"text": "My roof leaks."} if "document" not in given else {}
        return str(module.handler({**event, **given}, None)["id"])

    return make


@pytest.fixture
def call(answer: ModuleType) -> Callable[..., dict[str, Any]]:
    """Calls the function as the HTTP API does."""

    def request(route: str, id: str = "", *, body: str | None = None, username: str = "ada") -> dict[str, Any]:
        event = {
            "version": "2.0",
            "routeKey": route,
            "pathParameters": {"id": id} if id else {},
            "requestContext": {"authorizer": {"jwt": {"claims": {"username": username}}}},
            "body": body,
            "isBase64Encoded": False,
        }
        answered: dict[str, Any] = answer.handler(event, None)
        return answered

    return request
