"""Orders as partners send them, as the shop keeps them, and clicks that S3 keeps by itself."""

import aws_cdk as cdk

from cdk_ml.data import Column, Database, ExternalTable, FileFormat, IcebergTable, S3Table, TableBucket
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Shop")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="shop", owner="data", cost_center="4711"),
)
landing = Database(
    stack, "Landing", workspace=workspace, name="landing", bucket=workspace.data_bucket, prefix="raw/partners"
)
shop = Database(stack, "Curated", workspace=workspace, name="shop", bucket=workspace.data_bucket, prefix="curated/shop")

# What others write: CSV files in folders such as raw/partners/orders/arrived_on=2026-11-24/.
arrived = ExternalTable(
    stack,
    "Arrived",
    workspace=workspace,
    database=landing,
    name="orders",
    columns=[Column("order_id", "string"), Column("amount", "double"), Column("arrived_on", "string")],
    format=FileFormat.CSV,
    partitions=["arrived_on"],
)

# What you write, with updates and deletions, and read as it was at any time of the last 90 days.
orders = IcebergTable(
    stack,
    "Orders",
    workspace=workspace,
    database=shop,
    name="orders",
    columns=[
        Column("order_id", "string"),
        Column("customer_id", "bigint", "As in the shop"),
        Column("amount", "decimal(10,2)"),
        Column("ordered_at", "timestamptz"),
        Column("skus", "array<string>"),
    ],
    key=["order_id"],
    partitions=["day(ordered_at)", "bucket(16, customer_id)"],
    schema_file="docs/examples/tables/orders.json",
)

# What arrives by the second, in files so small that somebody has to look after them all day.
clicks = S3Table(
    stack,
    "Clicks",
    workspace=workspace,
    table_bucket=TableBucket(stack, "Tables", workspace=workspace, namespaces=["shop"]),
    namespace="shop",
    name="clicks",
    columns=[Column("clicked_at", "timestamptz"), Column("page", "struct<path:string,position:int>")],
    partitions=["hour(clicked_at)"],
)
app.synth()
