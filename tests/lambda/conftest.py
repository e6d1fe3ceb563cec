"""Runtime code as Lambda loads it, and what it calls: each answer is told, and any other call is refused."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.conftest import ROOT

Load = Callable[..., ModuleType]
Services = Callable[[str], Stubber]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Loads a module of a function's folder, the other modules beside it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    before = {*sys.modules}

    def module(folder: str, name: str = "handler") -> ModuleType:
        monkeypatch.syspath_prepend(str(ROOT / "lambda" / folder))
        return importlib.import_module(name)

    yield module
    for name in {*sys.modules} - before:
        if str(ROOT / "lambda") in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """What AWS answers, service by service; all of it has to be asked for."""
    stubs: dict[str, Stubber] = {}
    make = boto3.client

    def stub(service: str) -> Stubber:
        if service not in stubs:
            client = make(service, region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
            stubs[service] = Stubber(client)
            stubs[service].activate()
        return stubs[service]

    monkeypatch.setattr(boto3, "client", lambda service: stub(service).client)
    yield stub
    for each in stubs.values():
        each.assert_no_pending_responses()


class Loopback(ThreadingHTTPServer):
    """Lambda's Runtime API with one event, the address that CloudFormation signs, and any service of AWS.

    :ivar answers: what the function answered, by kind: ``response`` or ``error``.
    :ivar put: what was put to the signed address, with its content type.
    :ivar asked: operations that services were asked for.
    """

    def __init__(self, event: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.event = {**event, "ResponseURL": f"{self.url}/signed"} if event.get("ResponseURL") else event
        if "responseUrl" in self.event:
            self.event["responseUrl"] = f"{self.url}/signed"
        self.answers: list[tuple[str, Any]] = []
        self.put: list[tuple[str | None, Any]] = []
        self.asked: list[tuple[str, Any]] = []
        self.finished = threading.Event()


class _Requests(BaseHTTPRequestHandler):
    server: Loopback

    def do_GET(self) -> None:
        if self.server.answers:
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": "1",
            "Lambda-Runtime-Deadline-Ms": "9999999999999",
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:111111111111:function:any",
            "Lambda-Runtime-Trace-Id": "Root=1",
            "Lambda-Runtime-Client-Context": "{}",
            "Lambda-Runtime-Cognito-Identity": "{}",
        }
        self._answer(self.server.event, headers)

    def do_PUT(self) -> None:
        self.server.put.append((self.headers["Content-Type"], self._body()))
        self._answer({}, {})

    def do_POST(self) -> None:
        if "/runtime/invocation/" in self.path:
            self.server.answers.append((self.path.rpartition("/")[2], self._body()))
            self._answer({}, {})
            self.server.finished.set()
        else:
            self.server.asked.append((self.headers["X-Amz-Target"], self._body()))
            self._answer({"executionArn": "arn:aws:states:us-east-1:111111111111:execution:m:1", "startDate": 0}, {})

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"null")

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
def under_lambda() -> Iterator[Callable[..., Loopback]]:
    """Runs a function of ours under Lambda's own runtime client, with one event, to its answer."""
    servers: list[Loopback] = []

    def run(folder: str, event: dict[str, Any], **variables: str) -> Loopback:
        server = Loopback(event)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        names = {"NAME": folder, "VERSION": "1", "MEMORY_SIZE": "256"}
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", "handler.handler"],
            cwd=ROOT / "lambda" / folder,
            env={
                **os.environ,
                **{f"AWS_LAMBDA_FUNCTION_{name}": value for name, value in names.items()},
                "AWS_LAMBDA_RUNTIME_API": server.url.removeprefix("http://"),
                "AWS_ENDPOINT_URL": server.url,
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "none",
                "AWS_SECRET_ACCESS_KEY": "none",
                **variables,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            answered = server.finished.wait(60)
        finally:
            process.kill()
            printed, _ = process.communicate()
        assert answered, printed
        return server

    yield run
    for server in servers:
        server.shutdown()
        server.server_close()
