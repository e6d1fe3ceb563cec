"""CloudFormation's handlers of Studio's resource types, for an emulator that has none: a function makes what they make.

As SageMaker does, a domain brings a file system, mount targets and two security groups, and leaves them when it goes.
"""

from __future__ import annotations

import json
import urllib.request

import boto3


def handler(event, _context):
    """Create or delete a domain, a user profile or a space, and answer CloudFormation."""
    properties = event["ResourceProperties"]
    body = {
        "Status": "SUCCESS",
        "PhysicalResourceId": event.get("PhysicalResourceId", "none"),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    try:
        if event["RequestType"] == "Create":
            body["PhysicalResourceId"], body["Data"] = create(properties)
        elif event["RequestType"] == "Delete":
            delete(properties, event["PhysicalResourceId"])
    except Exception as error:
        body |= {"Status": "FAILED", "Reason": f"{type(error).__name__}: {error}"}
    answer = urllib.request.Request(event["ResponseURL"], data=json.dumps(body).encode(), method="PUT")
    urllib.request.urlopen(answer)


def create(properties):
    """Make it; its physical id and its attributes."""
    sagemaker = boto3.client("sagemaker")
    if properties["Type"] == "AWS::SageMaker::UserProfile":
        name = properties["UserProfileName"]
        sagemaker.create_user_profile(DomainId=properties["DomainId"], UserProfileName=name)
        return name, {}
    if properties["Type"] == "AWS::SageMaker::Space":
        owner = {"OwnerUserProfileName": properties["OwnershipSettings"]["OwnerUserProfileName"]}
        name = properties["SpaceName"]
        sagemaker.create_space(DomainId=properties["DomainId"], SpaceName=name, OwnershipSettings=owner)
        return name, {}
    arn = sagemaker.create_domain(
        DomainName=properties["DomainName"],
        AuthMode=properties["AuthMode"],
        KmsKeyId=properties["KmsKeyId"],
        DefaultUserSettings={},
    )["DomainArn"]
    domain_id = arn.rpartition("/")[2]
    return domain_id, {"DomainId": domain_id, "DomainArn": arn, "HomeEfsFileSystemId": home(arn, domain_id, properties)}


def home(arn, domain_id, properties):
    """The file system of a domain, in its network."""
    made = [{"Key": "ManagedByAmazonSageMakerResource", "Value": arn}]
    efs, ec2 = boto3.client("efs"), boto3.client("ec2")
    groups = {
        way: ec2.create_security_group(
            GroupName=f"security-group-for-{way}-nfs-{domain_id}",
            Description="[DO NOT DELETE]",
            VpcId=properties["VpcId"],
            TagSpecifications=[{"ResourceType": "security-group", "Tags": made}],
        )["GroupId"]
        for way in ("inbound", "outbound")
    }
    for way, other in (("inbound", "outbound"), ("outbound", "inbound")):
        permission = {"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049}
        permission["UserIdGroupPairs"] = [{"GroupId": groups[other]}]
        allow = ec2.authorize_security_group_ingress if way == "inbound" else ec2.authorize_security_group_egress
        allow(GroupId=groups[way], IpPermissions=[permission])
    file_system = efs.create_file_system(CreationToken=domain_id, Tags=made)["FileSystemId"]
    for subnet in properties["SubnetIds"]:
        efs.create_mount_target(FileSystemId=file_system, SubnetId=subnet, SecurityGroups=[groups["inbound"]])
    return file_system


def delete(properties, physical_id):
    """Delete it. What is gone already is no failure, as CloudFormation's contract has it."""
    sagemaker = boto3.client("sagemaker")
    try:
        if properties["Type"] == "AWS::SageMaker::UserProfile":
            sagemaker.delete_user_profile(DomainId=properties["DomainId"], UserProfileName=physical_id)
        elif properties["Type"] == "AWS::SageMaker::Space":
            sagemaker.delete_space(DomainId=properties["DomainId"], SpaceName=physical_id)
        else:
            sagemaker.delete_domain(DomainId=physical_id)
    except sagemaker.exceptions.ResourceNotFound:
        pass
