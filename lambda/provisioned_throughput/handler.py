"""Buys, changes and gives back model units of Bedrock as a template says.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateProvisionedModelThroughput.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import boto3  # type: ignore[import-untyped]

CUSTOM = ":custom-model/"
"""What tells the ARN of a custom model: units of one can be given to another."""


class RefusedError(Exception):
    """What is asked for cannot be done. It is not tried again."""


def handler(request: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take one step: look for the units by their name, and buy, change or delete what is not as it should be."""
    bedrock = boto3.client("bedrock")
    properties = request["ResourceProperties"]
    name = properties["Name"]
    if request["RequestType"] == "Delete":
        return delete(bedrock, name)
    before = (request.get("OldResourceProperties") or properties)["Name"]
    units = find(bedrock, name)
    if units is None:
        # What is replaced has to be given back afterwards. To come back to units that are there needs nothing.
        refuse_committed(find(bedrock, before) if before != name else None, "replaced")
        buy(bedrock, request["RequestId"], properties)
        return waiting(name)
    if units["status"] == "Failed":
        got = bedrock.get_provisioned_model_throughput(provisionedModelId=units["provisionedModelArn"])
        raise RefusedError(f"{name} failed: {got.get('failureMessage', 'Bedrock does not say why')}")
    if units["status"] != "InService":
        return waiting(name)
    if CUSTOM in properties["ModelArn"] and units["desiredModelArn"] != properties["ModelArn"]:
        bedrock.update_provisioned_model_throughput(
            provisionedModelId=units["provisionedModelArn"], desiredModelId=properties["ModelArn"]
        )
        return waiting(name)
    if before != name and request["PhysicalResourceId"] == name:
        # The update that is undone did not come to an end, so that CloudFormation does not know what it bought.
        given_back = delete(bedrock, before)
        if not given_back["done"]:
            return given_back
    return {"done": True, "physical_id": name, "data": {"ProvisionedModelArn": units["provisionedModelArn"]}}


def waiting(name: str) -> dict[str, Any]:
    """To be called again."""
    return {"done": False, "waiting_for": f"model units {name}"}


def buy(bedrock: Any, token: str, properties: dict[str, str]) -> None:
    """Ask for units. The same request again, which Bedrock knows by its token, buys none."""
    term = {"commitmentDuration": properties["Commitment"]} if properties["Commitment"] else {}
    try:
        bedrock.create_provisioned_model_throughput(
            clientRequestToken=token,
            provisionedModelName=properties["Name"],
            modelId=properties["ModelArn"],
            modelUnits=int(properties["ModelUnits"]),
            tags=[{"key": key, "value": value} for key, value in json.loads(properties["Tags"]).items()],
            **term,
        )
    except (bedrock.exceptions.ValidationException, bedrock.exceptions.ServiceQuotaExceededException) as error:
        raise RefusedError(f"Bedrock sells no such units: {error}") from error


def delete(bedrock: Any, name: str) -> dict[str, Any]:
    """Give units back, and see that they are gone."""
    units = find(bedrock, name)
    if units is None:
        return {"done": True}
    refuse_committed(units, "deleted")
    try:
        bedrock.delete_provisioned_model_throughput(provisionedModelId=units["provisionedModelArn"])
    except bedrock.exceptions.ResourceNotFoundException:
        return {"done": True}
    except bedrock.exceptions.ConflictException as error:
        print(json.dumps({"message": "not yet", "units": name, "why": str(error)}))
    return waiting(name)


def refuse_committed(units: dict[str, Any] | None, what: str) -> None:
    """Say until when units cannot be given back."""
    until = units.get("commitmentExpirationTime") if units else None
    if units is not None and until is not None and until > datetime.now(UTC):
        name, day = units["provisionedModelName"], f"{until:%Y-%m-%d %H:%M} UTC"
        raise RefusedError(
            f"{name} is committed until {day} and cannot be {what} before; it is billed until then, and on if it "
            "stays. Keep it in the stack, or retain the resource and delete the units by hand after the term."
        )


def find(bedrock: Any, name: str) -> dict[str, Any] | None:
    """The units of that name, or nothing."""
    more: dict[str, str] = {}
    while True:
        page = bedrock.list_provisioned_model_throughputs(nameContains=name, **more)
        for units in page["provisionedModelSummaries"]:
            if units["provisionedModelName"] == name:
                found: dict[str, Any] = units
                return found
        if not page.get("nextToken"):
            return None
        more = {"nextToken": page["nextToken"]}
