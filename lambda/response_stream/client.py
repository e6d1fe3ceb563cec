"""A runtime for functions that answer in parts, which Lambda's own runtime for Python does not let them.

A layer: the script beside it starts it in place of Lambda's own. The handler is a generator. What it yields is sent at
once: texts and bytes as they are; and first, for callers that speak HTTP, a dictionary with ``statusCode`` and
``headers``. What it raises before its first part is the function's error; what it raises later ends the stream, and
comes after the parts that were sent.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
"""

from __future__ import annotations

import base64
import importlib
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from io import TextIOWrapper
from typing import Any

_API = "/2018-06-01/runtime"
_ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
_ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
_ERROR_CONTENT = "application/vnd.aws.lambda.error+json"
_HTTP_CONTENT = "application/vnd.awslambda.http-integration-response"
# Between what HTTP has to know and the body. API Gateway looks for it in the first 16 KB.
_DELIMITER = b"\0" * 8
_LARGEST_METADATA = 16 * 1024 - len(_DELIMITER)

Part = str | bytes | dict[str, Any]
Handler = Callable[[Any, "Context"], Iterable[Part]]


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler knows about its invocation, by the names that Lambda's own runtime has for it."""

    aws_request_id: str
    invoked_function_arn: str
    deadline_ms: int
    function_name: str
    function_version: str
    memory_limit_in_mb: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation."""
        return max(self.deadline_ms - int(time.time() * 1000), 0)


class Runtime:
    """Lambda's Runtime API.

    :param address: host and port.
    """

    def __init__(self, address: str) -> None:
        self._connection = HTTPConnection(address)

    def next(self) -> tuple[Any, Context]:
        """Wait for an event; it may take days."""
        self._connection.request("GET", f"{_API}/invocation/next")
        response = self._connection.getresponse()
        event = json.loads(response.read())
        os.environ["_X_AMZN_TRACE_ID"] = response.headers.get("Lambda-Runtime-Trace-Id", "")
        return event, Context(
            aws_request_id=str(response.headers["Lambda-Runtime-Aws-Request-Id"]),
            invoked_function_arn=str(response.headers["Lambda-Runtime-Invoked-Function-Arn"]),
            deadline_ms=int(response.headers["Lambda-Runtime-Deadline-Ms"]),
            function_name=os.environ.get("AWS_LAMBDA_FUNCTION_NAME", ""),
            function_version=os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", ""),
            memory_limit_in_mb=os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", ""),
        )

    def refuse(self, path: str, error: BaseException) -> None:
        """Report an error of which nothing was sent yet."""
        headers = {"Content-Type": _ERROR_CONTENT, _ERROR_TYPE: _type(error)}
        self._connection.request("POST", f"{_API}/{path}/error", body=_report(error), headers=headers)
        self._connection.getresponse().read()

    def answer(self, request_id: str, first: Part, rest: Iterator[Part]) -> None:
        """Send parts as they come, and at the end what went wrong on the way, if anything did."""
        metadata = isinstance(first, dict)
        self._connection.putrequest("POST", f"{_API}/invocation/{request_id}/response")
        self._connection.putheader("Content-Type", _HTTP_CONTENT if metadata else "application/octet-stream")
        self._connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
        self._connection.putheader("Transfer-Encoding", "chunked")
        self._connection.putheader("Trailer", f"{_ERROR_TYPE}, {_ERROR_BODY}")
        self._connection.endheaders()
        self._send(_metadata(first) if isinstance(first, dict) else _bytes(first))
        trailers = {}
        try:
            for part in rest:
                self._send(_bytes(part))
        except _HungUpError:
            raise
        except Exception as error:
            _log(request_id, error)
            trailers = _trailers(error)
        lines = [f"{name}: {value}\r\n" for name, value in trailers.items()]
        self._write("".join(["0\r\n", *lines, "\r\n"]).encode())
        self._connection.getresponse().read()

    def hang_up(self) -> None:
        """Start with a new connection."""
        self._connection.close()

    def _send(self, content: bytes) -> None:
        # A chunk without content would end the stream.
        if content:
            self._write(b"%x\r\n%b\r\n" % (len(content), content))

    def _write(self, content: bytes) -> None:
        try:
            self._connection.send(content)
        except OSError as error:
            raise _HungUpError from error


class _HungUpError(OSError):
    """Nobody listens to the stream any longer."""


def serve(runtime: Runtime, handler: Handler) -> None:
    """Answer one event after the other."""
    while True:
        event, context = runtime.next()
        _answer(runtime, handler, event, context)


def _answer(runtime: Runtime, handler: Handler, event: Any, context: Context) -> None:
    request_id = context.aws_request_id
    try:
        parts = _checked(handler(event, context))
        first = next(parts, b"")
        if isinstance(first, dict):
            _metadata(first)
        else:
            _bytes(first)
    except Exception as error:
        _log(request_id, error)
        runtime.refuse(f"invocation/{request_id}", error)
        return
    try:
        runtime.answer(request_id, first, parts)
    except (OSError, HTTPException) as error:
        _print("WARN", request_id, message=f"The stream broke: {error!r}")
        runtime.hang_up()
    finally:
        _close(request_id, parts)


def _close(request_id: str, parts: Any) -> None:
    # Of an iterator that is no generator there is nothing to close.
    try:
        getattr(parts, "close", lambda: None)()
    except Exception as error:
        _log(request_id, error)


def _checked(parts: Any) -> Iterator[Part]:
    if isinstance(parts, str | bytes | dict) or not isinstance(parts, Iterable):
        raise TypeError(f"A handler that streams yields its parts, but this returned {type(parts).__name__}")
    return iter(parts)


def _metadata(first: dict[str, Any]) -> bytes:
    content = json.dumps(first).encode()
    if len(content) > _LARGEST_METADATA:
        raise ValueError(f"Status and headers have {len(content)} bytes; {_LARGEST_METADATA} are read")
    return content + _DELIMITER


def _bytes(part: Part) -> bytes:
    if isinstance(part, str):
        return part.encode()
    if isinstance(part, bytes):
        return part
    raise TypeError(f"A part is a text or bytes, but this is {type(part).__name__}")


def _type(error: BaseException) -> str:
    return f"Function.{type(error).__name__}"


def _report(error: BaseException) -> bytes:
    stack = traceback.format_tb(error.__traceback__)
    report = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": stack}
    return json.dumps(report).encode()


def _trailers(error: BaseException) -> dict[str, str]:
    # What the stack looks like is for the logs; the trailers go to whoever asked.
    report = {"errorMessage": str(error), "errorType": type(error).__name__}
    return {_ERROR_TYPE: _type(error), _ERROR_BODY: base64.b64encode(json.dumps(report).encode()).decode()}


def _log(request_id: str, error: BaseException) -> None:
    _print("ERROR", request_id, **json.loads(_report(error)))


def _print(level: str, request_id: str, **what: Any) -> None:
    print(json.dumps({"level": level, "requestId": request_id, **what}), flush=True)


def _load(name: str) -> Handler:
    task, own = os.environ["LAMBDA_TASK_ROOT"], os.environ.get("LAMBDA_RUNTIME_DIR", "/var/runtime")
    # In place of the folder of this file, as Lambda's own runtime has it: the function's code, then its layers'.
    sys.path[0:1] = [task, "/opt/python"]
    sys.path.append(own)
    module, _, function = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module.replace("/", ".")), function)
    return handler


class _Line(logging.Formatter):
    """A line of JSON, as the function's logs are."""

    def format(self, record: logging.LogRecord) -> str:
        """Tell what a logger was told."""
        line: dict[str, Any] = {"level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["stackTrace"] = self.formatException(record.exc_info).splitlines()
        return json.dumps(line)


def _log_lines() -> None:
    # Between two events the process stands still, and so would what waits to be printed.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(line_buffering=True)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Line())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def main() -> None:
    """Load the handler, and serve."""
    _log_lines()
    runtime = Runtime(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = _load(os.environ["_HANDLER"])
    except BaseException as error:
        _log("", error)
        runtime.refuse("init", error)
        raise SystemExit(1) from error
    serve(runtime, handler)


if __name__ == "__main__":
    main()
