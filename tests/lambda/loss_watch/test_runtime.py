"""The function runs under Lambda's own runtime client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.conftest import ROOT

JOB = {"TrainingJobName": "Train-1", "TrainingJobStatus": "Stopped", "CreationTime": 1_700_000_000}


class Services(ThreadingHTTPServer):
    """Lambda's Runtime API, which has one event, and SageMaker, which has one job.

    :ivar answers: what the function answered, by kind: ``response`` or ``error``.
    :ivar finished: set when it has answered.
    """

    def __init__(self, event: Any) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.event = event
        self.answers: list[tuple[str, Any]] = []
        self.asked: list[Any] = []
        self.finished = threading.Event()


class Requests(BaseHTTPRequestHandler):
    server: Services

    def do_GET(self) -> None:
        if self.server.answers:
            # The runtime asks for the next event; there is none, and the test ends the process.
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": "1",
            "Lambda-Runtime-Deadline-Ms": "9999999999999",
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:111111111111:function:watch",
            "Lambda-Runtime-Trace-Id": "Root=1",
            "Lambda-Runtime-Client-Context": "{}",
            "Lambda-Runtime-Cognito-Identity": "{}",
        }
        self._answer(self.server.event, headers)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"null")
        if "/runtime/invocation/" in self.path:
            self.server.answers.append((self.path.rpartition("/")[2], body))
            self._answer({}, {})
            self.server.finished.set()
        else:
            self.server.asked.append((self.headers["X-Amz-Target"], body))
            self._answer(JOB, {})

    def _answer(self, content: Any, headers: dict[str, str]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def services(request: pytest.FixtureRequest) -> Iterator[Services]:
    server = Services(request.param)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def run(services: Services) -> str:
    address = f"127.0.0.1:{services.server_port}"
    names = {"NAME": "watch", "VERSION": "1", "MEMORY_SIZE": "256"}
    process = subprocess.Popen(
        [sys.executable, "-m", "awslambdaric", "handler.handler"],
        cwd=ROOT / "lambda" / "loss_watch",
        env={
            **os.environ,
            **{f"AWS_LAMBDA_FUNCTION_{name}": value for name, value in names.items()},
            "AWS_LAMBDA_RUNTIME_API": address,
            "AWS_ENDPOINT_URL": f"http://{address}",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "METRIC": "loss",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        answered = services.finished.wait(60)
    finally:
        process.kill()
        printed, _ = process.communicate()
    assert answered, printed
    return printed


@pytest.mark.parametrize("services", [{"job": "Train-1"}], indirect=True)
def test_a_job_that_was_stopped_is_not_watched(services: Services) -> None:
    run(services)
    assert services.answers == [("response", {"job": "Train-1", "watching": False, "reason": "it is Stopped"})]
    assert services.asked == [("SageMaker.DescribeTrainingJob", {"TrainingJobName": "Train-1"})]


@pytest.mark.parametrize("services", [{"nothing": True}], indirect=True)
def test_an_event_that_is_none_is_an_error_that_lambda_sees(services: Services) -> None:
    run(services)
    ((kind, answer),) = services.answers
    assert (kind, answer["errorType"]) == ("error", "KeyError")
