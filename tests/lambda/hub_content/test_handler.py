"""A hub has the references that the template lists, and none when it goes."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

Load = Callable[..., ModuleType]
Services = Callable[[str], Stubber]
PUBLIC = "arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub"


@pytest.fixture
def handler(load: Load) -> ModuleType:
    return load("hub_content")


def request(type_: str, old: dict[str, str] | None = None, **models: str) -> dict[str, Any]:
    properties = {"HubName": "allowed", "PublicHub": PUBLIC, "Models": json.dumps(models)}
    before = {} if old is None else {"OldResourceProperties": {**properties, "Models": json.dumps(old)}}
    return {"RequestType": type_, "ResourceProperties": properties, **before}


def content(name: str, status: str = "Available", version: str = "2.0.1") -> dict[str, Any]:
    arn = f"arn:aws:sagemaker:us-east-1:111111111111:hub-content/allowed/ModelReference/{name}/{version}"
    return {
        "HubContentName": name,
        "HubContentArn": arn,
        "HubContentVersion": version,
        "HubContentType": "ModelReference",
        "DocumentSchemaVersion": "2.0.0",
        "HubContentStatus": status,
        "CreationTime": 0,
    }


def found(services: Services, *contents: dict[str, Any], more: str | None = None, token: str | None = None) -> None:
    asked = {"HubName": "allowed", "HubContentType": "ModelReference", **({"NextToken": token} if token else {})}
    answer = {"HubContentSummaries": [*contents], **({"NextToken": more} if more else {})}
    services("sagemaker").add_response("list_hub_contents", answer, asked)


def test_what_is_missing_is_added_and_waited_for(handler: ModuleType, services: Services) -> None:
    found(services)
    asked = {"HubName": "allowed", "SageMakerPublicHubContentArn": f"{PUBLIC}/Model/falcon", "HubContentName": "falcon"}
    answer = {"HubArn": "arn", "HubContentArn": "arn"}
    services("sagemaker").add_response("create_hub_content_reference", answer, {**asked, "MinVersion": "2.0.1"})
    waiting = {"done": False, "waiting_for": "models falcon"}
    assert handler.handler(request("Create", falcon="2.0.1"), None) == waiting
    found(services, content("falcon", "Importing"))
    assert handler.handler(request("Create", falcon="2.0.1"), None) == waiting
    found(services, content("falcon"))
    assert handler.handler(request("Create", falcon="2.0.1"), None) == {"done": True}


def test_every_page_of_a_hub_is_read(handler: ModuleType, services: Services) -> None:
    found(services, content("a"), more="next")
    found(services, content("b"), token="next")
    assert handler.handler(request("Create", a="", b=""), None) == {"done": True}


def test_a_reference_moves_to_a_newer_version(handler: ModuleType, services: Services) -> None:
    found(services, content("falcon", version="1.9.0"))
    services("sagemaker").add_client_error("create_hub_content_reference", "ResourceInUse")
    asked = {"HubName": "allowed", "HubContentName": "falcon", "HubContentType": "ModelReference"}
    answer = {"HubArn": "arn", "HubContentArn": "arn"}
    services("sagemaker").add_response("update_hub_content_reference", answer, {**asked, "MinVersion": "1.10.0"})
    assert not handler.handler(request("Update", falcon="1.10.0"), None)["done"]


def test_what_is_no_longer_listed_goes_and_what_others_added_stays(handler: ModuleType, services: Services) -> None:
    found(services, content("falcon"), content("theirs"), content("kept"))
    asked = {"HubName": "allowed", "HubContentType": "ModelReference", "HubContentName": "falcon"}
    services("sagemaker").add_response("delete_hub_content_reference", {}, asked)
    event = request("Update", {"falcon": "", "kept": ""}, kept="")
    assert handler.handler(event, None) == {"done": False, "waiting_for": "models falcon"}


def test_a_hub_that_goes_is_emptied_whoever_filled_it(handler: ModuleType, services: Services) -> None:
    found(services, content("falcon"), content("theirs"))
    for _ in range(2):
        services("sagemaker").add_client_error("delete_hub_content_reference", "ResourceNotFound")
    waiting = {"done": False, "waiting_for": "models falcon, theirs"}
    assert handler.handler(request("Delete", falcon=""), None) == waiting


def test_a_hub_that_is_gone_needs_nothing(handler: ModuleType, services: Services) -> None:
    services("sagemaker").add_client_error("list_hub_contents", "ResourceNotFound")
    assert handler.handler(request("Delete", falcon=""), None) == {"done": True}


def test_a_model_that_the_public_hub_does_not_have_is_refused(handler: ModuleType, services: Services) -> None:
    found(services)
    services("sagemaker").add_client_error("create_hub_content_reference", "ResourceNotFound", "no such content")
    with pytest.raises(handler.RefusedError, match=r"SageMaker's public hub has no model falcn: .*no such content"):
        handler.handler(request("Create", falcn=""), None)


def test_a_model_that_was_not_imported_is_an_error(handler: ModuleType, services: Services) -> None:
    found(services, content("falcon", "ImportFailed"))
    with pytest.raises(handler.RefusedError, match="falcon: ImportFailed"):
        handler.handler(request("Create", falcon=""), None)
