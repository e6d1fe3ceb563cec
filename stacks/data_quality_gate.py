"""Orders of a shop: through a quality gate into an Iceberg table, and features of customers from it.

    files ──> inbox ──> ingest ──> gate ──> curate ──> features         one run at a time, by Spark on Glue
                           │         │         └── orders  └── customers     Iceberg tables in the data bucket
                           │         └── refused: the run fails, its files stay ──┐
                           └── no good: quarantine/, counted ──> alarm ───────────┴──> alert topic

Idle cost: 1 USD a month for the key and cents for alarms; outside of a sandbox four endpoints of the network, about
7 USD a month and zone each. A run takes two G.1X workers for some minutes, three times.

Try it: ``cdk deploy DataQualityGate``, then copy a file such as ``orders.jsonl`` with lines like ``{"order_id": "o-1",
"customer_id": 7, "ordered_at": "2026-11-01T12:00:00Z", "country": "CH", "amount": 41.5}`` to the address in the output
``Inbox``. Add one with ``"amount": -1``, and look at the address in the output ``Quarantine``.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_ml import data
from cdk_ml.cost import MonthlyLimit
from cdk_ml.data import Aggregate, Column
from cdk_ml.workspace import CostTags, Profile, Workspace

ORDERS = (
    Column("order_id", "string"),
    Column("customer_id", "bigint"),
    Column("ordered_at", "timestamp"),
    Column("country", "string"),
    Column("amount", "double", "In euros"),
)
CUSTOMERS = (
    Column("customer_id", "bigint"),
    Column("as_of", "timestamp", "Time of the latest order of the shop that they are about"),
    Column("orders_7d", "bigint"),
    Column("amount_30d", "double"),
)


class DataQualityGate(cdk.Stack):
    """A preparation of orders, with its tables and its job."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="data-quality-gate", owner="ml-platform", cost_center="ml")
        workspace = Workspace(self, "Workspace", profile=profile, tags=tags, monthly_limit=MonthlyLimit(usd=200))
        place: dict[str, Any] = {"bucket": workspace.data_bucket, "prefix": "shop"}
        shop = data.Database(self, "Shop", workspace=workspace, name="shop", **place)
        here: dict[str, Any] = {"workspace": workspace, "database": shop}
        orders = data.IcebergTable(
            self, "Orders", name="orders", columns=ORDERS, partitions=["day(ordered_at)"], **here
        )
        customers = data.IcebergTable(self, "Customers", name="customers", columns=CUSTOMERS, **here)
        job = data.SparkJob(
            self,
            "Prepare",
            workspace=workspace,
            script=data.preparation_script(),
            lake=data.LakeTables(warehouse=shop.location),
        )
        gate = data.QualityGate(
            rules=[
                data.InRange(column="amount", minimum=0, maximum=100_000),
                data.Matches(column="country", pattern="^[A-Z]{2}$"),
                data.Complete(column="country", at_least=0.9),
            ],
            refuse_above=0.2,
            alarm_above=0.01,
        )
        of_customers = [
            Aggregate("orders_7d", "count", "order_id", days=7),
            Aggregate("amount_30d", "sum", "amount", days=30),
        ]
        preparation = data.DataPreparation(
            self,
            "Preparation",
            workspace=workspace,
            job=job,
            source=data.IncomingFiles(format="json", optional=["country"]),
            table=orders,
            key=["order_id"],
            event_time="ordered_at",
            gate=gate,
            features=data.WindowFeatures(table=customers, entity=["customer_id"], aggregates=of_customers),
        )
        cdk.CfnOutput(self, "Inbox", value=f"s3://{preparation.bucket.bucket_name}/{preparation.prefix}")
        cdk.CfnOutput(self, "Quarantine", value=str(preparation.quarantine.uri))
