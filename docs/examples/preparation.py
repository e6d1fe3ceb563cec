"""Readings of machines, prepared on EMR Serverless every hour."""

import aws_cdk as cdk

from cdk_ml.data import (
    Column,
    Database,
    DataPreparation,
    Fresh,
    IcebergTable,
    IncomingFiles,
    InRange,
    Matches,
    QualityGate,
    ServerlessApplication,
    ServerlessJob,
    Spark,
    SparkCatalog,
    preparation_script,
)
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Plant")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="plant", owner="reliability", cost_center="4711"),
)
plant = Database(stack, "Database", workspace=workspace, name="plant", bucket=workspace.data_bucket, prefix="plant")
readings = IcebergTable(
    stack,
    "Readings",
    workspace=workspace,
    database=plant,
    name="readings",
    columns=[
        Column("machine_id", "string"),
        Column("read_at", "timestamp"),
        Column("temperature", "double", "In degrees Celsius"),
        Column("firmware", "string"),
    ],
    partitions=["day(read_at)"],
)
job = ServerlessJob(
    stack,
    "Prepare",
    workspace=workspace,
    application=ServerlessApplication(stack, "Spark", workspace=workspace),
    script=preparation_script(),
    spark=Spark(catalog=SparkCatalog(databases=["plant"], bucket=workspace.data_bucket, prefix="plant/", writes=True)),
)
preparation = DataPreparation(
    stack,
    "Preparation",
    workspace=workspace,
    job=job,
    source=IncomingFiles(format="csv", optional=["firmware"]),
    table=readings,
    key=["machine_id", "read_at"],
    event_time="read_at",
    gate=QualityGate(
        rules=[
            Matches(column="machine_id", pattern="^m-[0-9]+$"),
            InRange(column="temperature", minimum=-40, maximum=150),
            Fresh(hours=6),
        ],
        refuse_above=0.05,
    ),
    schedule="rate(1 hour)",
)
app.synth()
