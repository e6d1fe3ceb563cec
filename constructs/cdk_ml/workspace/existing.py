"""What a workspace consists of, by identifier, so that another app can use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Fn
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token
from cdk_ml.workspace.storage import Buckets

if TYPE_CHECKING:
    from cdk_ml.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceIdentifiers:
    """Identifiers of the parts of a workspace, as :meth:`cdk_ml.workspace.Workspace.publish` prints them.

    :param vpc_id: the VPC.
    :param vpc_cidr: its address range.
    :param availability_zones: its zones, in the order of the subnets.
    :param subnet_ids: subnets for workloads, one a zone: isolated ones, or private ones of a VPC that has no isolated.
    :param route_table_ids: their route tables, one a subnet.
    :param key_arn: the customer managed key.
    :param data_bucket: name of the bucket for data.
    :param artifact_bucket: name of the bucket for model artifacts.
    :param log_bucket: name of the bucket for logs.
    :param alert_topic_arn: the topic for alarms and budgets.
    """

    vpc_id: str
    vpc_cidr: str
    availability_zones: Sequence[str]
    subnet_ids: Sequence[str]
    route_table_ids: Sequence[str]
    key_arn: str
    data_bucket: str
    artifact_bucket: str
    log_bucket: str
    alert_topic_arn: str


def identifier_problems(existing: WorkspaceIdentifiers) -> list[Problem]:
    """What does not fit together in ``existing``."""
    problems = []
    zones = existing.availability_zones
    for name in ("subnet_ids", "route_table_ids"):
        values = getattr(existing, name)
        if not is_token(values) and not is_token(zones) and len(values) != len(zones):
            rule = f"has {len(values)} entries for {len(zones)} availability zones"
            problems.append(
                Problem(f"existing.{name}", list(values), rule, "Give one for each zone, in the same order")
            )
    return problems


def identifiers(workspace: Workspace, subnets: Sequence[ec2.ISubnet]) -> dict[str, str]:
    """What :class:`WorkspaceIdentifiers` has, of a workspace whose every part is made for it, as texts by output.

    :param subnets: those that workloads are in.
    """
    return {
        "VpcId": workspace.vpc.vpc_id,
        "VpcCidr": workspace.vpc.vpc_cidr_block,
        "AvailabilityZones": Fn.join(",", workspace.vpc.availability_zones),
        "SubnetIds": Fn.join(",", [subnet.subnet_id for subnet in subnets]),
        "RouteTableIds": Fn.join(",", [subnet.route_table.route_table_id for subnet in subnets]),
        "KeyArn": workspace.key.key_arn,
        "DataBucket": workspace.data_bucket.bucket_name,
        "ArtifactBucket": workspace.artifact_bucket.bucket_name,
        "LogBucket": workspace.log_bucket.bucket_name,
        "AlertTopicArn": workspace.alert_topic.topic_arn,
    }


def existing_parts(scope: Construct, existing: WorkspaceIdentifiers) -> dict[str, Any]:
    """The parts, as :class:`cdk_ml.workspace.Workspace` takes those of the user's own."""
    key = kms.Key.from_key_arn(scope, "Key", existing.key_arn)

    def bucket(id: str, name: str, encryption_key: kms.IKey | None) -> s3.IBucket:
        return s3.Bucket.from_bucket_attributes(scope, id, bucket_name=name, encryption_key=encryption_key)

    return {
        "vpc": ec2.Vpc.from_vpc_attributes(
            scope,
            "Vpc",
            vpc_id=existing.vpc_id,
            vpc_cidr_block=existing.vpc_cidr,
            availability_zones=[*existing.availability_zones],
            isolated_subnet_ids=[*existing.subnet_ids],
            isolated_subnet_route_table_ids=[*existing.route_table_ids],
        ),
        "key": key,
        "buckets": Buckets(
            data=bucket("Data", existing.data_bucket, key),
            artifacts=bucket("Artifacts", existing.artifact_bucket, key),
            logs=bucket("Logs", existing.log_bucket, None),
        ),
        "alert_topic": sns.Topic.from_topic_arn(scope, "Alerts", existing.alert_topic_arn),
    }
