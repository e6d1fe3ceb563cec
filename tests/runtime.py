"""Runtime code under the client that Lambda's own runtime is made of: its Runtime API, and what the code calls.

Beside ``tests/lambda``, whose name is a keyword, so that no module in it can be imported.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.conftest import ROOT

_INVOCATIONS = "/2018-06-01/runtime/invocation/"
_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What runtime code asked a service of AWS."""

    method: str
    path: str
    headers: Message
    body: bytes

    @property
    def operation(self) -> tuple[str, Any]:
        """The operation of a service that speaks JSON, and its arguments."""
        return str(self.headers["X-Amz-Target"]), json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service answers."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def nothing(_request: Request) -> Reply:
    """Answer every request, and say nothing."""
    return Reply()


class Runtime(ThreadingHTTPServer):
    """Lambda's Runtime API and, at the same address, whatever service of AWS the code calls.

    :ivar url: the address.
    :ivar service: what answers the code's requests.
    :ivar requests: what the code asked it.
    :ivar printed: what the last run printed.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.service: Callable[[Request], Reply] = nothing
        self.requests: list[Request] = []
        self.printed = ""
        self.events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def __enter__(self) -> Runtime:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # The process is ended while its connections are open.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def run(self, folder: str, *events: Any, **variables: str) -> list[tuple[str, Any]]:
        """What becomes of events, one after the other, in one environment of a function.

        :param folder: of the function, in ``lambda``.
        :param variables: of its environment.
        :returns: for each event ``response`` or ``error``, and its body.
        """
        # The event that the environment of an earlier run waited for is not this one's.
        self.events, self.answers = queue.SimpleQueue(), queue.SimpleQueue()
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", "handler.handler"],
            cwd=ROOT / "lambda" / folder,
            env={**self._environment(), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        found = []
        try:
            for event in events:
                self.events.put(event)
                found.append(self.answers.get(timeout=_PATIENCE_SECONDS))
        except queue.Empty:
            pass
        finally:
            process.kill()
            self.printed, _ = process.communicate()
        assert len(found) == len(events), f"the function did not answer: {self.printed}"
        return found

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return {
            **inherited,
            "AWS_LAMBDA_RUNTIME_API": self.url.removeprefix("http://"),
            "AWS_LAMBDA_FUNCTION_NAME": "any",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
        }


class _Handler(BaseHTTPRequestHandler):
    server: Runtime
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == f"{_INVOCATIONS}next":
            self._give(self.server.events.get())
        else:
            self._serve()

    def do_POST(self) -> None:
        if self.path.startswith(_INVOCATIONS):
            body = json.loads(self._body())
            self._reply(Reply(status=202))
            self.server.answers.put((self.path.rpartition("/")[2], body))
        else:
            self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        """Requests are no news."""

    def _give(self, event: Any) -> None:
        # The client expects every header, also those that are optional.
        headers = {
            "Lambda-Runtime-Aws-Request-Id": "1",
            "Lambda-Runtime-Deadline-Ms": str(int((time() + 900) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:111111111111:function:any",
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
            "Lambda-Runtime-Client-Context": "{}",
            "Lambda-Runtime-Cognito-Identity": "{}",
            "Content-Type": "application/json",
        }
        self._reply(Reply(json.dumps(event).encode(), headers=headers))

    def _serve(self) -> None:
        path = unquote(urlsplit(self.path).path)
        request = Request(method=self.command, path=path, headers=self.headers, body=self._body())
        self.server.requests.append(request)
        self._reply(self.server.service(request))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _reply(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
