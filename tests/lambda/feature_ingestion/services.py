"""AWS on the loopback, as far as the function talks to it: Lambda's runtime API, S3, SageMaker, the Feature Store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from time import time
from typing import Any
from urllib.parse import unquote, urlsplit


class Services:
    """What the services hold and were told.

    :ivar objects: objects of S3 by ``/bucket/key``.
    :ivar records: records of the feature store, in the order in which they came.
    :ivar throttled: how many further writes are refused.
    :ivar answers: what the function answered, or the errors it ended with.
    """

    def __init__(self, event: dict[str, Any], group: dict[str, Any], throttled: int) -> None:
        self.event, self.group, self.throttled = event, group, throttled
        self.objects: dict[str, bytes] = {}
        self.records: list[dict[str, str]] = []
        self.refusals = 0
        self.answers: list[tuple[str, Any]] = []
        self.finished = Event()
        self.taken = False


def _handler(services: Services) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

        def answer(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            if path.endswith("/runtime/invocation/next"):
                self.next_invocation()
            elif path in services.objects:
                self.answer(200, services.objects[path], ETag='"1"')
            else:
                self.answer(404, b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>")

        def next_invocation(self) -> None:
            if services.taken:
                # Lambda keeps the function waiting for the next event; the test ends it meanwhile.
                services.finished.wait()
                return
            services.taken = True
            headers = {
                "Lambda_Runtime_Aws_Request_Id": "1",
                "Lambda_Runtime_Deadline_Ms": str(int((time() + 900) * 1000)),
                "Lambda_Runtime_Invoked_Function_Arn": "arn:aws:lambda:us-east-1:111111111111:function:ingestion",
                "Lambda_Runtime_Trace_Id": "Root=1-5759e988-bd862e3fe1be46a994272793",
                "Lambda_Runtime_Client_Context": "{}",
                "Lambda_Runtime_Cognito_Identity": "{}",
                "Content_Type": "application/json",
            }
            self.answer(200, json.dumps(services.event).encode(), **headers)

        def do_PUT(self) -> None:
            path, body = unquote(urlsplit(self.path).path), self.body()
            if not path.startswith("/FeatureGroup/"):
                services.objects[path] = _unwrapped(body)
                self.answer(200, b"", ETag='"1"')
            elif services.throttled > 0:
                services.throttled -= 1
                services.refusals += 1
                self.answer(429, b'{"Message": "slower"}', x_amzn_ErrorType="ThrottlingException")
            else:
                values = json.loads(body)["Record"]
                services.records.append({value["FeatureName"]: value["ValueAsString"] for value in values})
                self.answer(200, b"{}")

        def do_POST(self) -> None:
            body = json.loads(self.body() or b"{}")
            if "/runtime/" not in self.path:
                self.answer(200, json.dumps(services.group).encode())
                return
            self.answer(202, b"{}")
            services.answers.append((self.path.rsplit("/", 1)[-1], body))
            services.finished.set()

    return Handler


def _unwrapped(body: bytes) -> bytes:
    """An object without the signatures that boto3 may put between its parts."""
    if b";chunk-signature=" not in body and not body[:8].split(b"\r\n")[0].isalnum():
        return body
    size, _, rest = body.partition(b"\r\n")
    return rest[: int(size.split(b";")[0], 16)] if b"\r\n" in body else body


@contextmanager
def running(services: Services) -> Iterator[str]:
    """The address at which ``services`` answer."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(services))
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        services.finished.set()
        server.shutdown()
        server.server_close()
