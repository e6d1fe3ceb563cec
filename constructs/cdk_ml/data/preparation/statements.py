"""What a preparation's job and its states may do.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets

from cdk_ml.data.catalog.table import CatalogTable, catalog_arn
from cdk_ml.data.preparation.gate import NAMESPACE
from cdk_ml.sagemaker.execution_role import read_objects, write_objects
from cdk_ml.workspace import ANYTHING, Statement
from cdk_ml.workspace.statements import use_key

_PREFIXES = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html"


def job_statements(
    *,
    source: s3.IBucket,
    source_prefix: str,
    kept: s3.IBucket,
    state: str,
    settings: s3_assets.Asset,
    tables: Sequence[CatalogTable],
) -> Iterator[Statement]:
    """What Spark's part needs.

    :param source: where files arrive.
    :param kept: where the preparation keeps what it knows, under ``state``, and what is no good.
    :param tables: what it merges into.
    """
    yield Statement(actions=["s3:GetObject"], resources=[f"{settings.bucket.bucket_arn}/{settings.s3_object_key}"])
    yield from read_objects(source.bucket_arn, source_prefix)
    yield from _change_objects(kept, state)
    for table in tables:
        prefix = f"{table.prefix}/" if table.prefix else ""
        yield from _change_objects(table.bucket, prefix)
        yield Statement(
            actions=["glue:GetDatabase", "glue:GetTable", "glue:UpdateTable"],
            resources=[catalog_arn(), table.database.database_arn, table.table_arn],
        )
    keys = [bucket.encryption_key for bucket in (source, kept, *(table.bucket for table in tables))]
    arns = dict.fromkeys(key.key_arn for key in keys if key is not None)
    for arn in arns:
        yield from use_key(arn)


def state_statements(*, kept: s3.IBucket, state: str) -> Iterator[Statement]:
    """What the states need besides their turn and their job."""
    yield Statement(
        actions=["s3:GetObject"],
        resources=[f"{kept.bucket_arn}/{state}runs/*.json"],
        wildcard=f"The reports of a run are in a folder with its name; the prefix is named. {_PREFIXES}",
    )
    if kept.encryption_key is not None:
        yield Statement(actions=["kms:Decrypt"], resources=[kept.encryption_key.key_arn])
    yield Statement(
        actions=["cloudwatch:PutMetricData"],
        resources=ANYTHING,
        conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        wildcard="cloudwatch:PutMetricData takes no resource; the condition limits it to the preparations' namespace. "
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html",
    )


def _change_objects(bucket: s3.IBucket, prefix: str) -> Iterator[Statement]:
    yield from read_objects(bucket.bucket_arn, prefix)
    yield from write_objects(bucket.bucket_arn, prefix)
    yield Statement(
        actions=["s3:DeleteObject"],
        resources=[f"{bucket.bucket_arn}/{prefix}*"],
        wildcard=f"Spark names its files, and replaces those of a failed attempt; the prefix is named. {_PREFIXES}",
    )
