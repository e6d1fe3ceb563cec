"""An endpoint goes with its stack, after whoever was changing it, and takes what was made for it along."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.runtime import Runtime

Load = Callable[..., ModuleType]
Services = Callable[[str], Stubber]
MACHINE = "arn:aws:states:us-east-1:111111111111:stateMachine:deploy"
NOT_THERE = 'Could not find endpoint "arn:aws:sagemaker:us-east-1:111111111111:endpoint/churn".'


@pytest.fixture
def handler(load: Load) -> ModuleType:
    return load("endpoint_teardown")


def request(type_: str) -> dict[str, Any]:
    properties = {"EndpointName": "churn", "NamePrefix": "churn-1a2b", "StateMachineArn": MACHINE}
    return {"RequestType": type_, "ResourceProperties": properties}


def running(services: Services, *executions: str) -> None:
    """Who is deploying; each is stopped."""
    found = [
        {"executionArn": arn, "stateMachineArn": MACHINE, "name": arn, "status": "RUNNING", "startDate": 0}
        for arn in executions
    ]
    asked = {"stateMachineArn": MACHINE, "statusFilter": "RUNNING"}
    states = services("stepfunctions")
    states.add_response("list_executions", {"executions": found}, asked)
    for arn in executions:
        states.add_response("stop_execution", {"stopDate": 0}, {"executionArn": arn, "cause": "Its stack is deleted"})


def endpoint(services: Services, status: str) -> None:
    answer = {
        "EndpointName": "churn",
        "EndpointArn": "arn:aws:sagemaker:us-east-1:111111111111:endpoint/churn",
        "EndpointStatus": status,
        "CreationTime": 0,
        "LastModifiedTime": 0,
    }
    services("sagemaker").add_response("describe_endpoint", answer, {"EndpointName": "churn"})


def gone(services: Services, configs: list[str], models: list[str]) -> None:
    """There is no endpoint any more, and these are left of it."""
    sagemaker = services("sagemaker")
    sagemaker.add_client_error("describe_endpoint", "ValidationException", NOT_THERE)
    asked = {"NameContains": "churn-1a2b-"}
    for kind, operation, names in (
        ("EndpointConfig", "endpoint_config", configs),
        ("Model", "model", models),
    ):
        made = [{f"{kind}Name": name, f"{kind}Arn": f"arn:aws:sagemaker:{name}", "CreationTime": 0} for name in names]
        sagemaker.add_response(f"list_{operation}s", {f"{kind}s": made}, asked)
        for name in names:
            if name.startswith("churn-1a2b-"):
                sagemaker.add_response(f"delete_{operation}", {}, {f"{kind}Name": name})


@pytest.mark.parametrize("type_", ["Create", "Update"])
def test_nothing_is_done_while_the_stack_is_there(handler: ModuleType, type_: str) -> None:
    assert handler.handler(request(type_), None) == {"done": True, "physical_id": "churn"}


def test_who_is_deploying_is_stopped_and_the_endpoint_is_deleted(handler: ModuleType, services: Services) -> None:
    running(services, "arn:aws:states:us-east-1:111111111111:execution:deploy:one")
    endpoint(services, "InService")
    services("sagemaker").add_response("delete_endpoint", {}, {"EndpointName": "churn"})
    answer = handler.handler(request("Delete"), None)
    assert answer == {"done": False, "waiting_for": "endpoint churn, which is InService"}


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"])
def test_an_endpoint_that_is_changing_is_waited_for(handler: ModuleType, services: Services, status: str) -> None:
    running(services)
    endpoint(services, status)
    assert handler.handler(request("Delete"), None)["waiting_for"] == f"endpoint churn, which is {status}"


def test_what_was_made_for_it_goes_after_it_and_what_others_made_stays(handler: ModuleType, services: Services) -> None:
    running(services)
    gone(services, ["churn-1a2b-7-0123456789ab"], ["churn-1a2b-7-0123456789ab", "not-churn-1a2b-1"])
    answer = handler.handler(request("Delete"), None)
    assert answer == {"done": True, "note": "nothing is left of churn", "physical_id": "churn"}


def test_a_stack_that_never_deployed_goes_at_once(handler: ModuleType, services: Services) -> None:
    services("stepfunctions").add_client_error("list_executions", "StateMachineDoesNotExist")
    gone(services, [], [])
    assert handler.handler(request("Delete"), None)["done"]


def test_what_cannot_be_looked_at_is_an_error(handler: ModuleType, services: Services) -> None:
    running(services)
    services("sagemaker").add_client_error("describe_endpoint", "ThrottlingException", "Rate exceeded")
    with pytest.raises(Exception, match="Rate exceeded"):
        handler.handler(request("Delete"), None)


def test_it_runs_under_lambdas_own_client(runtime: Runtime) -> None:
    assert runtime.run("endpoint_teardown", request("Create")) == [("response", {"done": True, "physical_id": "churn"})]
