"""Analysts ask about a shop's orders, and a state machine counts them every night."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from cdk_ml.data import Column, Database, IcebergTable, NamedQuery, PreparedStatement, View, WorkGroup
from cdk_ml.workflow import Schedule, StateMachine
from cdk_ml.workspace import CostTags, Profile, Workspace

FOLDER = Path("docs/examples/athena")

app = cdk.App()
stack = cdk.Stack(app, "Shop")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
)
database = Database(
    stack, "Database", workspace=workspace, name="shop", bucket=workspace.data_bucket, prefix="curated/shop"
)
orders = IcebergTable(
    stack,
    "Orders",
    workspace=workspace,
    database=database,
    name="orders",
    columns=[
        Column("order_id", "string"),
        Column("customer_id", "string"),
        Column("amount", "decimal(10,2)"),
        Column("event_time", "timestamp"),
    ],
)
spent = View(
    stack,
    "Spent",
    workspace=workspace,
    database=database,
    name="spent",
    sql=(FOLDER / "spent.sql").read_text(),
    tables=[orders],
)

analysts = WorkGroup(stack, "Analysts", workspace=workspace, name="analysts", bytes_limit=10 * 2**30)
NamedQuery(
    stack,
    "BestCustomers",
    work_group=analysts,
    database=database,
    name="best customers",
    sql="SELECT customer_id, spent FROM spent ORDER BY spent DESC LIMIT 100",
    tables=[spent],
)
PreparedStatement(
    stack,
    "OrdersOf",
    work_group=analysts,
    database=database,
    name="orders_of",
    sql="SELECT order_id, amount FROM orders WHERE customer_id = ?",
    tables=[orders],
)
analyst = iam.Role(stack, "Analyst", assumed_by=iam.AccountRootPrincipal())
analysts.grant_query(analyst, spent, orders)

count = analysts.query_task(
    stack,
    "CountOrders",
    sql="SELECT count(*) AS orders FROM orders WHERE event_time >= CAST(? AS timestamp)",
    database=database,
    tables=[orders],
    parameters=["$.since"],
)
nightly = StateMachine(
    stack, "Nightly", workspace=workspace, definition=count, statements=analysts.query_statements(orders)
)
Schedule(
    stack,
    "EveryNight",
    workspace=workspace,
    expression="cron(0 3 * * ? *)",
    target=nightly.target,
    input={"since": "2026-11-01 00:00:00"},
)
app.synth()
