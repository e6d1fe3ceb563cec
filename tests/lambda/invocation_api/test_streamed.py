"""What a model streams gets to who asked as it comes, and so does what goes wrong."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from tests.event_stream import frame
from tests.runtime import Reply, Request, Runtime, Streamed

Load = Callable[..., ModuleType]
BODY = '{"inputs": "How do I ask?"}'
EVENTS = "text/event-stream"
FIRST, SECOND = b'data: {"token": "Politely"}\n\n', b'data: {"token": "."}\n\n'


@pytest.fixture
def streamed(load: Load, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("ENDPOINT", "chat")
    return load("invocation_api", "streamed")


@pytest.fixture
def endpoint(streamed: ModuleType) -> Iterator[Stubber]:
    """The endpoint, which answers what a test tells it and refuses every other request."""
    with Stubber(streamed.runtime) as stub:
        yield stub
        stub.assert_no_pending_responses()


def request(**changes: Any) -> dict[str, Any]:
    """The event of a Lambda proxy integration of a REST API."""
    return {"headers": {"Content-Type": "application/json"}, "body": BODY, "isBase64Encoded": False, **changes}


def said(parts: list[Any]) -> tuple[int, str]:
    """Status and message of an answer that says one thing."""
    metadata, body = parts
    return metadata["statusCode"], json.loads(body)["message"]


def part(content: bytes) -> bytes:
    """A part of what a model streams."""
    return frame(content, message_type="event", event_type="PayloadPart", content_type="application/octet-stream")


STOPPED = frame(
    b'{"Message": "Your model did not complete in time.", "ErrorCode": "ModelInvocationTimeExceeded"}',
    message_type="exception",
    exception_type="ModelStreamError",
    content_type="application/json",
)


def serve(runtime: Runtime, *frames: bytes, content_type: str = EVENTS) -> None:
    """Let the endpoint stream."""
    headers = {
        "Content-Type": "application/vnd.amazon.eventstream",
        "X-Amzn-SageMaker-Content-Type": content_type,
    }
    runtime.service = lambda _: Reply(b"".join(frames), headers=headers)


def answered(runtime: Runtime, event: dict[str, Any], **variables: str) -> Streamed:
    """What the function streams for one event, under the runtime that Lambda starts."""
    ((kind, found),) = runtime.stream("invocation_api", event, ENDPOINT="chat", STREAMS="1", **variables)
    assert kind == "response"
    assert isinstance(found, Streamed)
    return found


def test_a_part_of_the_model_is_a_chunk_of_the_answer(runtime: Runtime) -> None:
    serve(runtime, part(FIRST), part(SECOND))
    found = answered(runtime, request(headers={"content-type": "application/json", "ACCEPT": EVENTS}))
    assert found.chunks[1:] == [FIRST, SECOND]
    assert found.metadata == {"statusCode": 200, "headers": {"Content-Type": EVENTS, "Cache-Control": "no-store"}}
    assert found.error is None
    (asked,) = runtime.requests
    assert (asked.path, asked.body.decode()) == ("/endpoints/chat/invocations-response-stream", BODY)
    assert (asked.headers["Content-Type"], asked.headers["X-Amzn-SageMaker-Accept"]) == ("application/json", EVENTS)


def test_a_model_that_stops_in_the_middle_says_so_in_the_last_event(runtime: Runtime) -> None:
    serve(runtime, part(FIRST), STOPPED)
    found = answered(runtime, request())
    assert found.chunks[1] == FIRST
    assert found.chunks[2] == b'event: error\ndata: {"message": "The model stopped in the middle."}\n\n'
    assert found.error["errorType"] == "EventStreamError"
    assert "ModelStreamError" in runtime.printed


def test_a_stream_of_another_kind_only_ends(runtime: Runtime) -> None:
    serve(runtime, part(b"0.1,"), STOPPED, content_type="text/csv")
    found = answered(runtime, request())
    assert found.chunks[1:] == [b"0.1,"]
    assert found.trailers["Lambda-Runtime-Function-Error-Type"] == "Function.EventStreamError"


def test_half_a_part_is_none(runtime: Runtime) -> None:
    serve(runtime, part(FIRST), part(SECOND)[:-5])
    found = answered(runtime, request())
    assert found.chunks[1:] == [FIRST]


def test_a_page_may_read_what_the_function_says(runtime: Runtime) -> None:
    serve(runtime, part(FIRST))
    found = answered(runtime, request(), ORIGIN="https://chat.example.com", COMPONENT="chat-1a2b")
    assert found.metadata["headers"]["Access-Control-Allow-Origin"] == "https://chat.example.com"
    (asked,) = runtime.requests
    assert asked.headers["X-Amzn-SageMaker-Inference-Component"] == "chat-1a2b"


def test_the_same_environment_answers_after_a_stream_that_broke(runtime: Runtime) -> None:
    replies = iter([part(FIRST) + STOPPED, part(SECOND)])
    headers = {"X-Amzn-SageMaker-Content-Type": EVENTS}

    def service(_: Request) -> Reply:
        return Reply(next(replies), headers=headers)

    runtime.service = service
    first, second = runtime.stream("invocation_api", request(), request(), ENDPOINT="chat", STREAMS="1")
    assert first[1].error is not None
    assert (second[1].chunks[1:], second[1].error) == ([SECOND], None)


@pytest.mark.parametrize(
    ("code", "fields", "status", "message"),
    [
        ("ModelError", {"OriginalStatusCode": 422, "OriginalMessage": "no inputs"}, 422, "no inputs"),
        ("ModelError", {"OriginalStatusCode": 500, "OriginalMessage": "Traceback"}, 502, "The model failed."),
        ("ServiceUnavailable", {}, 503, "The model is not ready."),
        ("ThrottlingException", {}, 429, "There are too many requests."),
        ("AccessDeniedException", {}, 502, "The endpoint did not answer."),
    ],
)
def test_what_is_refused_before_the_first_part_has_a_status(
    streamed: ModuleType, endpoint: Stubber, code: str, fields: dict[str, Any], status: int, message: str
) -> None:
    endpoint.add_client_error("invoke_endpoint_with_response_stream", code, "", modeled_fields=fields or None)
    parts = [*streamed.handler(request(), None)]
    assert said(parts) == (status, message)
    assert ("Retry-After" in parts[0]["headers"]) == (status in (429, 503))


def test_a_model_that_says_nothing_is_given_up(streamed: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://runtime.sagemaker")

    monkeypatch.setattr(streamed.runtime, "invoke_endpoint_with_response_stream", late)
    assert said([*streamed.handler(request(), None)]) == (504, "The model did not answer in time.")


def test_the_endpoint_is_asked_once(streamed: ModuleType) -> None:
    config = streamed.runtime.meta.config
    assert config.retries["total_max_attempts"] == 1
    # SageMaker ends an answer of which nothing came for a minute.
    assert 60 < config.read_timeout < 300


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ("", 400, "There is nothing to answer: send a body."),
        (None, 400, "There is nothing to answer: send a body."),
        ("x" * 5_000_001, 413, "The request is larger than 5000000 bytes."),
        # Counted in bytes, as SageMaker does.
        ("ü" * 2_500_001, 413, "The request is larger than 5000000 bytes."),
    ],
)
@pytest.mark.usefixtures("endpoint")
def test_what_no_model_could_answer_is_not_passed_on(
    streamed: ModuleType, body: str | None, status: int, message: str
) -> None:
    # The endpoint refuses what no test told it.
    assert said([*streamed.handler(request(body=body), None)]) == (status, message)


def test_the_largest_request_fits_what_sagemaker_takes(streamed: ModuleType) -> None:
    shape = streamed.runtime.meta.service_model.operation_model("InvokeEndpointWithResponseStream").input_shape
    assert shape.members["Body"].metadata["max"] > streamed.LARGEST_REQUEST


def test_bytes_are_passed_on_as_bytes(runtime: Runtime) -> None:
    serve(runtime, part(FIRST))
    answered(runtime, request(body=base64.b64encode(b"\x00\xff").decode(), isBase64Encoded=True))
    (asked,) = runtime.requests
    assert asked.body == b"\x00\xff"
