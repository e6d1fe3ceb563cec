"""A request begins one execution, and every request gets an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.runtime import Reply, Runtime

REQUEST = {
    "RequestType": "Create",
    "RequestId": "8d2b1f0e",
    "StackId": "arn:aws:cloudformation:us-east-1:111111111111:stack/Churn/51af3dc0",
    "LogicalResourceId": "Apps",
    "ResourceType": "Custom::StudioApps",
    "ResourceProperties": {"DomainId": "d-1"},
}
SIGNED = "https://example.com/signed"
MACHINE = "arn:aws:states:us-east-1:111111111111:stateMachine:m"
Services = Callable[[str], Stubber]
Load = Callable[..., ModuleType]


@pytest.fixture
def handler(load: Load, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, with the clock at 1000."""
    monkeypatch.setenv("STATE_MACHINE_ARN", MACHINE)
    monkeypatch.setenv("SECONDS", "3000")
    module = load("async_resource")
    monkeypatch.setattr(module.time, "time", lambda: 1000.0)
    return module


@pytest.fixture
def answers(handler: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What CloudFormation is told."""
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(handler, "answer", lambda event: told.append(handler.response(event)))
    return told


def test_a_request_begins_an_execution_that_does_not_show_steps_where_to_answer(
    handler: ModuleType, services: Services
) -> None:
    work = {"request": REQUEST, "responseUrl": SIGNED, "deadline": 4_000_000}
    services("stepfunctions").add_response(
        "start_execution",
        {"executionArn": "arn", "startDate": 0},
        {"stateMachineArn": MACHINE, "name": "8d2b1f0e", "input": json.dumps(work)},
    )
    handler.handler({**REQUEST, "ResponseURL": SIGNED}, None)


def test_a_request_that_lambda_delivers_twice_begins_nothing_the_second_time(
    handler: ModuleType, services: Services, answers: list[dict[str, Any]]
) -> None:
    services("stepfunctions").add_client_error("start_execution", "ExecutionAlreadyExists")
    handler.handler({**REQUEST, "ResponseURL": SIGNED}, None)
    assert answers == []


def test_a_request_that_cannot_begin_is_answered_at_once(
    handler: ModuleType, services: Services, answers: list[dict[str, Any]]
) -> None:
    services("stepfunctions").add_client_error("start_execution", "StateMachineDoesNotExist", "it is gone")
    with pytest.raises(Exception, match="it is gone"):
        handler.handler({**REQUEST, "ResponseURL": SIGNED}, None)
    (answer,) = answers
    assert answer["Status"] == "FAILED"
    assert "it is gone" in answer["Reason"]


def test_a_step_says_who_the_resource_is_and_what_it_has(handler: ModuleType) -> None:
    step = {"done": True, "physical_id": "d-1", "data": {"Size": 3}, "note": "kept fs-1"}
    answer = handler.response({"request": REQUEST, "step": step})
    assert answer == {
        "Status": "SUCCESS",
        "Reason": "kept fs-1",
        "PhysicalResourceId": "d-1",
        "StackId": REQUEST["StackId"],
        "RequestId": "8d2b1f0e",
        "LogicalResourceId": "Apps",
        "Data": {"Size": 3},
    }


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (REQUEST, "Apps-51af3dc0"),
        ({**REQUEST, "RequestType": "Update", "PhysicalResourceId": "old"}, "old"),
    ],
)
def test_a_resource_that_does_not_say_who_it_is_keeps_its_identity(
    handler: ModuleType, request_: dict[str, Any], expected: str
) -> None:
    assert handler.response({"request": request_, "step": {"done": True}})["PhysicalResourceId"] == expected


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            {
                "Error": "RefusedError",
                "Cause": '{"errorMessage": "AuthMode cannot change", "errorType": "RefusedError"}',
            },
            "RefusedError: AuthMode cannot change",
        ),
        ({"Error": "States.Timeout"}, "States.Timeout: "),
        ({"Error": "TimedOut", "Cause": "still waiting for app a"}, "TimedOut: still waiting for app a"),
        ({"Error": "E", "Cause": "[1]"}, "E: [1]"),
        ({"Error": "E", "Cause": "x" * 5000}, ("E: " + "x" * 5000)[:1024]),
    ],
)
def test_a_failure_gives_its_reason_on_one_line(handler: ModuleType, error: dict[str, str], reason: str) -> None:
    answer = handler.response({"request": REQUEST, "step": {"data": {"Size": 3}}, "error": error})
    assert (answer["Status"], answer["Reason"], answer["Data"]) == ("FAILED", reason, {})


def test_what_is_too_long_for_cloudformation_is_a_failure(handler: ModuleType) -> None:
    answer = handler.response({"request": REQUEST, "step": {"data": {"Text": "x" * 4096}}})
    assert (answer["Status"], answer["Reason"]) == ("FAILED", "AnswerTooLong: over 4096 bytes")


@pytest.mark.parametrize(
    ("error", "reason"),
    [(None, "IdTooLong: over 1024 bytes"), ({"Error": "E", "Cause": "broken"}, "E: broken")],
)
def test_an_id_that_is_too_long_for_cloudformation_is_a_failure_and_answered(
    handler: ModuleType, error: dict[str, str] | None, reason: str
) -> None:
    answer = handler.response({"request": REQUEST, "step": {"done": True, "physical_id": "x" * 5000}, "error": error})
    assert (answer["Status"], answer["Reason"]) == ("FAILED", reason)
    assert answer["PhysicalResourceId"] == "Apps-51af3dc0"


# Under Lambda's own runtime client.


def test_under_lambda_a_request_begins_an_execution(runtime: Runtime) -> None:
    runtime.service = lambda _: Reply(json.dumps({"executionArn": f"{MACHINE}:1", "startDate": 0}).encode())
    signed = f"{runtime.url}/signed"
    event = {**REQUEST, "ResponseURL": signed}
    assert runtime.run("async_resource", event, STATE_MACHINE_ARN=MACHINE, SECONDS="3000") == [("response", None)]
    ((operation, body),) = [request.operation for request in runtime.requests]
    assert operation == "AWSStepFunctions.StartExecution"
    assert json.loads(body["input"])["responseUrl"] == signed


def test_under_lambda_the_answer_is_put_to_the_signed_address_without_a_content_type(runtime: Runtime) -> None:
    event = {"request": REQUEST, "responseUrl": f"{runtime.url}/signed", "step": {"done": True}}
    assert runtime.run("async_resource", event) == [("response", None)]
    (answer,) = runtime.requests
    assert (answer.method, answer.path, answer.headers["Content-Type"]) == ("PUT", "/signed", "")
    assert json.loads(answer.body)["Status"] == "SUCCESS"
