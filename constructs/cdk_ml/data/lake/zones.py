"""Zones of a lake: a bucket, a database for what is in it, and the location by which Lake Formation guards both.

https://docs.aws.amazon.com/lake-formation/latest/dg/register-data-lake.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lakeformation as lakeformation
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.data.catalog.database import Database
from cdk_ml.workflow.inbox import inbox_bucket
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key
from cdk_ml.workspace.storage import private_bucket


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of a lake.

    :ivar name: ``raw``, ``curated`` or ``features``.
    :ivar bucket: where its files are.
    :ivar database: its tables.
    :ivar role: what Lake Formation reads and writes the bucket with, on behalf of whom it lets in.
    :ivar cfn_location: the bucket as Lake Formation knows it.
    """

    name: str
    bucket: s3.Bucket
    database: Database
    role: iam.IRole
    cfn_location: lakeformation.CfnResource


def make_zone(
    scope: Construct,
    id: str,
    *,
    workspace: Workspace,
    database_name: str,
    tiering_days: int | None,
    arrives: bool,
) -> Zone:
    """Make a zone in ``scope``.

    :param id: its name, with a capital.
    :param arrives: files come from outside, and the bucket tells of each.
    """
    bucket = inbox_bucket(scope, id, workspace=workspace) if arrives else _bucket(scope, id, workspace)
    if tiering_days is not None:
        bucket.add_lifecycle_rule(
            id="to-intelligent-tiering",
            transitions=[
                s3.Transition(
                    storage_class=s3.StorageClass.INTELLIGENT_TIERING, transition_after=Duration.days(tiering_days)
                )
            ],
        )
    role = workspace.role(
        scope,
        f"{id}Role",
        service="lakeformation.amazonaws.com",
        statements=_use_bucket(bucket.bucket_arn, workspace.key.key_arn),
    )
    location = lakeformation.CfnResource(
        scope,
        f"{id}Location",
        resource_arn=bucket.bucket_arn,
        # Clusters cannot read with the service-linked role, and it is the account's and not this lake's.
        use_service_linked_role=False,
        role_arn=role.role_arn,
        # Otherwise whoever may read the bucket by IAM would read the tables as well.
        hybrid_access_enabled=False,
    )
    database = Database(
        scope,
        f"{id}Database",
        workspace=workspace,
        name=database_name,
        bucket=bucket,
        registration=location,
        description=f"Zone {id.lower()} of {scope.node.path}",
    )
    # Lake Formation guards a location from its registration on: whether tables are made under its guard must not depend
    # on which of the two CloudFormation makes first.
    database.node.add_dependency(location)
    return Zone(id.lower(), bucket, database, role, location)


def _bucket(scope: Construct, id: str, workspace: Workspace) -> s3.Bucket:
    return private_bucket(
        scope,
        id,
        profile=workspace.profile,
        removal_policy=workspace.removal_policy,
        key=workspace.key,
        logs=workspace.log_bucket,
    )


def _use_bucket(bucket_arn: str, key_arn: str) -> Iterable[Statement]:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html"""
    return [
        Statement(
            actions=["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            resources=[f"{bucket_arn}/*"],
            wildcard="Lake Formation reads and writes every table of the zone with this role, and narrows each of its "
            "credentials to what was granted. "
            "https://docs.aws.amazon.com/lake-formation/latest/dg/access-control-underlying-data.html",
        ),
        Statement(actions=["s3:ListBucket"], resources=[bucket_arn]),
        *use_key(key_arn),
    ]
