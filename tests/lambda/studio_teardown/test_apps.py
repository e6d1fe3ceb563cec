"""Apps go first, then spaces, then user profiles; what is in use is asked for again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.runtime import Runtime
from tests.sagemaker.studio.pretend_sagemaker import PretendSageMaker

Load = Callable[..., ModuleType]
Services = Callable[[str], Stubber]
OWNER = "51af3dc0/churn"


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[PretendSageMaker]:
    """SageMaker, with one domain."""
    with PretendSageMaker() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", server.url)
        server.answer("CreateDomain", {"DomainName": "churn"})
        yield server


@pytest.fixture
def handler(load: Load) -> ModuleType:
    return load("studio_teardown")


def request(type_: str, **properties: str) -> dict[str, Any]:
    (domain_id,) = ("d-000000000000",)
    given = {"DomainId": domain_id, "Owner": OWNER, **properties}
    return {"RequestType": type_, "ResourceType": "Custom::StudioApps", "ResourceProperties": given}


def fill(sagemaker: PretendSageMaker) -> None:
    for name in ("analyst", "guest"):
        sagemaker.answer("CreateUserProfile", {"DomainId": "d-000000000000", "UserProfileName": name})
    owner = {"OwnershipSettings": {"OwnerUserProfileName": "guest"}}
    sagemaker.answer("CreateSpace", {"DomainId": "d-000000000000", "SpaceName": "own", **owner})
    sagemaker.start_app("d-000000000000", "default", SpaceName="own")
    sagemaker.start_app("d-000000000000", "canvas", UserProfileName="analyst")


def test_a_full_domain_is_empty_after_some_steps_that_say_what_they_wait_for(
    handler: ModuleType, sagemaker: PretendSageMaker
) -> None:
    fill(sagemaker)
    steps = [handler.handler(request("Delete"), None)]
    while not steps[-1]["done"]:
        steps.append(handler.handler(request("Delete"), None))
    assert [step.get("waiting_for") for step in steps] == [
        "app own/default, app analyst/canvas",
        "app own/default, app analyst/canvas",
        "space own",
        "space own",
        "user profile analyst, user profile guest",
        "user profile analyst, user profile guest",
        None,
    ]
    assert [*sagemaker.spaces, *sagemaker.profiles] == []
    # Each was asked for once: what is on its way is waited for.
    assert sagemaker.calls.count("DeleteApp") == 2


def test_an_app_that_is_starting_cannot_be_deleted_and_is_waited_for(
    handler: ModuleType, sagemaker: PretendSageMaker
) -> None:
    fill(sagemaker)
    sagemaker.apps[0]["Status"] = "Pending"
    assert handler.handler(request("Delete"), None)["waiting_for"] == "app own/default, app analyst/canvas"
    assert sagemaker.calls.count("DeleteApp") == 1
    sagemaker.apps[0]["Status"] = "InService"
    handler.handler(request("Delete"), None)
    assert sagemaker.calls.count("DeleteApp") == 2


def test_a_space_that_somebody_uses_again_is_asked_for_again(handler: ModuleType, sagemaker: PretendSageMaker) -> None:
    fill(sagemaker)
    apps = handler.STEPS["Custom::StudioApps"].__globals__
    client = apps["boto3"].client("sagemaker")
    assert apps["remove_spaces"](client, "d-000000000000") == ["space own"]
    assert sagemaker.spaces[0]["Status"] == "InService"


def test_an_empty_domain_is_done_at_once(handler: ModuleType, sagemaker: PretendSageMaker) -> None:
    step = handler.handler(request("Delete"), None)
    assert step == {"done": True, "note": "nothing is left in d-000000000000"}
    assert "DeleteApp" not in sagemaker.calls


@pytest.mark.parametrize("type_", ["Create", "Update"])
def test_the_resource_is_the_domains_so_that_an_old_domain_is_taken_down(handler: ModuleType, type_: str) -> None:
    assert handler.handler(request(type_), None) == {"done": True, "physical_id": "d-000000000000"}


def test_the_file_system_is_marked_while_the_domain_still_knows_it(handler: ModuleType, services: Services) -> None:
    services("efs").add_response(
        "tag_resource",
        {},
        {"ResourceId": "fs-12345678", "Tags": [{"Key": "cdk-ml:studio-storage", "Value": OWNER}]},
    )
    handler.handler(request("Create", FileSystemId="fs-12345678"), None)


def test_a_file_system_that_is_gone_needs_no_mark(handler: ModuleType, services: Services) -> None:
    services("efs").add_client_error("tag_resource", "FileSystemNotFound")
    assert handler.handler(request("Create", FileSystemId="fs-12345678"), None)["done"]


def test_under_lambda_a_step_is_taken(runtime: Runtime, sagemaker: PretendSageMaker) -> None:
    fill(sagemaker)
    answers = runtime.run("studio_teardown", request("Delete"), AWS_ENDPOINT_URL_SAGEMAKER=sagemaker.url)
    waiting = {"done": False, "waiting_for": "app own/default, app analyst/canvas"}
    assert answers == [("response", waiting)]
