"""The account's one setting for logging: made, kept, changed and removed, and nobody else's touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.runtime import Reply, Runtime

Load = Callable[..., ModuleType]
Services = Callable[[str], Stubber]
ROLE = "arn:aws:iam::111111111111:role/bedrock-logs"
BUCKET = {"bucketName": "support-data", "keyPrefix": "model-invocations"}
OURS = {
    "cloudWatchConfig": {"logGroupName": "invocations", "roleArn": ROLE, "largeDataDeliveryS3Config": BUCKET},
    "s3Config": BUCKET,
    "textDataDeliveryEnabled": True,
    "embeddingDataDeliveryEnabled": False,
}
THEIRS = {"s3Config": {"bucketName": "audit"}, "textDataDeliveryEnabled": True}


@pytest.fixture
def handler(load: Load) -> ModuleType:
    return load("invocation_logging")


def properties(group: str = "invocations", *, replaces: str = "false") -> dict[str, str]:
    return {
        "LogGroupName": group,
        "RoleArn": ROLE,
        "BucketName": "support-data",
        "KeyPrefix": "model-invocations",
        "Data": json.dumps({"textDataDeliveryEnabled": True, "embeddingDataDeliveryEnabled": False}),
        "ReplacesOther": replaces,
    }


def request(type_: str, **chosen: Any) -> dict[str, Any]:
    return {"RequestType": type_, "ResourceProperties": properties(), **chosen}


def found(services: Services, setting: dict[str, Any] | None) -> None:
    answer = {} if setting is None else {"loggingConfig": setting}
    services("bedrock").add_response("get_model_invocation_logging_configuration", answer, {})


def put(services: Services, setting: dict[str, Any]) -> None:
    asked = {"loggingConfig": setting}
    services("bedrock").add_response("put_model_invocation_logging_configuration", {}, asked)


def test_where_nothing_is_logged_the_setting_is_made(handler: ModuleType, services: Services) -> None:
    found(services, None)
    put(services, OURS)
    assert handler.handler(request("Create"), None) == {"done": True}


def test_the_same_request_again_changes_nothing(handler: ModuleType, services: Services) -> None:
    found(services, {**OURS, "videoDataDeliveryEnabled": True})
    assert handler.handler(request("Create"), None) == {"done": True}


def test_a_setting_of_somebody_else_is_not_touched(handler: ModuleType, services: Services) -> None:
    found(services, THEIRS)
    with pytest.raises(handler.RefusedError, match=r'"bucketName": "audit".*replaces_other=True'):
        handler.handler(request("Create"), None)


def test_a_setting_of_somebody_else_is_replaced_if_that_is_said(handler: ModuleType, services: Services) -> None:
    found(services, THEIRS)
    put(services, OURS)
    event = request("Create", ResourceProperties=properties(replaces="true"))
    assert handler.handler(event, None) == {"done": True}


def test_our_own_setting_is_changed(handler: ModuleType, services: Services) -> None:
    found(services, OURS)
    changed = {**OURS, "cloudWatchConfig": {**OURS["cloudWatchConfig"], "logGroupName": "other"}}  # type: ignore[dict-item]
    put(services, changed)
    event = request("Update", ResourceProperties=properties("other"), OldResourceProperties=properties())
    assert handler.handler(event, None) == {"done": True}


def test_a_setting_that_somebody_changed_since_is_not_taken_back(handler: ModuleType, services: Services) -> None:
    found(services, THEIRS)
    event = request("Update", ResourceProperties=properties("other"), OldResourceProperties=properties())
    with pytest.raises(handler.RefusedError, match="one setting"):
        handler.handler(event, None)


def test_permissions_that_are_not_known_everywhere_yet_are_waited_for(handler: ModuleType, services: Services) -> None:
    found(services, None)
    operation = "put_model_invocation_logging_configuration"
    services("bedrock").add_client_error(operation, "ValidationException", "Failed to validate permissions")
    answer = handler.handler(request("Create"), None)
    assert answer["done"] is False
    assert "Failed to validate permissions" in answer["waiting_for"]


def test_our_own_setting_is_removed(handler: ModuleType, services: Services) -> None:
    found(services, OURS)
    services("bedrock").add_response("delete_model_invocation_logging_configuration", {}, {})
    assert handler.handler(request("Delete"), None) == {"done": True}


@pytest.mark.parametrize(("setting", "note"), [(None, ""), (THEIRS, "the setting is not of this stack and stays")])
def test_no_other_setting_is_removed(
    handler: ModuleType, services: Services, setting: dict[str, Any] | None, note: str
) -> None:
    found(services, setting)
    assert handler.handler(request("Delete"), None) == {"done": True, "note": note}


def test_it_runs_under_lambdas_own_runtime(runtime: Runtime) -> None:
    runtime.service = lambda asked: Reply(b"{}" if asked.method == "GET" else b"")
    answers = runtime.run("invocation_logging", request("Create"), AWS_DEFAULT_REGION="us-east-1")
    assert answers == [("response", {"done": True})]
    assert [(asked.method, asked.path) for asked in runtime.requests] == [
        ("GET", "/logging/modelinvocations"),
        ("PUT", "/logging/modelinvocations"),
    ]
    assert json.loads(runtime.requests[1].body) == {"loggingConfig": OURS}


def test_what_is_refused_lambda_sees_as_that_error(runtime: Runtime) -> None:
    runtime.service = lambda _: Reply(json.dumps({"loggingConfig": THEIRS}).encode())
    ((kind, answer),) = runtime.run("invocation_logging", request("Create"), AWS_DEFAULT_REGION="us-east-1")
    assert (kind, answer["errorType"]) == ("error", "RefusedError")
