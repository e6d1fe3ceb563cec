"""Lakes, tables, jobs on Glue, EMR and DataBrew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_cdk import aws_ec2 as ec2

from cdk_ml.data import (
    CatalogTable,
    Certificates,
    Column,
    Connection,
    Database,
    DataBrewDataset,
    DataBrewRecipe,
    DataBrewRuleset,
    DataCellsFilter,
    DataLake,
    DataLakeSettings,
    DatasetFiles,
    EmrCluster,
    EmrVirtualCluster,
    Fleet,
    GlueJob,
    IcebergTable,
    LFTag,
    ManagedScaling,
    PreparationJob,
    ProfileJob,
    PythonShellJob,
    ServerlessApplication,
    SparkJob,
    TableBucket,
    View,
    WorkGroup,
    preparation_script,
)
from cdk_ml.data.databrew.expressions import DataBrewRule
from cdk_ml.data.databrew.job import DataBrewJob
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import ROOT, TAGS
from tests.proofs.arguments.known import Known
from tests.proofs.arguments.values import TOKEN

USUAL: Mapping[str, Sequence[Any]] = {
    "bytes_limit": [2**30],
    "check": ["AGG(ROWS_COUNT) > :least", "> :least"],
    "columns": [
        (Column("customer_id", "bigint", "Of the shop"), Column("seen_at", "timestamp"), Column("country", "string")),
        (Column("customer_id", "string"), Column("baskets", "array<struct<sku:string,pieces:int>>")),
    ],
    "consumer": ["222222222222", "arn:aws:organizations::111111111111:organization/o-abc123", TOKEN],
    "databases": [("shop",)],
    "exclusions": [(), ("**/_temporary/**",)],
    "key": [("customer_id",)],
    "namespaces": [("shop",), ("shop", "features")],
    "nodes": ["docs/examples/glue_studio/orders.json"],
    "partitions": [(), ("country",), ("day(seen_at)", "bucket(16, customer_id)")],
    "rows": ["customer_id = 'c-1'", None],
    "rules": ['Rules = [ IsComplete "customer_id", RowCount > 0 ]'],
    "sql": ["SELECT customer_id FROM orders", "SELECT count(*) FROM orders WHERE customer_id = ?"],
    "steps": ["docs/examples/databrew/clean.json"],
    "table_prefix": ["found_"],
    "targets": [("",), ("acme", "globex/orders")],
    "values": [{":least": "1"}],
}


def _database(known: Known) -> Database:
    workspace = known(Workspace)
    return Database(known.scope, "KnownDatabase", workspace=workspace, name="shop", bucket=workspace.data_bucket)


def _dataset(known: Known) -> DataBrewDataset:
    files = DatasetFiles(bucket=known(Workspace).data_bucket, prefix="incoming/")
    return DataBrewDataset(known.scope, "KnownDataset", workspace=known(Workspace), source=files)


def _ruleset(known: Known) -> DataBrewRuleset:
    return DataBrewRuleset(
        known.scope,
        "KnownRuleset",
        workspace=known(Workspace),
        dataset=known(DataBrewDataset),
        rules=[DataBrewRule(name="some", check="AGG(ROWS_COUNT) > :least", values={":least": "1"})],
    )


def _lake(known: Known) -> DataLake:
    tags = [LFTag("sensitivity", ("internal", "personal"))]
    return DataLake(known.scope, "KnownLake", workspace=known(Workspace), tags=tags)


def _table(known: Known) -> IcebergTable:
    return IcebergTable(
        known.scope,
        "KnownTable",
        workspace=known(Workspace),
        database=known(DataLake).curated.database,
        name="customers",
        columns=[
            Column("customer_id", "string"),
            Column("country", "string"),
            Column("seen_at", "timestamp"),
            Column("as_of", "timestamp"),
        ],
    )


def _view(known: Known) -> View:
    return View(
        known.scope,
        "KnownView",
        workspace=known(Workspace),
        database=known(DataLake).curated.database,
        name="known_customers",
        sql="SELECT customer_id FROM customers",
        tables=[known(IcebergTable)],
    )


def _cluster(known: Known) -> EmrCluster:
    """In a workspace of its own, whose network has a way out."""
    vpc = ec2.Vpc.from_vpc_attributes(
        known.scope, "NatVpc", vpc_id="vpc-2", availability_zones=["us-east-1a"], private_subnet_ids=["subnet-2"]
    )
    workspace = Workspace(known.scope, "WithNat", profile=Profile.PRODUCTION, tags=TAGS, vpc=vpc)
    return EmrCluster(
        known.scope,
        "EmrCluster",
        workspace=workspace,
        certificates=Certificates(workspace.artifact_bucket, "certificates.zip"),
        core=Fleet(instance_types=["m7g.xlarge"], on_demand=1),
        scaling=ManagedScaling(minimum=1, maximum=4),
    )


def _virtual_cluster(known: Known) -> EmrVirtualCluster:
    return EmrVirtualCluster(
        known.scope,
        "VirtualCluster",
        workspace=known(Workspace),
        cluster_name="platform",
        oidc_issuer="oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE",
        namespace="spark",
    )


KNOWN: Mapping[type, Callable[[Known], Any]] = {
    CatalogTable: lambda known: known(IcebergTable),
    Connection: lambda known: Connection(known.scope, "KnownConnection", workspace=known(Workspace)),
    Database: _database,
    DataBrewDataset: _dataset,
    DataBrewJob: lambda known: ProfileJob(
        known.scope, "KnownProfile", workspace=known(Workspace), dataset=known(DataBrewDataset)
    ),
    DataBrewRecipe: lambda known: DataBrewRecipe(
        known.scope, "KnownRecipe", workspace=known(Workspace), steps=ROOT / "docs/examples/databrew/clean.json"
    ),
    DataBrewRuleset: _ruleset,
    DataCellsFilter: lambda known: DataCellsFilter(
        known.scope, "Swiss", lake=known(DataLake), table=known(IcebergTable), columns=["customer_id"]
    ),
    DataLake: _lake,
    DataLakeSettings: lambda known: DataLakeSettings(known.scope, "KnownSettings", workspace=known(Workspace)),
    EmrCluster: _cluster,
    EmrVirtualCluster: _virtual_cluster,
    GlueJob: lambda known: PythonShellJob(
        known.scope, "KnownGlueJob", workspace=known(Workspace), script=ROOT / "docs/examples/curate/rates.py"
    ),
    IcebergTable: _table,
    PreparationJob: lambda known: SparkJob(
        known.scope, "KnownSparkJob", workspace=known(Workspace), script=preparation_script()
    ),
    ServerlessApplication: lambda known: ServerlessApplication(known.scope, "Spark", workspace=known(Workspace)),
    TableBucket: lambda known: TableBucket(known.scope, "Tables", workspace=known(Workspace), namespaces=["shop"]),
    View: _view,
    WorkGroup: lambda known: WorkGroup(known.scope, "KnownWorkGroup", workspace=known(Workspace)),
}
