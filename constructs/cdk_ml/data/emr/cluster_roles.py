"""What EMR may do to make a cluster, and what its instances may do themselves.

It is AWS's own policy for EMR, with this cluster's subnets and groups by name in place of a tag on them.
https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-role.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Aws
from aws_cdk import aws_s3 as s3

from cdk_ml.sagemaker.execution_role import write_objects
from cdk_ml.workspace import ANYTHING, Statement, Workspace
from cdk_ml.workspace.statements import pass_role, use_key

TAG = "for-use-with-amazon-emr-managed-policies"
"""Tag that EMR hands on from a cluster to what it makes in EC2."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where the certificates are with which the instances of a cluster speak to each other.

    :param bucket: bucket that holds them.
    :param key: of a zip with ``privateKey.pem``, ``certificateChain.pem`` and ``trustedCertificates.pem``.
    """

    bucket: s3.IBucket
    key: str


_PAGE = "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-role.html"
_MADE = (
    f"EMR makes instances, volumes and launch templates whose ids nobody knows beforehand; the condition is on the tag "
    f"that it hands on from its clusters. {_PAGE}"
)
_DESCRIBE = (
    "ec2:DescribeAccountAttributes",
    "ec2:DescribeCapacityReservations",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribePlacementGroups",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVolumeStatus",
    "ec2:DescribeVolumes",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
)
_REQUESTED = {"StringEquals": {f"aws:RequestTag/{TAG}": "true"}}
_TAGGED = {"StringEquals": {f"aws:ResourceTag/{TAG}": "true"}}


def service_statements(
    *, vpc_id: str, subnet_ids: list[str], group_ids: list[str], instance_role_arn: str, key_arn: str
) -> Iterator[Statement]:
    """What EMR needs to make, scale and take down a cluster in this network."""
    ec2 = f"arn:{Aws.PARTITION}:ec2:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    groups = [f"{ec2}:security-group/{group}" for group in group_ids]
    instances, volumes = f"{ec2}:instance/*", f"{ec2}:volume/*"
    templates, interfaces = f"{ec2}:launch-template/*", f"{ec2}:network-interface/*"
    yield Statement(
        actions=["ec2:CreateFleet", "ec2:CreateNetworkInterface", "ec2:RunInstances"],
        resources=[*(f"{ec2}:subnet/{subnet}" for subnet in subnet_ids), *groups],
    )
    yield Statement(
        actions=["ec2:CreateFleet", "ec2:RunInstances"],
        resources=[instances, volumes],
        conditions=_REQUESTED,
        wildcard=_MADE,
    )
    yield Statement(actions=["ec2:CreateLaunchTemplate"], resources=[templates], conditions=_REQUESTED, wildcard=_MADE)
    yield Statement(
        actions=["ec2:CreateNetworkInterface"], resources=[interfaces], conditions=_REQUESTED, wildcard=_MADE
    )
    yield Statement(
        actions=["ec2:CreateFleet", "ec2:RunInstances"],
        resources=[
            interfaces,
            f"{ec2}:fleet/*",
            f"arn:{Aws.PARTITION}:ec2:{Aws.REGION}::image/ami-*",
        ],
        wildcard=f"The images are AWS's own, and fleets and interfaces have no tag yet when instances start. {_PAGE}",
    )
    yield Statement(
        actions=["ec2:CreateFleet", "ec2:CreateLaunchTemplateVersion", "ec2:DeleteLaunchTemplate", "ec2:RunInstances"],
        resources=[templates],
        conditions=_TAGGED,
        wildcard=_MADE,
    )
    yield Statement(
        actions=["ec2:DeleteNetworkInterface", "ec2:ModifyInstanceAttribute", "ec2:TerminateInstances"],
        resources=[instances, interfaces],
        conditions=_TAGGED,
        wildcard=_MADE,
    )
    yield Statement(
        actions=["ec2:CreateTags", "ec2:DeleteTags"],
        resources=[instances, volumes, templates, interfaces],
        conditions=_TAGGED,
        wildcard=_MADE,
    )
    created = ["CreateFleet", "CreateLaunchTemplate", "CreateNetworkInterface", "RunInstances"]
    yield Statement(
        actions=["ec2:CreateTags"],
        resources=[instances, volumes, templates, interfaces],
        conditions={"StringEquals": {"ec2:CreateAction": created}},
        wildcard=f"Tags are set as EMR makes what has no id yet, and only then. {_PAGE}",
    )
    yield Statement(
        actions=_DESCRIBE, resources=ANYTHING, wildcard=f"The ec2:Describe* actions take no resource. {_PAGE}"
    )
    yield Statement(actions=["ec2:DescribeVpcAttribute"], resources=[f"{ec2}:vpc/{vpc_id}"])
    yield Statement(
        actions=[f"ec2:{verb}SecurityGroup{way}" for verb in ("Authorize", "Revoke") for way in ("Egress", "Ingress")],
        resources=groups,
    )
    yield pass_role(instance_role_arn, to="ec2.amazonaws.com")
    # Volumes that EC2 makes for EMR: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-encryption-enable.html
    yield Statement(
        actions=["kms:CreateGrant"], resources=[key_arn], conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}}
    )
    yield Statement(
        actions=[
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
        ],
        resources=[key_arn],
    )


def instance_statements(workspace: Workspace, *, log_prefix: str, certificates: Certificates) -> Iterator[Statement]:
    """What the instances need themselves: certificates, keys of disks, and logs. Steps run as roles of their own."""
    bucket, key = certificates.bucket, certificates.key
    yield Statement(actions=["s3:GetObject"], resources=[bucket.arn_for_objects(key)])
    yield from write_objects(workspace.data_bucket.bucket_arn, log_prefix)
    yield from use_key(workspace.key.key_arn)
    if bucket.encryption_key is not None:
        yield Statement(actions=["kms:Decrypt"], resources=[bucket.encryption_key.key_arn])
