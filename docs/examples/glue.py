"""Orders of a day: merged into an Iceberg table, asked whether they are good, and only then used."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn

from cdk_ml.data import Column, Database, DataQualityRuleset, IcebergTable, LakeTables, QualityRule, SparkJob, Workers
from cdk_ml.sagemaker import Script
from cdk_ml.workflow import Schedule, StateMachine
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Orders")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="orders", owner="growth-ml", cost_center="4711"),
)
database = Database(stack, "Sales", workspace=workspace, name="sales", bucket=workspace.data_bucket, prefix="curated")
orders = IcebergTable(
    stack,
    "OrderTable",
    workspace=workspace,
    database=database,
    name="orders",
    columns=[Column("order_id", "bigint"), Column("state", "string"), Column("changed_at", "timestamp")],
)
curate = SparkJob(
    stack,
    "Curate",
    workspace=workspace,
    script=Script("docs/examples/curate", "curate.py"),
    workers=Workers(type="G.1X", count=10, auto_scaling=True),
    lake=LakeTables(warehouse=f"{database.location}/"),
    arguments={"table": "glue_catalog.sales.orders"},
)
rules = DataQualityRuleset(
    stack,
    "Rules",
    workspace=workspace,
    table=orders,
    rules=[
        QualityRule("IsPrimaryKey", "order_id"),
        QualityRule("ColumnValues", "state", condition='in ["new", "paid", "sent"]', threshold="> 0.99"),
        QualityRule("DataFreshness", "changed_at", condition="<= 24 hours", where="state <> 'sent'"),
    ],
)
run = curate.task(stack, "CurateOrders", arguments={"source": "$.source"})
good = rules.gate(stack, "OrdersAreGood", minimum_score=0.9)
machine = StateMachine(
    stack,
    "Nightly",
    workspace=workspace,
    definition=sfn.Chain.start(run).next(good).next(sfn.Succeed(stack, "Use")),
    statements=[*curate.run_statements(), *rules.run_statements()],
)
Schedule(
    stack,
    "EveryNight",
    workspace=workspace,
    expression="cron(0 3 * * ? *)",
    target=machine.target,
    input={"source": f"s3://{workspace.data_bucket.bucket_name}/orders/"},
)
app.synth()
