"""A preparation of orders, with everything that it stands on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.data import (
    Aggregate,
    Column,
    Database,
    DataPreparation,
    IcebergTable,
    IncomingFiles,
    LakeTables,
    SparkJob,
    WindowFeatures,
    preparation_script,
)
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS

ORDERS = (
    Column("order_id", "string"),
    Column("customer_id", "bigint"),
    Column("ordered_at", "timestamp"),
    Column("country", "string"),
    Column("amount", "decimal(10,2)"),
)
CUSTOMERS = (Column("customer_id", "bigint"), Column("as_of", "timestamp"), Column("orders_7d", "bigint"))


@dataclass
class Parts:
    """What a preparation stands on.

    :ivar make: makes one.
    """

    stack: cdk.Stack
    workspace: Workspace
    orders: IcebergTable
    customers: IcebergTable
    job: SparkJob
    make: Callable[..., DataPreparation]

    @property
    def features(self) -> WindowFeatures:
        """Features of customers."""
        wanted = [Aggregate("orders_7d", "count", "order_id", 7)]
        return WindowFeatures(table=self.customers, entity=["customer_id"], aggregates=wanted)


def parts() -> Parts:
    """Tables and a job in a stack of their own."""
    stack = cdk.Stack(cdk.App(context=FLAGS), "Shop")
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    database = Database(
        stack, "Shop", workspace=workspace, name="shop", bucket=workspace.data_bucket, prefix="curated/shop"
    )
    here: dict[str, Any] = {"workspace": workspace, "database": database, "maintenance": None}
    orders = IcebergTable(stack, "OrdersTable", name="orders", columns=ORDERS, **here)
    customers = IcebergTable(stack, "CustomersTable", name="customers", columns=CUSTOMERS, **here)
    lake = LakeTables(warehouse=database.location)
    job = SparkJob(stack, "Prepare", workspace=workspace, script=preparation_script(), lake=lake)

    def make(id: str = "Orders", **changed: Any) -> DataPreparation:
        usual: dict[str, Any] = {
            "workspace": workspace,
            "job": job,
            "source": IncomingFiles(format="json"),
            "table": orders,
            "key": ["order_id"],
            "event_time": "ordered_at",
        }
        return DataPreparation(stack, id, **{**usual, **changed})

    return Parts(stack, workspace, orders, customers, job, make)


@pytest.fixture(scope="module")
def shop() -> Parts:
    """What the preparations of a module stand on: each has an id of its own."""
    return parts()
