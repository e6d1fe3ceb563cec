"""Runtime code under the client that Lambda's own runtime is made of: its Runtime API, and what the code calls.

Beside ``tests/lambda``, whose name is a keyword, so that no module in it can be imported.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import base64
import json
import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import parse_headers
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.conftest import ROOT

_RUNTIME = "/2018-06-01/runtime/"
_INVOCATIONS = f"{_RUNTIME}invocation/"
_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What runtime code asked a service of AWS."""

    method: str
    path: str
    query: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """What a function that answers in parts has sent.

    :ivar chunks: each as it came.
    :ivar trailers: what came after them; an error, where there was one.
    """

    headers: Message
    chunks: list[bytes] = field(default_factory=list)
    trailers: Message = field(default_factory=Message)

    @property
    def metadata(self) -> Any:
        """Status and headers of the answer."""
        return json.loads(self.chunks[0].removesuffix(b"\0" * 8))

    @property
    def body(self) -> bytes:
        """What comes after status and headers."""
        return b"".join(self.chunks[1:])

    @property
    def error(self) -> Any:
        """What went wrong after the first part, if anything did."""
        found = self.trailers["Lambda-Runtime-Function-Error-Body"]
        return None if found is None else json.loads(base64.b64decode(found))


def nothing(_request: Request) -> Reply:
    """Answer every request, and say nothing."""
    return Reply()


class Runtime(ThreadingHTTPServer):
    """Lambda's Runtime API and, at the same address, whatever service of AWS the code calls.

    :ivar url: the address.
    :ivar service: what answers the code's requests.
    :ivar client_context: what callers say about themselves beside the event.
    :ivar requests: what the code asked it.
    :ivar printed: what the last run printed.
    :ivar streamed: what the answer that is being streamed has sent so far.
    :ivar patience: chunks after which whoever asked hangs up.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.service: Callable[[Request], Reply] = nothing
        self.client_context: Mapping[str, Any] = {}
        self.requests: list[Request] = []
        self.printed = ""
        self.streamed: Streamed | None = None
        self.patience: int | None = None
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
        return self._run([sys.executable, "-m", "awslambdaric", "handler.handler"], folder, *events, **variables)

    def stream(self, folder: str, *events: Any, **variables: str) -> list[tuple[str, Any]]:
        """The same for a function whose answer comes in parts, under the runtime of ours that lets it.

        :returns: for each event ``response`` and what was streamed, or ``error`` and its body.
        """
        start = ROOT / "lambda/response_stream/start"
        own = {"_HANDLER": "handler.handler", "LAMBDA_TASK_ROOT": str(ROOT / "lambda" / folder)}
        # Lambda hands over the interpreter, and the runtime that it would have started.
        return self._run([str(start), sys.executable, "bootstrap.py"], folder, *events, **own, **variables)

    def _run(self, command: list[str], folder: str, *events: Any, **variables: str) -> list[tuple[str, Any]]:
        # The event that the environment of an earlier run waited for is not this one's.
        self.events, self.answers = queue.SimpleQueue(), queue.SimpleQueue()
        process = subprocess.Popen(
            command,
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
        if self.path.startswith(_RUNTIME):
            streams = self.headers["Lambda-Runtime-Function-Response-Mode"] == "streaming"
            answer = self._stream() if streams else json.loads(self._body())
            if not self.close_connection:
                self._reply(Reply(status=202))
            self.server.answers.put((self.path.rpartition("/")[2], answer))
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
            "Lambda-Runtime-Client-Context": json.dumps(self.server.client_context),
            "Lambda-Runtime-Cognito-Identity": "{}",
            "Content-Type": "application/json",
        }
        self._reply(Reply(json.dumps(event).encode(), headers=headers))

    def _serve(self) -> None:
        path = unquote(urlsplit(self.path).path)
        query = unquote(urlsplit(self.path).query)
        request = Request(method=self.command, path=path, query=query, headers=self.headers, body=self._body())
        self.server.requests.append(request)
        self._reply(self.server.service(request))

    def _stream(self) -> Streamed:
        streamed = self.server.streamed = Streamed(headers=self.headers)
        for chunk in self._chunks():
            streamed.chunks.append(chunk)
            if len(streamed.chunks) == self.server.patience:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return streamed
        for name, value in parse_headers(self.rfile).items():
            streamed.trailers[name] = value
        return streamed

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        content = b"".join(self._chunks())
        self.rfile.readline()
        return content

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()

    def _reply(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
