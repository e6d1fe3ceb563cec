"""A table that S3 keeps by itself.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-tables.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3tables as s3tables
from constructs import Construct

from cdk_ml.data.catalog.columns import Column, column_problems, name_problems
from cdk_ml.data.catalog.fields import fresh_ids, tree
from cdk_ml.data.catalog.iceberg_table import layout_problems
from cdk_ml.data.catalog.partitions import Partition, parse_partition, spec_fields
from cdk_ml.data.catalog.table_bucket import TableBucket
from cdk_ml.data.catalog.types import NOT_ICEBERG, parse_type
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Workspace
from cdk_ml.workspace.deletion import unless_creation_fails

_READ = ("s3tables:GetTable", "s3tables:GetTableData", "s3tables:GetTableMetadataLocation")
_WRITE = ("s3tables:PutTableData", "s3tables:UpdateTableMetadataLocation")
_FIND = ("s3tables:GetNamespace", "s3tables:GetTableBucket")
_MOST = 2**31 - 1
_LEAST_MB, _MOST_MB = 64, 512
_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class S3TableMaintenance:
    """What S3 does to a table by itself.

    :param target_file_mb: megabytes of the files that it makes of smaller ones, 64 to 512.
    :param snapshot_days: days for which a query can ask for the table as it was; the profile's days of old versions
        when not given.
    :param snapshots: snapshots that are kept however old they are.
    """

    target_file_mb: int = 512
    snapshot_days: int | None = None
    snapshots: int = 1


class S3Table(Construct):
    """An Iceberg table in a bucket of tables, maintained by S3.

    **How it changes.** Engines evolve it (``ALTER TABLE``): CloudFormation makes columns, partitions and key once. A
    change of them here would be a new table, which fails because the name is taken, and leaves the old one as it is. So
    leave here what it was made with, or give the new one another name. Maintenance is updated in place.

    The table stays when the stack goes, unless the workspace deletes data.

    Idle cost: what is in it, by the GB, and its objects by the thousand.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import Column, S3Table, TableBucket
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> tables = TableBucket(stack, "Tables", workspace=workspace, namespaces=["shop"])
    >>> clicks = S3Table(
    ...     stack,
    ...     "Clicks",
    ...     workspace=workspace,
    ...     table_bucket=tables,
    ...     namespace="shop",
    ...     name="clicks",
    ...     columns=[
    ...         Column("click_id", "string"),
    ...         Column("clicked_at", "timestamptz"),
    ...         Column("page", "struct<path:string,position:int>"),
    ...     ],
    ...     key=("click_id",),
    ...     partitions=("hour(clicked_at)",),
    ... )

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-create.html

    :ivar table_bucket: that it is in.
    :ivar namespace: that it is in.
    :ivar table_name: its name.
    :ivar columns: what it was made with.
    :ivar key: columns that tell rows apart.
    :ivar table_arn: for policies.
    :ivar cfn_table: the table.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        table_bucket: TableBucket,
        namespace: str,
        name: str,
        columns: Sequence[Column],
        partitions: Sequence[str] = (),
        key: Sequence[str] = (),
        maintenance: S3TableMaintenance = S3TableMaintenance(),
    ) -> None:
        """
        :param workspace: tags and profile.
        :param table_bucket: that it is in.
        :param namespace: one of the bucket's.
        :param name: lower case letters, digits and underscores.
        :param columns: what a row has.
        :param partitions: as of :class:`~cdk_ml.data.IcebergTable`.
        :param key: columns that tell rows apart, which are then in every row.
        :param maintenance: what S3 does to it by itself.
        :raises cdk_ml.errors.ConfigurationError: names, types, partitions or a key that Iceberg or S3 would refuse; a
            namespace that the bucket does not have.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *_namespace_problems(namespace, table_bucket),
                *name_problems("name", name),
                *column_problems(columns, NOT_ICEBERG, "Iceberg"),
                *layout_problems(columns, partitions, key),
                *_maintenance_problems(maintenance),
            ],
        )
        workspace.adopt(self)
        self.table_bucket = table_bucket
        self.namespace = namespace
        self.table_name = name
        self.columns = tuple(columns)
        self.key = tuple(key)
        self.cfn_table = s3tables.CfnTable(
            self,
            "Resource",
            table_bucket_arn=table_bucket.table_bucket_arn,
            namespace=namespace,
            table_name=name,
            open_table_format="ICEBERG",
            iceberg_metadata=_metadata(self.columns, partitions, self.key),
            **_maintenance(maintenance, workspace),
        )
        self.table_arn = self.cfn_table.attr_table_arn
        self.cfn_table.apply_removal_policy(unless_creation_fails(workspace.removal_policy))
        self.cfn_table.add_resource_dependency(table_bucket.cfn_namespaces[namespace])

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` find the table and read it."""
        self.table_bucket.key.grant_decrypt(grantee)
        return self._grant(grantee, _READ)

    def grant_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` read and write the table, and change its columns."""
        self.table_bucket.key.grant_encrypt_decrypt(grantee)
        return self._grant(grantee, (*_READ, *_WRITE))

    def _grant(self, grantee: iam.IGrantable, actions: Sequence[str]) -> iam.Grant:
        iam.Grant.add_to_principal(
            grantee=grantee, actions=[*_FIND], resource_arns=[self.table_bucket.table_bucket_arn]
        )
        return iam.Grant.add_to_principal(grantee=grantee, actions=[*actions], resource_arns=[self.table_arn])


def _metadata(columns: Sequence[Column], partitions: Sequence[str], key: Sequence[str]) -> dict[str, Any]:
    ids = fresh_ids(columns)
    parsed = [one for text in partitions if isinstance(one := parse_partition(text), Partition)]
    return {
        "icebergSchemaV2": {
            "schemaV2FieldType": "struct",
            "schemaV2FieldList": [
                {
                    "id": ids[column.name],
                    "name": column.name,
                    "type": tree(column.name, parse_type(column.type), ids),
                    "required": column.name in key,
                    **({"doc": column.comment} if column.comment else {}),
                }
                for column in columns
            ],
            "identifierFieldIds": [ids[name] for name in key] or None,
        },
        "icebergPartitionSpec": {"fields": spec_fields(parsed, ids)} if parsed else None,
    }


def _maintenance(maintenance: S3TableMaintenance, workspace: Workspace) -> dict[str, Any]:
    days = workspace.profile.old_version_days if maintenance.snapshot_days is None else maintenance.snapshot_days
    return {
        "compaction": {"status": "enabled", "targetFileSizeMb": maintenance.target_file_mb},
        "snapshot_management": {
            "status": "enabled",
            "minSnapshotsToKeep": maintenance.snapshots,
            "maxSnapshotAgeHours": days * _HOURS,
        },
    }


def _namespace_problems(namespace: str, table_bucket: TableBucket) -> Iterator[Problem]:
    if namespace not in table_bucket.cfn_namespaces:
        fix = f"Use {', '.join(table_bucket.cfn_namespaces)}, or add it to the namespaces of the TableBucket"
        yield Problem("namespace", namespace, "is not a namespace of the table bucket", fix)


def _maintenance_problems(maintenance: S3TableMaintenance) -> Iterator[Problem]:
    bounds = {
        "target_file_mb": (_LEAST_MB, _MOST_MB),
        "snapshot_days": (1, _MOST // _HOURS),
        "snapshots": (1, _MOST),
    }
    for name, (lowest, highest) in bounds.items():
        value = getattr(maintenance, name)
        if is_token(value) and name == "snapshot_days":
            # S3 counts hours, and a token cannot be multiplied.
            yield Problem("maintenance.snapshot_days", value, "is known at deployment only", "Write the number itself")
        elif value is not None and outside(value, lowest, highest):
            yield Problem(f"maintenance.{name}", value, "is not what a table is kept by", f"Use {lowest} to {highest}")
