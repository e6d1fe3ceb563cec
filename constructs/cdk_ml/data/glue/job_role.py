"""What a Glue job may do: the least of what AWS's own policy for Glue has.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSGlueServiceRole.html
"""

from __future__ import annotations

from aws_cdk import Aws

from cdk_ml.workspace import ANYTHING, Statement
from cdk_ml.workspace.statements import use_key

_LOGS = ("logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
_INTERFACES = ("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface")
_LOOK = (
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcEndpoints",
)
_EC2 = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html"


def write_glue_logs(prefix: str) -> Statement:
    """Write to the log groups whose names begin so, and make them if need be."""
    group = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{prefix}"
    return Statement(
        actions=_LOGS,
        resources=[f"{group}*"],
        wildcard="Glue ends the names of log groups in those of the security configuration and the role, which is made "
        "of this policy; the beginning is named. "
        "https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html",
    )


def publish_glue_metrics(namespace: str = "Glue") -> Statement:
    """Publish metrics of runs, in Glue's namespace only."""
    return Statement(
        actions=["cloudwatch:PutMetricData"],
        resources=ANYTHING,
        conditions={"StringEquals": {"cloudwatch:namespace": namespace}},
        wildcard="cloudwatch:PutMetricData takes no resource; the condition limits it to Glue's namespace. "
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html",
    )


def use_glue_key(key_arn: str) -> list[Statement]:
    """Read and write data under the key, and bookmarks, which Glue encrypts itself."""
    return [*use_key(key_arn), Statement(actions=["kms:Encrypt"], resources=[key_arn])]


def temporary_objects(bucket_arn: str, prefix: str) -> list[Statement]:
    """Write, read and delete what a run leaves for itself only."""
    return [
        Statement(
            actions=["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            resources=[f"{bucket_arn}/{prefix}*"],
            wildcard="Spark names its temporary files; the prefix is this job's. "
            "https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html",
        ),
        Statement(
            actions=["s3:ListBucket"],
            resources=[bucket_arn],
            conditions={"StringLike": {"s3:prefix": [prefix, f"{prefix}*"]}},
        ),
    ]


def attach_workers(*, vpc: str, subnet: str, security_group: str) -> list[Statement]:
    """Put network interfaces of workers into a subnet and a security group, by their ids."""
    ec2 = f"arn:{Aws.PARTITION}:ec2:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    return [
        Statement(
            actions=_INTERFACES,
            resources=[
                f"{ec2}:network-interface/*",
                f"{ec2}:security-group/{security_group}",
                f"{ec2}:subnet/{subnet}",
            ],
            wildcard="Glue makes network interfaces whose ids nobody knows beforehand; the subnet and the security "
            f"group that they may be in are named beside them. {_EC2}",
        ),
        Statement(
            actions=["ec2:CreateTags", "ec2:DeleteTags"],
            resources=[f"{ec2}:network-interface/*"],
            conditions={"ForAllValues:StringEquals": {"aws:TagKeys": ["aws-glue-service-resource"]}},
            wildcard="Glue marks the network interfaces that it makes, with this tag only. "
            "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSGlueServiceRole.html",
        ),
        Statement(actions=["ec2:DescribeVpcAttribute"], resources=[f"{ec2}:vpc/{vpc}"]),
        Statement(
            actions=_LOOK, resources=ANYTHING, wildcard=f"The other ec2:Describe* actions take no resource. {_EC2}"
        ),
    ]
