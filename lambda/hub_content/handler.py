"""Keeps the references of a private hub to models of SageMaker's public hub as a template lists them.

https://docs.aws.amazon.com/sagemaker/latest/dg/jumpstart-curated-hubs-admin-guide-add-models.html
"""

from __future__ import annotations

import json
from typing import Any

import boto3  # type: ignore[import-untyped]

_REFERENCE = "ModelReference"
_FAILED = ("ImportFailed", "DeleteFailed")


class RefusedError(Exception):
    """A model cannot be referenced. It is not tried again."""


def handler(request: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take one step: add what is missing, remove what is too much, and see whether all is there."""
    properties = request["ResourceProperties"]
    hub = properties["HubName"]
    wanted = {} if request["RequestType"] == "Delete" else wanted_of(properties)
    sagemaker = boto3.client("sagemaker")
    try:
        found = {content["HubContentName"]: content for content in contents(sagemaker, hub)}
    except sagemaker.exceptions.ResourceNotFound:
        return {"done": True}
    for name, content in found.items():
        if content["HubContentStatus"] in _FAILED and name in wanted:
            raise RefusedError(f"{name}: {content['HubContentStatus']}")
    ours = {*wanted_of(request.get("OldResourceProperties", {})), *wanted_of(properties)}
    # A hub with content cannot be deleted, whoever put it there.
    extra = [name for name in found if name not in wanted and (name in ours or request["RequestType"] == "Delete")]
    for name in extra:
        remove(sagemaker, hub, name)
    missing = [name for name in wanted if name not in found or older(found[name], wanted[name])]
    for name in missing:
        add(sagemaker, hub, properties["PublicHub"], name, wanted[name])
    waiting = [*extra, *missing, *(n for n in wanted if n in found and found[n]["HubContentStatus"] != "Available")]
    if waiting:
        return {"done": False, "waiting_for": f"models {', '.join(waiting)}"}
    return {"done": True}


def wanted_of(properties: dict[str, str]) -> dict[str, str]:
    """Names and least versions of models; an empty version is any."""
    models: dict[str, str] = json.loads(properties.get("Models", "{}"))
    return models


def contents(sagemaker: Any, hub: str) -> list[dict[str, Any]]:
    """The references in a hub."""
    found: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        page = sagemaker.list_hub_contents(HubName=hub, HubContentType=_REFERENCE, **more)
        found += page["HubContentSummaries"]
        if not page.get("NextToken"):
            return found
        more = {"NextToken": page["NextToken"]}


def older(content: dict[str, Any], wanted: str) -> bool:
    """Whether a reference is to another least version than the one that is wanted."""
    return bool(wanted) and "HubContentVersion" in content and _version(content["HubContentVersion"]) < _version(wanted)


def add(sagemaker: Any, hub: str, public_hub: str, name: str, version: str) -> None:
    """Reference a model, or move an existing reference to another version."""
    least = {"MinVersion": version} if version else {}
    try:
        sagemaker.create_hub_content_reference(
            HubName=hub, SageMakerPublicHubContentArn=f"{public_hub}/Model/{name}", HubContentName=name, **least
        )
    except sagemaker.exceptions.ResourceInUse:
        if least:
            sagemaker.update_hub_content_reference(HubName=hub, HubContentName=name, HubContentType=_REFERENCE, **least)
    except sagemaker.exceptions.ResourceNotFound as error:
        raise RefusedError(f"SageMaker's public hub has no model {name}: {error}") from error


def remove(sagemaker: Any, hub: str, name: str) -> None:
    """Take a reference out of the hub."""
    try:
        sagemaker.delete_hub_content_reference(HubName=hub, HubContentType=_REFERENCE, HubContentName=name)
    except sagemaker.exceptions.ResourceNotFound:
        print(f"{name} is gone")


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
