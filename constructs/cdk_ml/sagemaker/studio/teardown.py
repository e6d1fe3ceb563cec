"""How a domain comes down: apps, spaces and profiles before it, what it leaves in the network after it.

https://docs.aws.amazon.com/sagemaker/latest/dg/gs-studio-delete-domain.html
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import Aws, CfnResource, Fn, RemovalPolicy
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.workflow import AsyncProvider
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import ANYTHING, Statement, Workspace
from cdk_ml.workspace.permissions import managed_policy

_OWNER_TAG = "cdk-ml:studio-storage"
_MAKER_TAG = "ManagedByAmazonSageMakerResource"
_SAGEMAKER = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html"
_EFS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticfilesystem.html"
_EC2 = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html"


class StudioTeardown(Construct):
    """Takes down what keeps a Studio domain, and then its network, from being deleted.

    Creates two custom resources around the domain. The one that depends on it is deleted first: it deletes every app
    and waits, then every space and every user profile, whoever made them. The one that the domain depends on is deleted
    last: it deletes the mount targets and the security groups that SageMaker made, so that the network can go, and the
    home file system where the workspace deletes data. Where it keeps data, the file system stays with all files but no
    mount target, and the deletion says which one it is.

    The latter also refuses updates for which CloudFormation would replace the domain, which takes all homes and spaces
    away: another ``AuthMode`` or key. The domain is then not touched.

    :class:`StudioDomain` has one. Use it around a domain of your own.

    Idle cost: an alarm on two metrics, 0.20 USD a month.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_iam as iam
    >>> from aws_cdk import aws_sagemaker as sagemaker
    >>> from cdk_ml.sagemaker import StudioTeardown
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> user_settings = {
    ...     "executionRole": iam.Role.from_role_name(stack, "Role", "studio").role_arn,
    ...     "jupyterLabAppSettings": {
    ...         "appLifecycleManagement": {"idleSettings": {"lifecycleManagement": "ENABLED"}}
    ...     },
    ... }
    >>> domain = sagemaker.CfnDomain(
    ...     stack,
    ...     "Domain",
    ...     domain_name="churn",
    ...     auth_mode="IAM",
    ...     app_network_access_type="VpcOnly",
    ...     vpc_id=workspace.vpc.vpc_id,
    ...     subnet_ids=workspace.subnet_ids,
    ...     kms_key_id=workspace.key.key_arn,
    ...     default_user_settings=user_settings,
    ... )
    >>> teardown = StudioTeardown(stack, "Teardown", workspace=workspace, domain=domain)

    See https://docs.aws.amazon.com/sagemaker/latest/dg/gs-studio-delete-domain.html

    :ivar provider: what does it.
    """

    def __init__(self, scope: Construct, id: str, *, workspace: Workspace, domain: sagemaker.CfnDomain) -> None:
        """
        :param workspace: profile, key, topic and tags.
        :param domain: the domain, in this stack.
        """
        super().__init__(scope, id)
        workspace.adopt(self)
        vpc_id, name = workspace.vpc.vpc_id, domain.domain_name
        # Whose a file system is, once its domain is gone: the stack's id is not in the template, and no two are alike.
        stack = Fn.select(2, Fn.split("/", Aws.STACK_ID))
        owner = f"{stack}/{name}"
        self.provider = AsyncProvider(
            self,
            "Provider",
            workspace=workspace,
            code=runtime_code("studio_teardown"),
            statements=[*_find_domains(), *_release_network(vpc_id), *_delete_file_system(owner)],
        )
        storage = self.provider.resource(
            self,
            "Storage",
            type="Custom::StudioStorage",
            properties={
                "DomainName": name,
                "AuthMode": domain.auth_mode,
                "KmsKeyId": domain.kms_key_id or "",
                "Owner": owner,
                "DeleteData": "true" if workspace.removal_policy is RemovalPolicy.DESTROY else "false",
                # Mount targets are in them: they go before the subnets do.
                "VpcId": vpc_id,
                "SubnetIds": workspace.subnet_ids,
            },
        )
        domain.node.add_dependency(storage)
        # Only now is there an id to name, so that the role may delete in this domain and in no other.
        policy = managed_policy(
            self,
            "Policy",
            statements=_delete_contents(domain.attr_domain_id, owner),
            roles=[self.provider.function.role],
        )
        self._apps = self.provider.resource(
            self,
            "Apps",
            type="Custom::StudioApps",
            properties={
                "DomainId": domain.attr_domain_id,
                "FileSystemId": domain.attr_home_efs_file_system_id,
                "Owner": owner,
            }
            if domain.home_efs_file_system_creation != "Disabled"
            else {"DomainId": domain.attr_domain_id, "Owner": owner},
        )
        self._apps.node.add_dependency(policy)

    def empty_first(self, resource: CfnResource) -> None:
        """Delete the apps before ``resource``, which is a space or a user profile of the domain."""
        self._apps.node.add_dependency(resource)


def _find_domains() -> Iterator[Statement]:
    yield Statement(
        actions=["sagemaker:ListDomains"],
        resources=ANYTHING,
        wildcard=f"sagemaker:ListDomains takes no resource. {_SAGEMAKER}",
    )
    yield Statement(
        actions=["sagemaker:DescribeDomain"],
        resources=[_arn("sagemaker", "domain/*")],
        wildcard=f"The role is made before the domain, whose id SageMaker chooses; this only reads. {_SAGEMAKER}",
    )


def _release_network(vpc_id: str) -> Iterator[Statement]:
    yield Statement(
        actions=["ec2:DescribeSecurityGroups"],
        resources=ANYTHING,
        wildcard=f"ec2:DescribeSecurityGroups takes no resource. {_EC2}",
    )
    in_vpc = {"ArnEquals": {"ec2:Vpc": _arn("ec2", f"vpc/{vpc_id}")}}
    made_by_sagemaker = {"StringLike": {f"aws:ResourceTag/{_MAKER_TAG}": _arn("sagemaker", "domain/*")}}
    yield Statement(
        actions=[
            "ec2:DeleteSecurityGroup",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ],
        resources=[_arn("ec2", "security-group/*")],
        conditions={**in_vpc, **made_by_sagemaker},
        wildcard="SageMaker makes the groups; the conditions admit those with its tag in this VPC. " + _EC2,
    )
    yield Statement(
        actions=["ec2:DeleteNetworkInterface"],
        resources=[_arn("ec2", "network-interface/*")],
        conditions=in_vpc,
        wildcard="A mount target's interface goes with it, which EFS asks this permission for; only in this VPC. "
        "https://docs.aws.amazon.com/efs/latest/ug/API_DeleteMountTarget.html",
    )


def _delete_file_system(owner: str) -> Iterator[Statement]:
    yield Statement(
        actions=["elasticfilesystem:DescribeFileSystems", "elasticfilesystem:DescribeMountTargets"],
        resources=[_arn("elasticfilesystem", "file-system/*")],
        wildcard=f"Whose a file system is, its tags say, which have to be read first. {_EFS}",
    )
    yield Statement(
        actions=["elasticfilesystem:DeleteFileSystem", "elasticfilesystem:DeleteMountTarget"],
        resources=[_arn("elasticfilesystem", "file-system/*")],
        conditions={"StringEquals": {f"aws:ResourceTag/{_OWNER_TAG}": owner}},
        wildcard=f"SageMaker makes the file system; the condition admits the one of this domain. {_EFS}",
    )


def _delete_contents(domain_id: str, owner: str) -> Iterator[Statement]:
    yield Statement(
        actions=["sagemaker:ListApps", "sagemaker:ListSpaces", "sagemaker:ListUserProfiles"],
        resources=ANYTHING,
        wildcard=f"SageMaker's actions that list take no resource. {_SAGEMAKER}",
    )
    for action, kind in (
        ("sagemaker:DeleteApp", "app"),
        ("sagemaker:DeleteSpace", "space"),
        ("sagemaker:DeleteUserProfile", "user-profile"),
    ):
        yield Statement(
            actions=[action],
            resources=[_arn("sagemaker", f"{kind}/{domain_id}/*")],
            wildcard=f"Everything in this domain goes, whoever made it. {_SAGEMAKER}",
        )
    yield Statement(
        actions=["elasticfilesystem:TagResource"],
        resources=[_arn("elasticfilesystem", "file-system/*")],
        conditions={
            "StringEquals": {
                f"aws:RequestTag/{_OWNER_TAG}": owner,
                f"aws:ResourceTag/{_MAKER_TAG}": _arn("sagemaker", f"domain/{domain_id}"),
            },
            "ForAllValues:StringEquals": {"aws:TagKeys": [_OWNER_TAG]},
        },
        wildcard=f"The conditions admit one tag, on the file system that SageMaker made for this domain. {_EFS}",
    )


def _arn(service: str, resource: str) -> str:
    return f"arn:{Aws.PARTITION}:{service}:{Aws.REGION}:{Aws.ACCOUNT_ID}:{resource}"
