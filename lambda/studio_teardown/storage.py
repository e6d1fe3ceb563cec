"""After a domain is gone: the mount targets, the security groups and, where data may be deleted, the file system.

CloudFormation deletes a domain and leaves these, so that the network cannot go. A file system without mount targets
holds nothing up and keeps its data.

https://docs.aws.amazon.com/sagemaker/latest/dg/gs-studio-delete-domain.html
"""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]
from apps import OWNER_TAG

MAKER_TAG = "ManagedByAmazonSageMakerResource"
"""Tag with which SageMaker says for which domain it made something; its value is the domain's ARN."""


FIXED = ("AuthMode", "KmsKeyId")
"""Properties of a domain for which CloudFormation replaces it."""


class RefusedError(Exception):
    """What is asked for would lose data. It is not tried again."""


def step(request: dict[str, Any]) -> dict[str, Any]:
    """Refuse an update that would replace the domain, and on deletion take away what the domain left."""
    properties = request["ResourceProperties"]
    if request["RequestType"] != "Delete":
        if replaces(properties, request.get("OldResourceProperties", properties)):
            refuse_replacement(properties)
        return {"done": True}
    kept = []
    for file_system in owned(properties["Owner"]):
        domain_id = maker(file_system)
        if domain_id and exists(domain_id):
            kept.append(f"{file_system['FileSystemId']} of {domain_id}, which still exists")
            continue
        waiting_for = release(file_system["FileSystemId"], domain_id, properties["VpcId"])
        if waiting_for:
            return {"done": False, "waiting_for": waiting_for}
        if properties["DeleteData"] == "true":
            delete(file_system["FileSystemId"])
        else:
            kept.append(f"{file_system['FileSystemId']} with the users' files")
    return {"done": True, "note": f"kept {', '.join(kept)}" if kept else "nothing is left"}


def replaces(new: dict[str, Any], old: dict[str, Any]) -> bool:
    """Whether an update changes what cannot be changed in a domain."""
    return any(new[name] != old.get(name) for name in FIXED)


def refuse_replacement(properties: dict[str, Any]) -> None:
    """Raise when the domain of this name would be replaced, which takes every user's home and spaces away.

    The domain as it is decides, not the template before: a rollback asks for what is there already.
    """
    sagemaker = boto3.client("sagemaker")
    pages = sagemaker.get_paginator("list_domains").paginate()
    found = [domain for page in pages for domain in page["Domains"] if domain["DomainName"] == properties["DomainName"]]
    for domain in found:
        is_ = sagemaker.describe_domain(DomainId=domain["DomainId"])
        for name in FIXED:
            old, new = is_.get(name, ""), properties[name]
            # A key is given by its ARN or by its id.
            if old.rsplit("/", 1)[-1] != new.rsplit("/", 1)[-1]:
                raise RefusedError(
                    f"{name} of {domain['DomainId']} is {old} and cannot become {new}: the domain would be replaced, "
                    "and homes and spaces of its users lost. Make a second StudioDomain and move them."
                )


def owned(owner: str) -> list[dict[str, Any]]:
    """The file systems that :func:`apps.mark` marked for this owner."""
    pages = boto3.client("efs").get_paginator("describe_file_systems").paginate()
    return [
        file_system
        for page in pages
        for file_system in page["FileSystems"]
        if {"Key": OWNER_TAG, "Value": owner} in file_system.get("Tags", ())
        and file_system["LifeCycleState"] not in ("deleting", "deleted")
    ]


def maker(file_system: dict[str, Any]) -> str:
    """Id of the domain that a file system was made for."""
    values = [tag["Value"] for tag in file_system["Tags"] if tag["Key"] == MAKER_TAG]
    return values[0].rsplit("/", 1)[-1] if values else ""


def exists(domain_id: str) -> bool:
    """Whether a domain is there."""
    sagemaker = boto3.client("sagemaker")
    try:
        sagemaker.describe_domain(DomainId=domain_id)
    except sagemaker.exceptions.ResourceNotFound:
        return False
    return True


def release(file_system_id: str, domain_id: str, vpc_id: str) -> str:
    """Give the network back: what is waited for, or nothing."""
    efs = boto3.client("efs")
    pages = efs.get_paginator("describe_mount_targets").paginate(FileSystemId=file_system_id)
    targets = [target for page in pages for target in page["MountTargets"]]
    for target in targets:
        if target["LifeCycleState"] not in ("deleting", "deleted"):
            try:
                efs.delete_mount_target(MountTargetId=target["MountTargetId"])
            except efs.exceptions.MountTargetNotFound:
                print(f"{target['MountTargetId']} is gone")
    if targets:
        return f"mount targets {', '.join(target['MountTargetId'] for target in targets)}"
    in_use = [group for group in groups(domain_id, vpc_id) if not removed(group)] if domain_id else []
    return f"security groups {', '.join(in_use)}, which are still in use" if in_use else ""


def groups(domain_id: str, vpc_id: str) -> list[str]:
    """The security groups that SageMaker made for a domain, without rules: theirs name one another."""
    ec2 = boto3.client("ec2")
    names = [f"security-group-for-{way}-nfs-{domain_id}" for way in ("inbound", "outbound")]
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": names}]
    found = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    for group in found:
        if group["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
        if group["IpPermissionsEgress"]:
            ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
    return [group["GroupId"] for group in found]


def removed(group_id: str) -> bool:
    """Delete a group; not while a network interface, which SageMaker releases late, is in it."""
    ec2 = boto3.client("ec2")
    try:
        ec2.delete_security_group(GroupId=group_id)
    except ec2.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "InvalidGroup.NotFound":
            return True
        if code == "DependencyViolation":
            return False
        raise
    return True


def delete(file_system_id: str) -> None:
    """Delete a file system with everything in it."""
    efs = boto3.client("efs")
    try:
        efs.delete_file_system(FileSystemId=file_system_id)
    except efs.exceptions.FileSystemNotFound:
        print(f"{file_system_id} is gone")
