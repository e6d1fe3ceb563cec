"""Every function of human review starts and answers under the client that Lambda's own runtime is made of."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.testing.emulator import Emulator

CODE = Path(__file__).parents[3] / "lambda" / "human_review"
OPEN = {"token": "secret", "title": "?", "labels": ["a", "b"], "timeoutSeconds": 60, "text": "text"}


class RuntimeApi:
    """Lambda's runtime API: gives events out, and takes what becomes of them.

    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
    """

    def __init__(self) -> None:
        self.events: queue.Queue[Any] = queue.Queue()
        self.results: queue.Queue[tuple[str, Any]] = queue.Queue()
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(api.events.get()).encode()
                self.send_response(200)
                # The client expects every header, also those that are optional.
                for name, value in {
                    "Lambda-Runtime-Aws-Request-Id": "1",
                    "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:111111111111:function:review",
                    "Lambda-Runtime-Deadline-Ms": "9999999999999",
                    "Lambda-Runtime-Client-Context": "{}",
                    "Lambda-Runtime-Cognito-Identity": "{}",
                    "Content-Type": "application/json",
                    "Content-Length": str(len(body)),
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                said = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                api.results.put((self.path.rpartition("/")[2], json.loads(said)))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Requests are no news."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


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


def invoke(emulator: Emulator, name: str, *events: Any) -> list[tuple[str, Any]]:
    """What becomes of events in one environment of a function: ``response`` or ``error``, and its body."""
    api = RuntimeApi()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_ENDPOINT_URL": emulator.endpoint_url,
        "AWS_DEFAULT_REGION": emulator.region,
        "AWS_ACCESS_KEY_ID": emulator.account,
        "AWS_SECRET_ACCESS_KEY": "emulated",
        "TABLE": "reviews",
        "SIGN_IN": "https://review.auth.us-east-1.amazoncognito.com",
        "CLIENT": "client-1",
        "NAMESPACE": "CdkMl/HumanReview",
        "REVIEW": "reviews",
    }
    program = [sys.executable, "-m", "awslambdaric", "handler.handler"]
    with subprocess.Popen(program, cwd=CODE / name, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            found = []
            for event in events:
                api.events.put(event)
                found.append(api.results.get(timeout=30))
            return found
        finally:
            process.kill()
            api.server.shutdown()


def test_a_review_is_opened_listed_and_watched(emulator: Emulator) -> None:
    ((kind, opened),) = invoke(emulator, "open", OPEN)
    assert kind == "response"
    listed, page = invoke(emulator, "answer", {"routeKey": "GET /reviews"}, {"routeKey": "GET /"})
    assert listed[0] == "response"
    assert [review["id"] for review in json.loads(listed[1]["body"])["reviews"]] == [opened["id"]]
    assert page[1]["headers"]["Content-Type"] == "text/html; charset=utf-8"
    ((kind, oldest),) = invoke(emulator, "watch", {})
    assert (kind, oldest < 60) == ("response", True)


def test_what_nobody_could_answer_is_an_error_that_fails_the_task(emulator: Emulator) -> None:
    ((kind, error),) = invoke(emulator, "open", {**OPEN, "labels": []})
    assert (kind, error["errorType"]) == ("error", "ValueError")
    assert error["errorMessage"] == "labels=[] are no list of texts to choose from"
