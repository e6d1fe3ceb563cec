"""Before a domain goes: its apps, then its spaces, then its user profiles, which block it one after the other.

https://docs.aws.amazon.com/sagemaker/latest/dg/gs-studio-delete-domain.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import boto3  # type: ignore[import-untyped]

OWNER_TAG = "cdk-ml:studio-storage"
"""Tag of a file system that says whose it is, once its domain is gone."""

_GOING = ("Deleted", "Deleting")
# Neither can be deleted until it is something else.
_UNSETTLED = ("Pending", "Updating")


def step(request: dict[str, Any]) -> dict[str, Any]:
    """Mark the domain's file system, and on deletion delete what is in the domain."""
    properties = request["ResourceProperties"]
    domain_id = properties["DomainId"]
    mark(properties)
    # The resource is the domain's: when the domain is replaced, the old one is taken down.
    if request["RequestType"] != "Delete":
        return {"done": True, "physical_id": domain_id}
    sagemaker = boto3.client("sagemaker")
    for remove in (remove_apps, remove_spaces, remove_profiles):
        left = remove(sagemaker, domain_id)
        if left:
            return {"done": False, "waiting_for": ", ".join(left)}
    return {"done": True, "note": f"nothing is left in {domain_id}"}


def mark(properties: dict[str, Any]) -> None:
    """Say on the file system whose it is: after the domain, nothing else knows."""
    file_system = properties.get("FileSystemId")
    if not file_system:
        return
    efs = boto3.client("efs")
    try:
        efs.tag_resource(ResourceId=file_system, Tags=[{"Key": OWNER_TAG, "Value": properties["Owner"]}])
    except efs.exceptions.FileSystemNotFound:
        print(f"{file_system} is gone")


def remove_apps(sagemaker: Any, domain_id: str) -> list[str]:
    """Delete the apps; those that are still there."""
    found = _all(sagemaker, "list_apps", "Apps", domain_id)
    apps = [app for app in found if app["Status"] != "Deleted"]
    for app in _ready(apps):
        owner = "SpaceName" if app.get("SpaceName") else "UserProfileName"
        which = {"AppType": app["AppType"], "AppName": app["AppName"], owner: app[owner]}
        _delete(sagemaker, "delete_app", DomainId=domain_id, **which)
    return [f"app {app.get('SpaceName') or app.get('UserProfileName')}/{app['AppName']}" for app in apps]


def remove_spaces(sagemaker: Any, domain_id: str) -> list[str]:
    """Delete the spaces; those that are still there."""
    spaces = _all(sagemaker, "list_spaces", "Spaces", domain_id)
    for space in _ready(spaces):
        _delete(sagemaker, "delete_space", DomainId=domain_id, SpaceName=space["SpaceName"])
    return [f"space {space['SpaceName']}" for space in spaces]


def remove_profiles(sagemaker: Any, domain_id: str) -> list[str]:
    """Delete the user profiles; those that are still there."""
    profiles = _all(sagemaker, "list_user_profiles", "UserProfiles", domain_id)
    for profile in _ready(profiles):
        which = {"UserProfileName": profile["UserProfileName"]}
        _delete(sagemaker, "delete_user_profile", DomainId=domain_id, **which)
    return [f"user profile {profile['UserProfileName']}" for profile in profiles]


def _all(sagemaker: Any, operation: str, key: str, domain_id: str) -> list[dict[str, Any]]:
    pages = sagemaker.get_paginator(operation).paginate(DomainIdEquals=domain_id)
    return [item for page in pages for item in page[key]]


def _ready(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for item in items if item["Status"] not in (*_GOING, *_UNSETTLED)]


def _delete(sagemaker: Any, operation: str, **which: str) -> None:
    """Ask for a deletion. What is gone is gone, and what is in use is asked for again at the next step."""
    try:
        getattr(sagemaker, operation)(**which)
    except (sagemaker.exceptions.ResourceNotFound, sagemaker.exceptions.ResourceInUse) as error:
        print(f"{which}: {error}")
