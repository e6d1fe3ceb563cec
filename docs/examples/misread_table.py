"""A table that would be made, and misread."""

import aws_cdk as cdk

from cdk_ml.data import Column, Database, IcebergTable
from cdk_ml.workspace import CostTags, Profile, Workspace

stack = cdk.Stack(cdk.App(), "Shop")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.SANDBOX,
    tags=CostTags(project="shop", owner="data", cost_center="4711"),
)
shop = Database(stack, "Curated", workspace=workspace, name="shop", bucket=workspace.data_bucket, prefix="curated/shop")
orders = IcebergTable(
    stack,
    "Orders",
    workspace=workspace,
    database=shop,
    name="orders",
    columns=[
        Column("orderId", "string"),
        Column("amount", "decimal(2,10)"),
        Column("paid", "bool"),
        Column("ordered_on", "date"),
    ],
)
