"""A job is made, changed and deleted with its graph; somebody else's job of that name is left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.runtime import Reply, Request, Runtime

Load = Callable[..., ModuleType]
Services = Callable[[str], Stubber]
STACK = "arn:aws:cloudformation:us-east-1:111111111111:stack/Churn/0123"
ARN = "arn:aws:glue:us-east-1:111111111111:job/orders"
MARK = f"OrdersResource of {STACK}"
NODES = {"node-1": {"S3CatalogSource": {"Name": "Orders", "Database": "raw", "Table": "orders"}}}
DEFINITION = {
    "Command": {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": "s3://artifacts/glue-scripts/Orders.py"},
    "Role": "arn:aws:iam::111111111111:role/orders",
    "NumberOfWorkers": 2,
    "CodeGenConfigurationNodes": NODES,
}
WHOLE = {**DEFINITION, "Description": MARK, "JobMode": "VISUAL"}


@pytest.fixture
def handler(load: Load) -> ModuleType:
    return load("glue_visual_job")


def request(type_: str, physical_id: str | None = None) -> dict[str, Any]:
    return {
        "RequestType": type_,
        "StackId": STACK,
        "LogicalResourceId": "OrdersResource",
        **({} if physical_id is None else {"PhysicalResourceId": physical_id}),
        "ResourceProperties": {
            "Name": "orders",
            "Arn": ARN,
            "Definition": json.dumps(DEFINITION),
            "Tags": json.dumps({"project": "churn"}),
        },
    }


def found(services: Services, description: str | None) -> None:
    glue = services("glue")
    if description is None:
        glue.add_client_error("get_job", "EntityNotFoundException", expected_params={"JobName": "orders"})
    else:
        glue.add_response("get_job", {"Job": {"Name": "orders", "Description": description}}, {"JobName": "orders"})


def made(services: Services) -> None:
    asked = {"Name": "orders", "Tags": {"project": "churn"}, **WHOLE}
    services("glue").add_response("create_job", {"Name": "orders"}, asked)


def changed(services: Services) -> None:
    services("glue").add_response("update_job", {"JobName": "orders"}, {"JobName": "orders", "JobUpdate": WHOLE})
    services("glue").add_response("tag_resource", {}, {"ResourceArn": ARN, "TagsToAdd": {"project": "churn"}})


def gone(services: Services) -> None:
    services("glue").add_response("delete_job", {"JobName": "orders"}, {"JobName": "orders"})
    services("s3").add_response("delete_object", {}, {"Bucket": "artifacts", "Key": "glue-scripts/Orders.py"})


def test_a_job_that_is_not_there_is_made_with_its_graph(handler: ModuleType, services: Services) -> None:
    found(services, None)
    made(services)
    assert handler.handler(request("Create"), None) == {"done": True, "physical_id": "orders"}


def test_a_step_that_is_taken_again_makes_no_second_job(handler: ModuleType, services: Services) -> None:
    found(services, MARK)
    changed(services)
    assert handler.handler(request("Create"), None) == {"done": True, "physical_id": "orders"}


def test_a_change_hands_on_the_whole_definition_whoever_wrote_the_description(
    handler: ModuleType, services: Services
) -> None:
    found(services, "Said in Glue Studio")
    changed(services)
    assert handler.handler(request("Update", "orders"), None)["done"]


def test_a_job_that_somebody_deleted_is_made_again(handler: ModuleType, services: Services) -> None:
    found(services, None)
    made(services)
    assert handler.handler(request("Update", "orders"), None)["physical_id"] == "orders"


@pytest.mark.parametrize(("type_", "before"), [("Create", None), ("Update", "other-name")])
def test_a_job_of_somebody_else_is_not_overwritten(
    handler: ModuleType, services: Services, type_: str, before: str | None
) -> None:
    found(services, "Theirs")
    with pytest.raises(handler.RefusedError, match="There is a job called orders, and this stack did not make it"):
        handler.handler(request(type_, before), None)


def test_the_job_goes_with_the_script_that_glue_wrote(handler: ModuleType, services: Services) -> None:
    found(services, MARK)
    gone(services)
    assert handler.handler(request("Delete", "orders"), None) == {"done": True}


def test_a_job_that_is_gone_leaves_no_script(handler: ModuleType, services: Services) -> None:
    found(services, None)
    gone(services)
    assert handler.handler(request("Delete", "orders"), None) == {"done": True}


def test_the_end_of_a_stack_that_failed_takes_its_own_job_only(handler: ModuleType, services: Services) -> None:
    found(services, MARK)
    gone(services)
    assert handler.handler(request("Delete", "OrdersResource-0123"), None) == {"done": True}
    found(services, "Theirs")
    assert handler.handler(request("Delete", "OrdersResource-0123"), None) == {"done": True}


def test_it_runs_as_lambda_runs_it(runtime: Runtime) -> None:
    asked: list[tuple[str, Any]] = []

    def answer(request: Request) -> Reply:
        asked.append(request.operation)
        if request.operation[0] == "AWSGlue.GetJob":
            return Reply(b'{"__type": "EntityNotFoundException", "message": "none"}', status=400)
        return Reply(b'{"Name": "orders"}')

    runtime.service = answer
    ((kind, told),) = runtime.run("glue_visual_job", request("Create"))
    assert (kind, told) == ("response", {"done": True, "physical_id": "orders"})
    assert [operation for operation, _ in asked] == ["AWSGlue.GetJob", "AWSGlue.CreateJob"]
    assert asked[1][1]["CodeGenConfigurationNodes"] == NODES


def test_why_glue_refuses_is_told_as_lambda_tells_it(runtime: Runtime) -> None:
    def answer(request: Request) -> Reply:
        kind = "EntityNotFoundException" if request.operation[0] == "AWSGlue.GetJob" else "InvalidInputException"
        return Reply(json.dumps({"__type": kind, "message": "node-1 has no table"}).encode(), status=400)

    runtime.service = answer
    ((kind, told),) = runtime.run("glue_visual_job", request("Create"))
    assert (kind, told["errorType"]) == ("error", "InvalidInputException")
    assert "node-1 has no table" in told["errorMessage"]
