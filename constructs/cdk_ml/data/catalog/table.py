"""What every table in the catalog says about itself, for whoever grants, queries or fills it.

Names of databases and tables are texts and not references, so that an ARN can be read in a policy. Whatever needs the
table to be there has to depend on it: ``made.node.add_dependency(table)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from aws_cdk import Aws
from aws_cdk import aws_s3 as s3

if TYPE_CHECKING:
    from cdk_ml.data.catalog.columns import Column
    from cdk_ml.data.catalog.database import Database


@runtime_checkable
class CatalogTable(Protocol):
    """A table in the catalog.

    :ivar database: that it is in.
    :ivar table_name: its name in the database.
    :ivar columns: everything that a query can select, columns of partitions included.
    :ivar partition_columns: those of ``columns`` that its partitions are made of.
    :ivar location: where its files are, ``s3://bucket/prefix``.
    :ivar bucket: the bucket of ``location``.
    :ivar prefix: the prefix in it, without a slash at either end.
    """

    @property
    def database(self) -> Database:
        """Where it is."""

    @property
    def table_name(self) -> str:
        """Its name."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """What a query can select."""

    @property
    def partition_columns(self) -> tuple[Column, ...]:
        """What its partitions are made of."""

    @property
    def location(self) -> str:
        """Where its files are."""

    @property
    def table_arn(self) -> str:
        """For policies."""

    @property
    def bucket(self) -> s3.IBucket:
        """That its files are in."""

    @property
    def prefix(self) -> str:
        """That its files are under."""


def catalog_arn() -> str:
    """The account's catalog."""
    return f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}:catalog"


def database_arn(database: str) -> str:
    """A database in it."""
    return f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}:database/{database}"


def table_arn(database: str, table: str) -> str:
    """A table in a database."""
    return f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}:table/{database}/{table}"


def location(bucket: s3.IBucket, prefix: str) -> str:
    """The address of what is in ``bucket`` under ``prefix``."""
    return f"s3://{bucket.bucket_name}/{prefix}" if prefix else f"s3://{bucket.bucket_name}"
