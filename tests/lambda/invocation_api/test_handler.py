"""What an application asks gets to the endpoint, and it hears what it can do something about."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from tests.runtime import Reply, Runtime

Load = Callable[..., ModuleType]
BODY = b'{"inputs": "How do I ask?"}'
ASKED = {"EndpointName": "churn", "Body": BODY, "ContentType": "application/json", "Accept": "*/*"}


@pytest.fixture
def handler(load: Load, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("ENDPOINT", "churn")
    return load("invocation_api", "whole")


@pytest.fixture
def endpoint(handler: ModuleType) -> Iterator[Stubber]:
    """The endpoint, which answers what a test tells it and refuses every other request."""
    with Stubber(handler.runtime) as stub:
        yield stub
        stub.assert_no_pending_responses()


def answer(content: bytes, kind: str = "application/json") -> dict[str, Any]:
    return {"Body": StreamingBody(io.BytesIO(content), len(content)), "ContentType": kind}


def request(**changes: Any) -> dict[str, Any]:
    return {"headers": {"content-type": "application/json"}, "body": BODY.decode(), **changes}


def content(found: dict[str, Any]) -> bytes:
    return base64.b64decode(found["body"]) if found.get("isBase64Encoded") else found["body"].encode()


def test_a_request_is_passed_on_and_its_answer_back(handler: ModuleType, endpoint: Stubber) -> None:
    endpoint.add_response("invoke_endpoint", answer(b"\x00\xff", "image/png"), ASKED)
    found = handler.handler(request(), None)
    assert (found["statusCode"], content(found)) == (200, b"\x00\xff")
    assert found["headers"] == {"Content-Type": "image/png", "Cache-Control": "no-store"}


def test_bytes_arrive_as_they_were_sent(handler: ModuleType, endpoint: Stubber) -> None:
    given = {"content-type": "image/png", "accept": "text/csv"}
    expected = {**ASKED, "Body": b"\x89PNG", "ContentType": "image/png", "Accept": "text/csv"}
    endpoint.add_response("invoke_endpoint", answer(b"cat"), expected)
    encoded = base64.b64encode(b"\x89PNG").decode()
    assert handler.handler(request(headers=given, body=encoded, isBase64Encoded=True), None)["statusCode"] == 200


def test_a_component_and_a_model_among_many_are_named(
    handler: ModuleType, endpoint: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPONENT", "chat-1")
    expected = {**ASKED, "InferenceComponentName": "chat-1", "TargetModel": "acme.tar.gz"}
    endpoint.add_response("invoke_endpoint", answer(b"{}"), expected)
    given = {"content-type": "application/json", "x-amzn-sagemaker-target-model": "acme.tar.gz"}
    assert handler.handler(request(headers=given), None)["statusCode"] == 200


def test_other_headers_of_sagemaker_are_not_passed_on(handler: ModuleType, endpoint: Stubber) -> None:
    endpoint.add_response("invoke_endpoint", answer(b"{}"), ASKED)
    given = {"content-type": "application/json", "x-amzn-sagemaker-inference-component": "somebody-elses"}
    assert handler.handler(request(headers=given), None)["statusCode"] == 200


@pytest.mark.parametrize("event", [{}, {"body": ""}, {"body": None}])
def test_a_request_without_a_body_asks_no_model(handler: ModuleType, endpoint: Stubber, event: dict[str, Any]) -> None:
    assert handler.handler({"headers": {}, **event}, None)["statusCode"] == 400
    endpoint.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "message", "fields", "status", "said"),
    [
        ("ModelError", "", {"OriginalStatusCode": 422, "OriginalMessage": "no inputs"}, 422, "no inputs"),
        ("ModelError", "", {"OriginalStatusCode": 500, "OriginalMessage": "Traceback"}, 502, "The model failed."),
        ("ModelNotReadyException", "", {}, 503, "The model is not ready."),
        ("ServiceUnavailable", "", {}, 503, "The model is not ready."),
        (
            "ValidationError",
            "Inference Component has no capacity to process this request.",
            {},
            503,
            "The model is not loaded; it is being started.",
        ),
        ("ValidationError", "Endpoint churn of account not found", {}, 400, "SageMaker refused the request."),
        ("ThrottlingException", "", {}, 429, "There are too many requests."),
        ("AccessDeniedException", "arn:aws:iam::111111111111:role/x", {}, 502, "The endpoint did not answer."),
    ],
)
def test_a_caller_hears_what_it_can_do_something_about_and_nothing_else(
    handler: ModuleType,
    endpoint: Stubber,
    code: str,
    message: str,
    fields: dict[str, Any],
    status: int,
    said: str,
) -> None:
    endpoint.add_client_error("invoke_endpoint", code, message, modeled_fields=fields or None)
    found = handler.handler(request(), None)
    assert (found["statusCode"], json.loads(found["body"])) == (status, {"message": said})
    assert ("Retry-After" in found["headers"]) == (status in (429, 503))


def test_a_model_that_takes_too_long_is_said_to(handler: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://runtime.sagemaker")

    monkeypatch.setattr(handler.runtime, "invoke_endpoint", late)
    assert handler.handler(request(), None)["statusCode"] == 504


def test_the_endpoint_is_asked_once_and_given_up_before_the_api_does(handler: ModuleType) -> None:
    config = handler.runtime.meta.config
    assert config.retries["total_max_attempts"] == 1
    assert config.connect_timeout + config.read_timeout < 29


def test_an_answer_that_lambda_could_not_give_is_said_to_be_too_large(handler: ModuleType, endpoint: Stubber) -> None:
    endpoint.add_response("invoke_endpoint", answer(b"x" * 4_500_001), ASKED)
    assert handler.handler(request(), None)["statusCode"] == 502


def test_the_function_answers_under_lambdas_own_runtime(runtime: Runtime) -> None:
    said = Reply(b'{"label": "claim"}', headers={"Content-Type": "application/json"})
    runtime.service = lambda _: said
    ((kind, found),) = runtime.run("invocation_api", request(), ENDPOINT="churn")
    assert (kind, found["statusCode"], content(found)) == ("response", 200, said.body)
    (asked,) = runtime.requests
    assert (asked.path, json.loads(asked.body)) == ("/endpoints/churn/invocations", json.loads(BODY))
