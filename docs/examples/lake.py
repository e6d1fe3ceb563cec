"""One table, and two people who see different columns and rows of it."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from cdk_ml.data import Column, DataLake, DataLakeSettings, IcebergTable
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Shop")
tags = CostTags(project="shop", owner="growth-ml", cost_center="4711")
workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=tags)
settings = DataLakeSettings(stack, "Settings", workspace=workspace)
lake = DataLake(stack, "Lake", workspace=workspace, settings=settings)
orders = IcebergTable(
    stack,
    "Orders",
    workspace=workspace,
    database=lake.curated.database,
    name="orders",
    columns=[Column("order_id", "string"), Column("email", "string"), Column("country", "string")],
)

accountant = iam.Role(stack, "Accountant", assumed_by=iam.AccountRootPrincipal())
lake.grant_read(accountant, orders)
analyst = iam.Role(stack, "Analyst", assumed_by=iam.AccountRootPrincipal())
lake.grant_read(analyst, orders, columns=["order_id", "country"], rows="country IN ('CH', 'AT')")

app.synth()
