"""What SageMaker may do on behalf of a model, a job or a notebook: the least of the permissions that AWS lists.

https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createmodel-perms
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from aws_cdk import Aws

from cdk_ml.workspace.permissions import ANYTHING, Statement

JobLogs = Literal["LabelingJobs", "ProcessingJobs", "TrainingJobs", "TransformJobs"]

PULL_IMAGE = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
WRITE_LOGS = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
MANAGE_INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
)
DESCRIBE_NETWORK = (
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)


def pull_images(repository_arns: Sequence[str], *, wildcard: str = "") -> list[Statement]:
    """Pull images from these repositories.

    :param wildcard: why one of them ends in ``*``.
    """
    return [
        Statement(actions=PULL_IMAGE, resources=repository_arns, wildcard=wildcard),
        Statement(
            actions=["ecr:GetAuthorizationToken"],
            resources=ANYTHING,
            wildcard="ecr:GetAuthorizationToken takes no resource; the token opens only the repositories named beside "
            "it. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html",
        ),
    ]


def publish_metrics(namespaces: Sequence[str] = ("AWS/SageMaker", "/aws/sagemaker/*")) -> list[Statement]:
    """Publish metrics, in namespaces of SageMaker's only; by default those of containers."""
    return [
        Statement(
            actions=["cloudwatch:PutMetricData"],
            resources=ANYTHING,
            conditions={"StringLike": {"cloudwatch:namespace": [*namespaces]}},
            wildcard="cloudwatch:PutMetricData takes no resource; the condition limits it to SageMaker's namespaces. "
            "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html",
        )
    ]


def attach_to_network(subnet_ids: Sequence[str], security_group_id: str) -> list[Statement]:
    """Put network interfaces into these subnets and this security group."""
    ec2 = f"arn:{Aws.PARTITION}:ec2:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    return [
        Statement(
            actions=MANAGE_INTERFACES,
            resources=[
                f"{ec2}:network-interface/*",
                f"{ec2}:security-group/{security_group_id}",
                *(f"{ec2}:subnet/{subnet_id}" for subnet_id in subnet_ids),
            ],
            wildcard="SageMaker makes network interfaces whose ids nobody knows beforehand; the subnets and the "
            "security group that they may be in are named beside them. "
            "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html",
        ),
        Statement(
            actions=DESCRIBE_NETWORK,
            resources=ANYTHING,
            wildcard="The ec2:Describe* actions take no resource. "
            "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html",
        ),
    ]


def use_volume_key(key_arn: str) -> list[Statement]:
    """Encrypt the instances' volumes with a customer managed key."""
    return [
        Statement(
            actions=["kms:CreateGrant"],
            resources=[key_arn],
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
        Statement(actions=["kms:DescribeKey"], resources=[key_arn]),
    ]


def write_job_logs(kind: JobLogs) -> list[Statement]:
    """Write to the log group that all jobs of a kind in the account share, and make it if need be."""
    group = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:/aws/sagemaker/{kind}"
    return [
        Statement(
            actions=["logs:CreateLogGroup", *WRITE_LOGS],
            resources=[f"{group}:*"],
            wildcard="SageMaker names the log group of its jobs, and each stream after a job nobody knows beforehand. "
            "https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html",
        )
    ]


def read_objects(bucket_arn: str, prefix: str) -> list[Statement]:
    """Read everything under a prefix of a bucket, and list it.

    :param prefix: such as ``train/``; it may hold tokens.
    """
    return [
        Statement(
            actions=["s3:GetObject"],
            resources=[f"{bucket_arn}/{prefix}*"],
            wildcard="The objects under a prefix are whoever writes them to name; the prefix is named. "
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html",
        ),
        Statement(
            actions=["s3:ListBucket"],
            resources=[bucket_arn],
            conditions={"StringLike": {"s3:prefix": [prefix, f"{prefix}*"]}},
        ),
    ]


def write_objects(bucket_arn: str, prefix: str) -> list[Statement]:
    """Write objects under a prefix of a bucket."""
    return [
        Statement(
            actions=["s3:AbortMultipartUpload", "s3:PutObject"],
            resources=[f"{bucket_arn}/{prefix}*"],
            wildcard="Outputs are named by whoever runs; the prefix they go to is named. "
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html",
        ),
    ]
