"""Maintenance of Iceberg tables: small files become large ones, and what no snapshot needs any more is deleted.

https://docs.aws.amazon.com/glue/latest/dg/table-optimizers.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Aws
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam

from cdk_ml.data.catalog.lake_formation import ask_for_data
from cdk_ml.data.catalog.table import catalog_arn
from cdk_ml.errors import Problem
from cdk_ml.regions import region_problems
from cdk_ml.tokens import outside
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key, write_logs

if TYPE_CHECKING:
    from cdk_ml.data.catalog.iceberg_table import IcebergTable

_TYPE = "AWS::Glue::TableOptimizer"
_PAGE = "https://docs.aws.amazon.com/glue/latest/dg/optimization-prerequisites.html"
_MOST_DAYS = 36_500
_MOST_SNAPSHOTS = 1_000_000
_LEAST_FILES = 2
_MOST_FILES = 10_000
_LOGS = ("compaction", "retention", "orphan-file-deletion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """What Glue does to an Iceberg table by itself, billed by the time that it takes.

    :param min_input_files: files that a partition needs before they are made into larger ones.
    :param snapshot_days: days for which a query can ask for the table as it was, and a training be repeated on it; the
        profile's days of old versions when not given.
    :param snapshots: snapshots that are kept however old they are.
    :param orphan_days: days after which files go that no snapshot has, such as those of a job that failed. More than
        the longest job takes, or its files go before they are the table's.
    """

    min_input_files: int = 100
    snapshot_days: int | None = None
    snapshots: int = 1
    orphan_days: int = 3


def maintenance_problems(maintenance: Maintenance | None, region: str) -> Iterator[Problem]:
    """What Glue would refuse about ``maintenance``, and regions where it does none."""
    if maintenance is None:
        return
    bounds = {
        "min_input_files": (_LEAST_FILES, _MOST_FILES),
        "snapshot_days": (1, _MOST_DAYS),
        "snapshots": (1, _MOST_SNAPSHOTS),
        "orphan_days": (1, _MOST_DAYS),
    }
    for name, (lowest, highest) in bounds.items():
        value = getattr(maintenance, name)
        if value is not None and outside(value, lowest, highest):
            yield Problem(f"maintenance.{name}", value, "is not what a table is kept by", f"Use {lowest} to {highest}")
    instead = "Say maintenance=None, and run Iceberg's procedures in a job of yours"
    yield from region_problems(region, _TYPE, instead=instead)


def maintain(
    table: IcebergTable, maintenance: Maintenance, workspace: Workspace
) -> tuple[iam.Role, list[glue.CfnTableOptimizer]]:
    """Make the role and the three optimizers of ``table``, in it."""
    role = workspace.role(
        table, "MaintenanceRole", service="glue.amazonaws.com", statements=_statements(table, workspace)
    )
    days = workspace.profile.old_version_days if maintenance.snapshot_days is None else maintenance.snapshot_days
    kinds: dict[str, tuple[str, dict[str, Any]]] = {
        "Compaction": (
            "compaction",
            {
                "compactionConfiguration": {
                    "icebergConfiguration": {"strategy": "binpack", "minInputFiles": maintenance.min_input_files}
                }
            },
        ),
        "SnapshotRetention": (
            "retention",
            {
                "retentionConfiguration": {
                    "icebergConfiguration": {
                        "snapshotRetentionPeriodInDays": days,
                        "numberOfSnapshotsToRetain": maintenance.snapshots,
                        "cleanExpiredFiles": True,
                    }
                }
            },
        ),
        "OrphanDeletion": (
            "orphan_file_deletion",
            {
                "orphanFileDeletionConfiguration": {
                    "icebergConfiguration": {"orphanFileRetentionPeriodInDays": maintenance.orphan_days}
                }
            },
        ),
    }
    return role, [_optimizer(id, table, kind, role, more) for id, (kind, more) in kinds.items()]


def _optimizer(id: str, table: IcebergTable, kind: str, role: iam.Role, more: dict[str, Any]) -> glue.CfnTableOptimizer:
    optimizer = glue.CfnTableOptimizer(
        table,
        id,
        catalog_id=Aws.ACCOUNT_ID,
        database_name=table.database.database_name,
        table_name=table.table_name,
        type=kind,
        table_optimizer_configuration={"enabled": True, "roleArn": role.role_arn, **more},
    )
    optimizer.add_resource_dependency(table.cfn_table)
    return optimizer


def _statements(table: IcebergTable, workspace: Workspace) -> Sequence[Statement]:
    logs = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:/aws-glue/iceberg-"
    return [
        # Where Lake Formation guards the files, permissions on the bucket would go around it.
        *(_use_files(table) if table.database.registration is None else [ask_for_data()]),
        *use_key(workspace.key.key_arn),
        Statement(
            actions=["glue:GetTable", "glue:UpdateTable"],
            resources=[catalog_arn(), table.database.database_arn, table.table_arn],
        ),
        *(
            statement
            for kind in _LOGS
            for statement in write_logs(
                f"{logs}{kind}/logs:*", actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
            )
        ),
    ]


def _use_files(table: IcebergTable) -> Sequence[Statement]:
    return [
        Statement(
            actions=["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            resources=[f"{table.bucket.bucket_arn}/{table.prefix}/*"],
            wildcard=f"Iceberg names files by itself; the prefix is this table's own. {_PAGE}",
        ),
        Statement(
            actions=["s3:ListBucket"],
            resources=[table.bucket.bucket_arn],
            conditions={"StringLike": {"s3:prefix": [table.prefix, f"{table.prefix}/*"]}},
        ),
    ]
