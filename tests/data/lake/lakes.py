"""A lake with tables, for tests."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from cdk_ml.data import Column, Database, DataLake, ExternalTable, IcebergTable
from cdk_ml.workspace import Workspace

COLUMNS = (
    Column("customer_id", "string"),
    Column("email", "string"),
    Column("country", "string"),
    Column("age", "int"),
)


def iceberg(scope: Construct, workspace: Workspace, database: Database, id: str = "Customers") -> IcebergTable:
    """A table of customers, which nobody maintains."""
    return IcebergTable(
        scope, id, workspace=workspace, database=database, name=id.lower(), columns=COLUMNS, maintenance=None
    )


def folders(scope: Construct, workspace: Workspace, lake: DataLake) -> ExternalTable:
    """A table whose partitions are folders."""
    columns = [Column("order_id", "string"), Column("day", "string")]
    return ExternalTable(
        scope,
        "Orders",
        workspace=workspace,
        database=lake.raw.database,
        name="orders",
        columns=columns,
        partitions=["day"],
    )


def elsewhere(stack: cdk.Stack, workspace: Workspace) -> IcebergTable:
    """A table that no lake guards."""
    database = Database(stack, "Elsewhere", workspace=workspace, name="elsewhere", bucket=workspace.data_bucket)
    return iceberg(stack, workspace, database, "Unguarded")
