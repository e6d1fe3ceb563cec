"""Parts are sent when they are there, and what goes wrong is told, before the first part and after it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from time import monotonic, sleep
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.runtime import Reply, Request, Runtime, Streamed

Stream = Callable[..., list[tuple[str, Any]]]
HTTP = "{'statusCode': 200, 'headers': {'Content-Type': 'text/event-stream'}}"


@pytest.fixture
def stream(runtime: Runtime, tmp_path: Path) -> Stream:
    """Runs a handler."""

    def run(code: str, *events: Any) -> list[tuple[str, Any]]:
        (tmp_path / "handler.py").write_text(dedent(code))
        # Python waits with what it prints, as it does in Lambda, whatever the shell of the tests says.
        return runtime.stream(str(tmp_path), *(events or ({},)), PYTHONUNBUFFERED="")

    return run


def sent(answers: list[tuple[str, Any]]) -> Streamed:
    """What was streamed for the one event."""
    ((kind, streamed),) = answers
    assert kind == "response"
    assert isinstance(streamed, Streamed)
    return streamed


def test_a_part_is_a_chunk(stream: Stream) -> None:
    found = sent(
        stream(
            """
            def handler(event, context):
                yield event["greeting"]
                yield ""
                yield "Zürich"
                yield b"\\x00\\xff" * 50_000
            """,
            {"greeting": "Hello"},
        )
    )
    # A part of nothing would have ended the stream.
    assert found.chunks == [b"Hello", "Zürich".encode(), b"\x00\xff" * 50_000]
    assert found.headers["Content-Type"] == "application/octet-stream"
    assert found.error is None


def test_a_part_arrives_while_the_next_is_made(stream: Stream, runtime: Runtime) -> None:
    arrived: list[list[bytes]] = []

    def service(_: Request) -> Reply:
        assert runtime.streamed is not None
        # The parts come on another connection. The next is not made before this answers.
        deadline = monotonic() + 30
        while not runtime.streamed.chunks and monotonic() < deadline:
            sleep(0.01)
        arrived.append([*runtime.streamed.chunks])
        return Reply()

    runtime.service = service
    stream(
        """
        import os
        from urllib.request import urlopen

        def handler(event, context):
            yield "first"
            urlopen(os.environ["AWS_ENDPOINT_URL"]).read()
            yield "second"
        """
    )
    assert arrived == [[b"first"]]


def test_status_and_headers_come_first_for_who_speaks_http(stream: Stream) -> None:
    found = sent(
        stream(
            f"""
            def handler(event, context):
                yield {HTTP}
                yield "data: hello\\n\\n"
            """
        )
    )
    assert found.headers["Content-Type"] == "application/vnd.awslambda.http-integration-response"
    assert found.chunks[0].endswith(b"}" + b"\0" * 8)
    assert found.metadata == {"statusCode": 200, "headers": {"Content-Type": "text/event-stream"}}
    assert found.body == b"data: hello\n\n"


def test_an_error_before_the_first_part_is_the_functions(stream: Stream, runtime: Runtime) -> None:
    ((kind, found),) = stream(
        """
        def handler(event, context):
            raise KeyError("question")
            yield ""
        """
    )
    assert (kind, found["errorType"], found["errorMessage"]) == ("error", "KeyError", "'question'")
    assert "handler.py" in found["stackTrace"][-1]
    assert json.loads(runtime.printed.splitlines()[0])["level"] == "ERROR"


def test_an_error_after_the_first_part_ends_the_stream_and_says_why(stream: Stream, runtime: Runtime) -> None:
    found = sent(
        stream(
            """
            def handler(event, context):
                yield "some"
                raise ConnectionResetError("the model hung up")
            """
        )
    )
    assert found.chunks == [b"some"]
    assert found.trailers["Lambda-Runtime-Function-Error-Type"] == "Function.ConnectionResetError"
    # Where it happened is in the logs, and not for the caller.
    assert found.error == {"errorType": "ConnectionResetError", "errorMessage": "the model hung up"}
    assert "handler.py" in json.loads(runtime.printed.splitlines()[0])["stackTrace"][-1]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("return {'statusCode': 200}", "A handler that streams yields its parts, but this returned dict"),
        ("return None", "A handler that streams yields its parts, but this returned NoneType"),
        ("yield 7", "A part is a text or bytes, but this is int"),
        ("yield {'headers': {'x': 'x' * 17_000}}", "Status and headers have 17022 bytes; 16376 are read"),
    ],
)
def test_what_is_no_answer_in_parts_is_an_error(stream: Stream, code: str, message: str) -> None:
    ((kind, found),) = stream(f"def handler(event, context):\n    {code}\n")
    assert (kind, found["errorMessage"]) == ("error", message)


def test_a_later_part_that_is_no_part_ends_the_stream(stream: Stream) -> None:
    found = sent(
        stream(
            """
            def handler(event, context):
                yield "some"
                yield {"statusCode": 200}
            """
        )
    )
    assert (found.chunks, found.error["errorType"]) == ([b"some"], "TypeError")


def test_a_handler_without_a_part_answers_nothing(stream: Stream) -> None:
    assert sent(stream("def handler(event, context):\n    yield from ()\n")).chunks == []


def test_a_function_that_does_not_load_says_why_and_ends(stream: Stream, runtime: Runtime) -> None:
    ((kind, found),) = stream("import nowhere\n")
    assert (kind, found["errorType"]) == ("error", "ModuleNotFoundError")
    assert "No module named 'nowhere'" in runtime.printed


def test_one_environment_answers_one_event_after_the_other(stream: Stream) -> None:
    answers = stream(
        """
        seen = []

        def handler(event, context):
            seen.append(event)
            if event == 2:
                raise ValueError("two")
            yield str(seen)
            if event == 3:
                raise ValueError("three")
        """,
        1,
        2,
        3,
        4,
    )
    assert [kind for kind, _ in answers] == ["response", "error", "response", "response"]
    assert [answer.chunks for kind, answer in answers if kind == "response"] == [
        [b"[1]"],
        [b"[1, 2, 3]"],
        [b"[1, 2, 3, 4]"],
    ]


def test_a_caller_who_hangs_up_ends_the_handler_and_not_the_function(stream: Stream, runtime: Runtime) -> None:
    runtime.patience = 1

    def service(_: Request) -> Reply:
        runtime.patience = None
        return Reply()

    runtime.service = service
    answers = stream(
        """
        import os, time
        from urllib.request import urlopen

        def handler(event, context):
            if event == "again":
                yield "here"
                return
            try:
                while True:
                    yield "more"
                    time.sleep(0.05)
            finally:
                # What the handler holds is given back.
                urlopen(os.environ["AWS_ENDPOINT_URL"]).read()
                print("cleaned up", flush=True)
        """,
        "forever",
        "again",
    )
    assert [answer.chunks for _, answer in answers] == [[b"more"], [b"here"]]
    assert "cleaned up" in runtime.printed
    assert "The stream broke" in runtime.printed


def test_what_a_handler_cannot_clean_up_is_logged_and_the_next_event_answered(stream: Stream, runtime: Runtime) -> None:
    runtime.patience = 1
    answers = stream(
        """
        import time

        def handler(event, context):
            try:
                while True:
                    yield event
                    time.sleep(0.05)
            finally:
                raise OSError("the file is gone")
        """,
        "one",
        "two",
    )
    assert [answer.chunks for _, answer in answers] == [[b"one"], [b"two"]]
    assert "the file is gone" in runtime.printed


def test_what_a_handler_prints_is_there_before_its_next_part(stream: Stream, runtime: Runtime) -> None:
    stream(
        """
        def handler(event, context):
            print("printed")
            yield "done"
        """
    )
    # The process was killed once it had answered: what it had not written by then is lost.
    assert runtime.printed == "printed\n"


def test_what_a_handler_logs_is_json(stream: Stream, runtime: Runtime) -> None:
    stream(
        """
        import logging

        def handler(event, context):
            logging.getLogger("chat").info("asked %d times", 2)
            try:
                raise ValueError("no model")
            except ValueError:
                logging.exception("failed")
            yield "done"
        """
    )
    logged, failed = map(json.loads, runtime.printed.splitlines())
    assert logged == {"level": "INFO", "logger": "chat", "message": "asked 2 times"}
    assert failed["stackTrace"][-1] == "ValueError: no model"


def test_a_handler_knows_its_invocation(stream: Stream) -> None:
    found = sent(
        stream(
            """
            import os

            def handler(event, context):
                yield context.aws_request_id
                yield context.function_name
                yield str(0 < context.get_remaining_time_in_millis() <= 900_000)
                yield os.environ["_X_AMZN_TRACE_ID"]
            """
        )
    )
    assert found.chunks[:3] == [b"1", b"any", b"True"]
    assert found.chunks[3].startswith(b"Root=1-")


def test_what_lambda_starts_may_be_started() -> None:
    assert os.access(ROOT / "lambda/response_stream/start", os.X_OK)
