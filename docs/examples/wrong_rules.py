"""Rules that the table cannot be asked."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_ml.data import Column, Database, DataQualityRuleset, IcebergTable
from cdk_ml.workspace import CostTags, Profile, Workspace

stack = cdk.Stack(cdk.App(), "Orders")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.SANDBOX,
    tags=CostTags(project="orders", owner="growth-ml", cost_center="4711"),
)
database = Database(stack, "Sales", workspace=workspace, name="sales", bucket=workspace.data_bucket)
orders = IcebergTable(
    stack,
    "OrderTable",
    workspace=workspace,
    database=database,
    name="orders",
    columns=[Column("order_id", "bigint"), Column("changed_at", "timestamp")],
)
DataQualityRuleset(
    stack,
    "Rules",
    workspace=workspace,
    table=orders,
    rules="""
        Rules = [
            IsComplete "ordr_id",
            DataFreshness "changed_at" <= 24,
            RowCount > avg(last(10))
        ]
    """,
)
