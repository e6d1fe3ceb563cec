"""Two people, one table: what each sees is granted in a line."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.data import Column, DataLake, DataLakeSettings, IcebergTable
from cdk_ml.workspace import CostTags, Profile, Workspace


class Orders(cdk.Stack):
    def __init__(self, scope: Construct, id: str, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="orders", owner="growth-ml", cost_center="4711")
        workspace = Workspace(self, "Workspace", profile=Profile.PRODUCTION, tags=tags)
        settings = DataLakeSettings(self, "Settings", workspace=workspace)
        lake = DataLake(self, "Lake", workspace=workspace, settings=settings)
        orders = IcebergTable(
            self,
            "Orders",
            workspace=workspace,
            database=lake.curated.database,
            name="orders",
            columns=[Column("order_id", "string"), Column("email", "string"), Column("country", "string")],
        )
        accountant = iam.Role(self, "Accountant", assumed_by=iam.AccountRootPrincipal())
        lake.grant_read(accountant, orders)
        analyst = iam.Role(self, "Analyst", assumed_by=iam.AccountRootPrincipal())
        lake.grant_read(analyst, orders, columns=["order_id", "country"], rows="country IN ('CH', 'AT')")


app = cdk.App()
Orders(app, "Orders")
app.synth()
