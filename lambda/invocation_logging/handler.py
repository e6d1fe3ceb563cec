"""Keeps the one setting that an account has, in a region, for the logging of what is asked of Bedrock's models.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_PutModelInvocationLoggingConfiguration.html
"""

from __future__ import annotations

import json
from typing import Any

import boto3  # type: ignore[import-untyped]


class RefusedError(Exception):
    """The setting is somebody else's. It is not tried again."""


def handler(request: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take one step: look whose the setting is, and act only then."""
    bedrock = boto3.client("bedrock")
    found = bedrock.get_model_invocation_logging_configuration().get("loggingConfig") or {}
    wanted = wanted_of(request["ResourceProperties"])
    if request["RequestType"] == "Delete":
        return removed(bedrock, found, wanted)
    if agrees(found, wanted):
        return {"done": True}
    before = request.get("OldResourceProperties")
    ours = before is not None and agrees(found, wanted_of(before))
    if found and not ours and request["ResourceProperties"]["ReplacesOther"] != "true":
        where = json.dumps({name: found[name] for name in ("cloudWatchConfig", "s3Config") if name in found})
        raise RefusedError(
            f"this account already logs invocations in this region, and has one setting for that: {where}. "
            "Say replaces_other=True to overwrite it, or leave InvocationLogging out."
        )
    try:
        bedrock.put_model_invocation_logging_configuration(loggingConfig=wanted)
    except bedrock.exceptions.ValidationException as error:
        # Bedrock tries role and bucket; a new policy takes a while to be known everywhere.
        return {"done": False, "waiting_for": f"Bedrock to be let write: {error}"}
    return {"done": True}


def removed(bedrock: Any, found: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """Remove the setting if it is still ours: a deployment that was refused, or a successor, has another one."""
    if not agrees(found, ours):
        return {"done": True, "note": "the setting is not of this stack and stays" if found else ""}
    bedrock.delete_model_invocation_logging_configuration()
    return {"done": True}


def wanted_of(properties: dict[str, str]) -> dict[str, Any]:
    """The setting that a template asks for."""
    bucket = {"bucketName": properties["BucketName"], "keyPrefix": properties["KeyPrefix"]}
    return {
        "cloudWatchConfig": {
            "logGroupName": properties["LogGroupName"],
            "roleArn": properties["RoleArn"],
            "largeDataDeliveryS3Config": bucket,
        },
        "s3Config": bucket,
        **json.loads(properties["Data"]),
    }


def agrees(found: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether a setting has all that is wanted; what else Bedrock adds to it does not count."""
    return bool(found) and all(
        agrees(found.get(name) or {}, value) if isinstance(value, dict) else found.get(name) == value
        for name, value in wanted.items()
    )
