"""Tables of a shop, and of flowers, that queries are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.data import Column, Database, ExternalTable, IcebergTable
from cdk_ml.data.athena.sql import KnownTable
from cdk_ml.workspace import Workspace

ORDERS = {
    "order_id": "string",
    "customer_id": "string",
    "amount": "decimal(10,2)",
    "items": "array<string>",
    "address": "struct<city:string,zip:int>",
    "pieces": "int",
    "weight": "float",
    "event_time": "timestamp",
}
KNOWN = [KnownTable("shop", "orders", ORDERS)]


@pytest.fixture
def database(stack: cdk.Stack, workspace: Workspace) -> Database:
    """The shop's tables."""
    return Database(
        stack, "Shop", workspace=workspace, name="shop", bucket=workspace.data_bucket, prefix="curated/shop"
    )


@pytest.fixture
def orders(stack: cdk.Stack, workspace: Workspace, database: Database) -> IcebergTable:
    """An Iceberg table."""
    columns = [Column(name, type_) for name, type_ in ORDERS.items()]
    return IcebergTable(
        stack, "Orders", workspace=workspace, database=database, name="orders", columns=columns, partitions=()
    )


@pytest.fixture
def external(stack: cdk.Stack, workspace: Workspace, database: Database) -> Callable[..., ExternalTable]:
    """Makes tables over files."""

    def make(name: str, columns: dict[str, str], **options: Any) -> ExternalTable:
        return ExternalTable(
            stack,
            name.capitalize(),
            workspace=workspace,
            database=database,
            name=name,
            columns=[Column(column, type_) for column, type_ in columns.items()],
            **options,
        )

    return make
