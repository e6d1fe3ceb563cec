"""A Spark job without servers, run every night by a state machine."""

import aws_cdk as cdk

from cdk_ml.data import Capacity, ServerlessApplication, ServerlessJob, Spark, SparkCatalog, Worker
from cdk_ml.sagemaker import Script
from cdk_ml.workflow import Schedule, StateMachine
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Shop")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="shop", owner="data", cost_center="4711"),
)
application = ServerlessApplication(
    stack, "Spark", workspace=workspace, maximum_capacity=Capacity(vcpu=64, memory_gb=256, disk_gb=500)
)
orders = ServerlessJob(
    stack,
    "Orders",
    workspace=workspace,
    application=application,
    script=Script("docs/examples/spark", "orders.py"),
    arguments={"--table": "glue_catalog.shop.orders"},
    spark=Spark(
        executor=Worker(vcpu=4, memory_gb=16),
        maximum_executors=8,
        catalog=SparkCatalog(databases=["shop"], bucket=workspace.data_bucket, prefix="shop/"),
    ),
)
machine = StateMachine(
    stack,
    "Nightly",
    workspace=workspace,
    definition=orders.task(stack, "CountOrders", arguments={"--day": "$.day"}),
    statements=orders.run_statements(),
)
Schedule(
    stack,
    "EveryNight",
    workspace=workspace,
    expression="cron(0 3 * * ? *)",
    target=machine.target,
    input={"day": "<aws.scheduler.scheduled-time>"},
)
app.synth()
