"""Model units: bought once, changed in place where that goes, given back, and refused while they are committed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.runtime import Reply, Request, Runtime

Load = Callable[..., ModuleType]
Services = Callable[[str], Stubber]
ARN = "arn:aws:bedrock:us-east-1:111111111111:provisioned-model/abcdefghij12"
CUSTOM = "arn:aws:bedrock:us-east-1:111111111111:custom-model/amazon.nova-lite-v1:0/abcdefghij1{}"
BASE = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"
FUTURE = datetime.now(UTC) + timedelta(days=20)
LIST, DELETE = "list_provisioned_model_throughputs", "delete_provisioned_model_throughput"
WAITING = {"done": False, "waiting_for": "model units Units-1"}
DONE = {"done": True, "physical_id": "Units-1", "data": {"ProvisionedModelArn": ARN}}


@pytest.fixture
def handler(load: Load) -> ModuleType:
    return load("provisioned_throughput")


def properties(name: str = "Units-1", model: str = BASE, term: str = "") -> dict[str, str]:
    tags = json.dumps({"project": "support"})
    return {"Name": name, "ModelArn": model, "ModelUnits": "2", "Commitment": term, "Tags": tags}


def request(type_: str, asked: dict[str, str] | None = None, **others: Any) -> dict[str, Any]:
    given = properties() if asked is None else asked
    return {"RequestType": type_, "RequestId": "request-1", "ResourceProperties": given, **others}


def units(name: str = "Units-1", status: str = "InService", model: str = BASE, **others: Any) -> dict[str, Any]:
    return {
        "provisionedModelName": name,
        "provisionedModelArn": ARN,
        "modelArn": model,
        "desiredModelArn": model,
        "foundationModelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
        "modelUnits": 2,
        "desiredModelUnits": 2,
        "status": status,
        "creationTime": datetime.now(UTC),
        "lastModifiedTime": datetime.now(UTC),
        **others,
    }


def found(services: Services, *listed: dict[str, Any], name: str = "Units-1") -> None:
    services("bedrock").add_response(LIST, {"provisionedModelSummaries": [*listed]}, {"nameContains": name})


def bought(services: Services, **term: str) -> None:
    asked = {
        "clientRequestToken": "request-1",
        "provisionedModelName": "Units-1",
        "modelId": BASE,
        "modelUnits": 2,
        "tags": [{"key": "project", "value": "support"}],
        **term,
    }
    answer = {"provisionedModelArn": ARN}
    services("bedrock").add_response("create_provisioned_model_throughput", answer, asked)


@pytest.mark.parametrize(("term", "asked"), [("", {}), ("OneMonth", {"commitmentDuration": "OneMonth"})])
def test_units_are_bought_and_waited_for(
    handler: ModuleType, services: Services, term: str, asked: dict[str, str]
) -> None:
    event = request("Create", properties(term=term))
    found(services, units("Units-11"))
    bought(services, **asked)
    assert handler.handler(event, None) == WAITING
    found(services, units(status="Creating"))
    assert handler.handler(event, None) == WAITING
    found(services, units())
    assert handler.handler(event, None) == DONE


def test_units_are_found_on_a_later_page(handler: ModuleType, services: Services) -> None:
    first = {"provisionedModelSummaries": [], "nextToken": "more"}
    services("bedrock").add_response(LIST, first, {"nameContains": "Units-1"})
    second = {"provisionedModelSummaries": [units()]}
    services("bedrock").add_response(LIST, second, {"nameContains": "Units-1", "nextToken": "more"})
    assert handler.handler(request("Create"), None) == DONE


@pytest.mark.parametrize("code", ["ValidationException", "ServiceQuotaExceededException"])
def test_units_that_bedrock_does_not_sell_are_refused(handler: ModuleType, services: Services, code: str) -> None:
    found(services)
    services("bedrock").add_client_error("create_provisioned_model_throughput", code, "no quota")
    with pytest.raises(handler.RefusedError, match=r"sells no such units: .*no quota"):
        handler.handler(request("Create"), None)


def test_units_that_failed_are_refused_with_the_reason(handler: ModuleType, services: Services) -> None:
    found(services, units(status="Failed"))
    got = {**units(status="Failed"), "failureMessage": "no capacity"}
    got.pop("provisionedModelName")
    answer = {**got, "provisionedModelName": "Units-1"}
    services("bedrock").add_response("get_provisioned_model_throughput", answer, {"provisionedModelId": ARN})
    with pytest.raises(handler.RefusedError, match="Units-1 failed: no capacity"):
        handler.handler(request("Create"), None)


def test_another_custom_model_takes_the_units_over(handler: ModuleType, services: Services) -> None:
    old, new = CUSTOM.format(1), CUSTOM.format(2)
    before = properties(model=old)
    event = request("Update", properties(model=new), OldResourceProperties=before, PhysicalResourceId="Units-1")
    found(services, units(model=old))
    asked = {"provisionedModelId": ARN, "desiredModelId": new}
    services("bedrock").add_response("update_provisioned_model_throughput", {}, asked)
    assert handler.handler(event, None) == WAITING
    found(services, units(model=old, status="Updating", desiredModelArn=new))
    assert handler.handler(event, None) == WAITING
    found(services, units(model=new))
    assert handler.handler(event, None) == DONE


def test_other_units_are_bought_before_the_old_ones_go(handler: ModuleType, services: Services) -> None:
    event = request("Update", OldResourceProperties=properties("Units-0"), PhysicalResourceId="Units-0")
    found(services)
    found(services, units("Units-0"), name="Units-0")
    bought(services)
    assert handler.handler(event, None) == WAITING
    found(services, units())
    assert handler.handler(event, None) == DONE


def test_committed_units_are_not_replaced(handler: ModuleType, services: Services) -> None:
    event = request("Update", OldResourceProperties=properties("Units-0"), PhysicalResourceId="Units-0")
    found(services)
    found(services, units("Units-0", commitmentExpirationTime=FUTURE), name="Units-0")
    with pytest.raises(handler.RefusedError, match=rf"Units-0 is committed until {FUTURE:%Y-%m-%d}.*be replaced"):
        handler.handler(event, None)


def test_an_update_that_is_undone_gives_back_what_it_bought(handler: ModuleType, services: Services) -> None:
    event = request("Update", OldResourceProperties=properties("Units-2"), PhysicalResourceId="Units-1")
    found(services, units())
    found(services, units("Units-2"), name="Units-2")
    services("bedrock").add_response(DELETE, {}, {"provisionedModelId": ARN})
    assert handler.handler(event, None) == {"done": False, "waiting_for": "model units Units-2"}
    found(services, units())
    found(services, name="Units-2")
    assert handler.handler(event, None) == DONE


def test_units_are_given_back_and_seen_to_be_gone(handler: ModuleType, services: Services) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    found(services, units(commitmentExpirationTime=past))
    services("bedrock").add_response(DELETE, {}, {"provisionedModelId": ARN})
    assert handler.handler(request("Delete"), None) == WAITING
    found(services)
    assert handler.handler(request("Delete"), None) == {"done": True}


def test_committed_units_are_not_given_back(handler: ModuleType, services: Services) -> None:
    found(services, units(commitmentExpirationTime=FUTURE))
    with pytest.raises(handler.RefusedError, match=r"cannot be deleted before; it is billed until then"):
        handler.handler(request("Delete"), None)


def test_units_that_go_at_the_same_moment_are_gone(handler: ModuleType, services: Services) -> None:
    found(services, units())
    services("bedrock").add_client_error(DELETE, "ResourceNotFoundException")
    assert handler.handler(request("Delete"), None) == {"done": True}


def test_units_that_are_being_made_are_given_back_later(handler: ModuleType, services: Services) -> None:
    found(services, units(status="Creating"))
    services("bedrock").add_client_error(DELETE, "ConflictException")
    assert handler.handler(request("Delete"), None) == WAITING


def test_it_runs_under_lambdas_own_runtime(runtime: Runtime) -> None:
    def bedrock(asked: Request) -> Reply:
        listed: dict[str, Any] = {"provisionedModelSummaries": []}
        return Reply(json.dumps(listed if asked.method == "GET" else {"provisionedModelArn": ARN}).encode())

    runtime.service = bedrock
    answers = runtime.run("provisioned_throughput", request("Create"), AWS_DEFAULT_REGION="us-east-1")
    assert answers == [("response", WAITING)]
    assert [asked.method for asked in runtime.requests] == ["GET", "POST"]
    asked = json.loads(runtime.requests[1].body)
    assert (asked["provisionedModelName"], asked["modelUnits"]) == ("Units-1", 2)


def test_an_event_that_is_none_is_an_error_that_lambda_sees(runtime: Runtime) -> None:
    ((kind, answer),) = runtime.run("provisioned_throughput", {"nothing": True}, AWS_DEFAULT_REGION="us-east-1")
    assert (kind, answer["errorType"]) == ("error", "KeyError")
