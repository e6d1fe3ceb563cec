"""A recipe is published when its steps are new, once, and its versions go before it does."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.runtime import Reply, Request, Runtime

Load = Callable[..., ModuleType]
Services = Callable[[str], Stubber]
STEPS = "Content 0123456789abcdef"


@pytest.fixture
def handler(load: Load) -> ModuleType:
    return load("databrew_recipe")


def request(type_: str, content: str = STEPS) -> dict[str, Any]:
    return {"RequestType": type_, "ResourceProperties": {"Recipe": "clean", "Content": content}}


def last(services: Services, version: str, content: str) -> None:
    answer = {"Name": "clean", "RecipeVersion": version, "Description": content}
    services("databrew").add_response("describe_recipe", answer, {"Name": "clean"})


def test_the_first_steps_are_published_and_the_version_is_told(handler: ModuleType, services: Services) -> None:
    services("databrew").add_client_error("describe_recipe", "ResourceNotFoundException")
    services("databrew").add_response("publish_recipe", {"Name": "clean"}, {"Name": "clean", "Description": STEPS})
    assert handler.handler(request("Create"), None) == {"done": False, "waiting_for": "a version of clean"}
    last(services, "1.0", STEPS)
    told = {"done": True, "data": {"Version": "1.0"}, "physical_id": "clean"}
    assert handler.handler(request("Create"), None) == told


def test_the_same_steps_are_not_published_again(handler: ModuleType, services: Services) -> None:
    last(services, "2.0", STEPS)
    assert handler.handler(request("Update"), None)["data"] == {"Version": "2.0"}


def test_other_steps_are_another_version(handler: ModuleType, services: Services) -> None:
    last(services, "2.0", "Content of before")
    services("databrew").add_response("publish_recipe", {"Name": "clean"}, {"Name": "clean", "Description": STEPS})
    assert not handler.handler(request("Update"), None)["done"]


def versions(services: Services, *names: str) -> None:
    answer = {"Recipes": [{"Name": "clean", "RecipeVersion": name} for name in names]}
    services("databrew").add_response("list_recipe_versions", answer, {"Name": "clean"})


def test_published_versions_go_and_the_working_one_is_left_to_cloudformation(
    handler: ModuleType, services: Services
) -> None:
    names = [f"{number}.0" for number in range(1, 52)]
    versions(services, *names, "LATEST_WORKING")
    for some in (names[:50], names[50:]):
        asked = {"Name": "clean", "RecipeVersions": some}
        services("databrew").add_response("batch_delete_recipe_version", {"Name": "clean"}, asked)
    assert handler.handler(request("Delete"), None) == {"done": True}


def test_a_recipe_that_is_gone_needs_nothing(handler: ModuleType, services: Services) -> None:
    services("databrew").add_client_error("list_recipe_versions", "ResourceNotFoundException")
    assert handler.handler(request("Delete"), None) == {"done": True}


def test_a_version_that_others_use_is_said(handler: ModuleType, services: Services) -> None:
    versions(services, "1.0")
    errors = [{"RecipeVersion": "1.0", "ErrorCode": "1", "ErrorMessage": "used by job theirs"}]
    services("databrew").add_response("batch_delete_recipe_version", {"Name": "clean", "Errors": errors})
    with pytest.raises(handler.RefusedError, match=r"1\.0: used by job theirs"):
        handler.handler(request("Delete"), None)


def test_it_runs_as_lambda_runs_it(runtime: Runtime) -> None:
    def answer(asked: Request) -> Reply:
        assert (asked.method, asked.path) == ("GET", "/recipes/clean")
        return Reply(b'{"Name": "clean", "RecipeVersion": "3.0", "Description": "%s"}' % STEPS.encode())

    runtime.service = answer
    ((kind, told),) = runtime.run("databrew_recipe", request("Create"))
    assert (kind, told["data"]) == ("response", {"Version": "3.0"})
