"""Tells a Studio domain about Canvas, which CloudFormation cannot, and waits until the domain has understood.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CanvasAppSettings.html
"""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]

_BUSY = ("Pending", "Updating")
_GONE = ("Deleting",)


def handler(request: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take one step: update the domain, or see whether it is updated."""
    properties = request["ResourceProperties"]
    domain_id = properties["DomainId"]
    done = {"done": True, "physical_id": f"canvas-of-{domain_id}"}
    sagemaker = boto3.client("sagemaker")
    try:
        domain = sagemaker.describe_domain(DomainId=domain_id)
    except sagemaker.exceptions.ResourceNotFound:
        return done
    if domain["Status"] in _GONE:
        return done
    if domain["Status"] in _BUSY:
        return {"done": False, "waiting_for": f"domain {domain_id}, which is {domain['Status']}"}
    wanted = off() if request["RequestType"] == "Delete" else settings(properties)
    if contains(domain["DefaultUserSettings"].get("CanvasAppSettings", {}), wanted):
        return done
    sagemaker.update_domain(DomainId=domain_id, DefaultUserSettings={"CanvasAppSettings": wanted})
    failure = f"; the last one failed: {domain['FailureReason']}" if domain.get("FailureReason") else ""
    return {"done": False, "waiting_for": f"the update of domain {domain_id}{failure}"}


def settings(properties: dict[str, str]) -> dict[str, Any]:
    """What the domain is to know about Canvas."""
    return {
        "WorkspaceSettings": {
            "S3ArtifactPath": properties["S3ArtifactPath"],
            "S3KmsKeyId": properties["S3KmsKeyId"],
        },
        "ModelRegisterSettings": {"Status": properties["ModelRegister"]},
        "DirectDeploySettings": {"Status": properties["DirectDeploy"]},
        "TimeSeriesForecastingSettings": {"Status": "DISABLED"},
    }


def off() -> dict[str, Any]:
    """What it knows when Canvas is no longer asked for. Where artifacts were stays: users still have them."""
    names = ("ModelRegisterSettings", "DirectDeploySettings", "TimeSeriesForecastingSettings")
    return {name: {"Status": "DISABLED"} for name in names}


def contains(found: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether the domain knows already; what it knows besides does not matter."""
    return all(value.items() <= found.get(name, {}).items() for name, value in wanted.items())
