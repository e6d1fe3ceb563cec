"""A domain is told about Canvas once, when it can listen."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

Load = Callable[..., ModuleType]
Services = Callable[[str], Stubber]
PROPERTIES = {
    "DomainId": "d-1",
    "S3ArtifactPath": "s3://data/canvas",
    "S3KmsKeyId": "arn:aws:kms:us-east-1:111111111111:key/1",
    "ModelRegister": "ENABLED",
    "DirectDeploy": "DISABLED",
}
SETTINGS = {
    "WorkspaceSettings": {"S3ArtifactPath": "s3://data/canvas", "S3KmsKeyId": PROPERTIES["S3KmsKeyId"]},
    "ModelRegisterSettings": {"Status": "ENABLED"},
    "DirectDeploySettings": {"Status": "DISABLED"},
    "TimeSeriesForecastingSettings": {"Status": "DISABLED"},
}
DONE = {"done": True, "physical_id": "canvas-of-d-1"}


@pytest.fixture
def handler(load: Load) -> ModuleType:
    return load("studio_canvas")


def request(type_: str) -> dict[str, Any]:
    return {"RequestType": type_, "ResourceProperties": PROPERTIES}


def domain(services: Services, status: str = "InService", canvas: Any = None, **fields: str) -> None:
    settings = {} if canvas is None else {"CanvasAppSettings": canvas}
    answer = {"DomainId": "d-1", "Status": status, "DefaultUserSettings": settings, **fields}
    services("sagemaker").add_response("describe_domain", answer, {"DomainId": "d-1"})


def update(services: Services, settings: Any) -> None:
    asked = {"DomainId": "d-1", "DefaultUserSettings": {"CanvasAppSettings": settings}}
    services("sagemaker").add_response("update_domain", {}, asked)


def test_the_domain_is_told_and_is_done_when_it_knows(handler: ModuleType, services: Services) -> None:
    domain(services)
    update(services, SETTINGS)
    assert handler.handler(request("Create"), None) == {"done": False, "waiting_for": "the update of domain d-1"}
    domain(services, "Updating")
    waiting = {"done": False, "waiting_for": "domain d-1, which is Updating"}
    assert handler.handler(request("Create"), None) == waiting
    domain(services, canvas={**SETTINGS, "GenerativeAiSettings": {}})
    assert handler.handler(request("Create"), None) == DONE


def test_why_an_update_failed_is_said(handler: ModuleType, services: Services) -> None:
    domain(services, "Update_Failed", FailureReason="no such bucket")
    update(services, SETTINGS)
    step = handler.handler(request("Update"), None)
    assert step["waiting_for"] == "the update of domain d-1; the last one failed: no such bucket"


def test_what_is_no_longer_asked_for_is_turned_off_and_artifacts_stay(handler: ModuleType, services: Services) -> None:
    domain(services, canvas=SETTINGS)
    update(services, {name: {"Status": "DISABLED"} for name in SETTINGS if name != "WorkspaceSettings"})
    assert not handler.handler(request("Delete"), None)["done"]


@pytest.mark.parametrize("status", ["Deleting", None])
def test_a_domain_that_goes_is_left_alone(handler: ModuleType, services: Services, status: str | None) -> None:
    if status is None:
        services("sagemaker").add_client_error("describe_domain", "ResourceNotFound")
    else:
        domain(services, status)
    assert handler.handler(request("Delete"), None) == DONE
