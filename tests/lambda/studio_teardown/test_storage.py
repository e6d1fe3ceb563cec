"""What a domain leaves goes, with the data or without; what belongs to somebody else stays."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

Load = Callable[..., ModuleType]
Services = Callable[[str], Stubber]
OWNER = "51af3dc0/churn"
KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
PROPERTIES = {
    "DomainName": "churn",
    "AuthMode": "IAM",
    "KmsKeyId": KEY,
    "Owner": OWNER,
    "DeleteData": "true",
    "VpcId": "vpc-1",
}
NAMES = ["security-group-for-inbound-nfs-d-1", "security-group-for-outbound-nfs-d-1"]
PERMISSION = {"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049}


@pytest.fixture
def handler(load: Load) -> ModuleType:
    return load("studio_teardown")


def request(type_: str, **properties: str) -> dict[str, Any]:
    given = {**PROPERTIES, **properties}
    return {"RequestType": type_, "ResourceType": "Custom::StudioStorage", "ResourceProperties": given}


def file_system(**fields: Any) -> dict[str, Any]:
    made = {"Key": "ManagedByAmazonSageMakerResource", "Value": "arn:aws:sagemaker:us-east-1:111111111111:domain/d-1"}
    return {
        "OwnerId": "111111111111",
        "CreationToken": "token",
        "FileSystemId": "fs-12345678",
        "CreationTime": 0,
        "LifeCycleState": "available",
        "NumberOfMountTargets": 0,
        "SizeInBytes": {"Value": 0},
        "PerformanceMode": "generalPurpose",
        "Tags": [made, {"Key": "cdk-ml:studio-storage", "Value": OWNER}],
        **fields,
    }


def mount_target(state: str) -> dict[str, Any]:
    ids = {"MountTargetId": "fsmt-12345678", "FileSystemId": "fs-12345678", "SubnetId": "subnet-12345678"}
    return {**ids, "LifeCycleState": state}


def found(services: Services, *systems: dict[str, Any], domain: bool = False) -> None:
    """The file systems of the account, and whether their domain is still there."""
    services("efs").add_response("describe_file_systems", {"FileSystems": [*systems]})
    if systems and domain:
        services("sagemaker").add_response("describe_domain", {"DomainId": "d-1"}, {"DomainId": "d-1"})
    elif systems:
        services("sagemaker").add_client_error("describe_domain", "ResourceNotFound")


def targets(services: Services, *states: str) -> None:
    answer = {"MountTargets": [mount_target(state) for state in states]}
    services("efs").add_response("describe_mount_targets", answer, {"FileSystemId": "fs-12345678"})


def groups(services: Services, *groups: dict[str, Any]) -> None:
    filters = [{"Name": "vpc-id", "Values": ["vpc-1"]}, {"Name": "group-name", "Values": NAMES}]
    answer = {"SecurityGroups": [*groups]}
    services("ec2").add_response("describe_security_groups", answer, {"Filters": filters})


def test_mount_targets_are_deleted_once_and_waited_for(handler: ModuleType, services: Services) -> None:
    waiting = {"done": False, "waiting_for": "mount targets fsmt-12345678"}
    found(services, file_system())
    targets(services, "available")
    services("efs").add_response("delete_mount_target", {}, {"MountTargetId": "fsmt-12345678"})
    assert handler.handler(request("Delete"), None) == waiting
    found(services, file_system())
    targets(services, "deleting")
    assert handler.handler(request("Delete"), None) == waiting


def test_groups_lose_the_rules_that_name_one_another_and_go_before_the_file_system(
    handler: ModuleType, services: Services
) -> None:
    found(services, file_system())
    targets(services)
    groups(
        services,
        {"GroupId": "sg-1", "IpPermissions": [PERMISSION], "IpPermissionsEgress": []},
        {"GroupId": "sg-2", "IpPermissions": [], "IpPermissionsEgress": [PERMISSION]},
    )
    ec2 = services("ec2")
    ec2.add_response("revoke_security_group_ingress", {}, {"GroupId": "sg-1", "IpPermissions": [PERMISSION]})
    ec2.add_response("revoke_security_group_egress", {}, {"GroupId": "sg-2", "IpPermissions": [PERMISSION]})
    ec2.add_response("delete_security_group", {}, {"GroupId": "sg-1"})
    ec2.add_client_error("delete_security_group", "InvalidGroup.NotFound")
    services("efs").add_response("delete_file_system", {}, {"FileSystemId": "fs-12345678"})
    assert handler.handler(request("Delete"), None) == {"done": True, "note": "nothing is left"}


def test_a_group_with_an_interface_in_it_is_waited_for_and_the_file_system_still_says_whose_it_is(
    handler: ModuleType, services: Services
) -> None:
    found(services, file_system())
    targets(services)
    groups(services, {"GroupId": "sg-1", "IpPermissions": [], "IpPermissionsEgress": []})
    services("ec2").add_client_error("delete_security_group", "DependencyViolation")
    step = handler.handler(request("Delete"), None)
    assert step == {"done": False, "waiting_for": "security groups sg-1, which are still in use"}


def test_another_error_about_a_group_is_an_error(handler: ModuleType, services: Services) -> None:
    found(services, file_system())
    targets(services)
    groups(services, {"GroupId": "sg-1", "IpPermissions": [], "IpPermissionsEgress": []})
    services("ec2").add_client_error("delete_security_group", "UnauthorizedOperation")
    with pytest.raises(Exception, match="UnauthorizedOperation"):
        handler.handler(request("Delete"), None)


def test_where_data_is_kept_the_file_system_stays_and_is_named(handler: ModuleType, services: Services) -> None:
    found(services, file_system())
    targets(services)
    groups(services)
    step = handler.handler(request("Delete", DeleteData="false"), None)
    assert step == {"done": True, "note": "kept fs-12345678 with the users' files"}


def test_a_file_system_of_a_domain_that_still_exists_is_left_alone(handler: ModuleType, services: Services) -> None:
    found(services, file_system(), domain=True)
    step = handler.handler(request("Delete"), None)
    assert step == {"done": True, "note": "kept fs-12345678 of d-1, which still exists"}


@pytest.mark.parametrize(
    "other",
    [
        file_system(Tags=[{"Key": "cdk-ml:studio-storage", "Value": "somebody/else"}]),
        file_system(Tags=[]),
        file_system(LifeCycleState="deleted"),
    ],
)
def test_file_systems_of_others_and_those_on_their_way_out_are_not_touched(
    handler: ModuleType, services: Services, other: dict[str, Any]
) -> None:
    services("efs").add_response("describe_file_systems", {"FileSystems": [other]})
    assert handler.handler(request("Delete"), None) == {"done": True, "note": "nothing is left"}


# Updates.


def domain(services: Services, **fields: str) -> None:
    """The domain as it is."""
    listed = {"Domains": [{"DomainId": "d-1", "DomainName": "churn"}, {"DomainId": "d-2", "DomainName": "other"}]}
    services("sagemaker").add_response("list_domains", listed)
    answer = {"DomainId": "d-1", "AuthMode": "IAM", "KmsKeyId": KEY, **fields}
    services("sagemaker").add_response("describe_domain", answer, {"DomainId": "d-1"})


def update(old: dict[str, str], **new: str) -> dict[str, Any]:
    return {**request("Update", **new), "OldResourceProperties": {**PROPERTIES, **old}}


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ({"AuthMode": "SSO"}, "AuthMode of d-1 is IAM and cannot become SSO"),
        (
            {"KmsKeyId": "arn:aws:kms:us-east-1:111111111111:key/2"},
            "KmsKeyId of d-1 is .*key/1 and cannot become .*key/2",
        ),
    ],
)
def test_an_update_that_would_replace_the_domain_is_refused(
    handler: ModuleType, services: Services, new: dict[str, str], message: str
) -> None:
    domain(services)
    with pytest.raises(Exception, match=message) as error:
        handler.handler(update({}, **new), None)
    assert type(error.value).__name__ == "RefusedError"


def test_the_rollback_of_such_an_update_is_not_refused(handler: ModuleType, services: Services) -> None:
    domain(services)
    assert handler.handler(update({"AuthMode": "SSO"}), None) == {"done": True}


def test_a_key_may_be_given_by_its_id(handler: ModuleType, services: Services) -> None:
    domain(services, KmsKeyId="1")
    assert handler.handler(update({"KmsKeyId": "1"}), None) == {"done": True}


@pytest.mark.parametrize("event", [request("Create"), update({"DeleteData": "false"})])
def test_nothing_is_asked_when_nothing_could_be_replaced(handler: ModuleType, event: dict[str, Any]) -> None:
    assert handler.handler(event, None) == {"done": True}
