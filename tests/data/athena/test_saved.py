"""Saved queries and prepared statements are about what is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.data import Database, IcebergTable, NamedQuery, PreparedStatement, WorkGroup
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.conftest import only


@pytest.fixture
def group(stack: cdk.Stack, workspace: Workspace) -> WorkGroup:
    """Where they are saved."""
    return WorkGroup(stack, "Group", workspace=workspace, name="analysts")


def test_a_query_is_saved_in_its_work_group(
    group: WorkGroup, database: Database, orders: IcebergTable, stack: cdk.Stack, template: Callable[[], Template]
) -> None:
    given: dict[str, Any] = {"work_group": group, "database": database, "tables": [orders]}
    NamedQuery(stack, "Big", name="big orders", sql="SELECT order_id FROM orders WHERE amount > 1000", **given)
    made = PreparedStatement(
        stack, "Of", name="orders_of", sql="SELECT order_id FROM orders WHERE customer_id = ?", **given
    )
    found = template()
    named, prepared = only(found, "AWS::Athena::NamedQuery"), only(found, "AWS::Athena::PreparedStatement")
    assert (named["Database"], named["Name"]) == ("shop", "big orders")
    assert named["WorkGroup"] == prepared["WorkGroup"] == stack.resolve(group.cfn_work_group.ref)
    assert (prepared["StatementName"], made.parameters) == ("orders_of", 1)


@pytest.mark.parametrize(
    ("kind", "options", "why"),
    [
        (NamedQuery, {"sql": "SELECT nope FROM orders"}, "sql='nope' is no column of its tables"),
        (NamedQuery, {"name": "x" * 129}, "is not a name that Athena takes. Use 1 to 128 characters"),
        (NamedQuery, {"description": ""}, "has 0 characters. Use 1 to 1024"),
        (PreparedStatement, {"sql": "SELECT 1 FROM oders WHERE 1 = ?"}, "Did you mean shop.orders"),
        (PreparedStatement, {"name": "1st"}, "name='1st' is not a name that Athena takes. Use 2 to 256 letters"),
    ],
)
def test_what_could_not_run_is_refused(
    kind: type,
    options: dict[str, Any],
    why: str,
    group: WorkGroup,
    database: Database,
    orders: IcebergTable,
    stack: cdk.Stack,
) -> None:
    given = {
        "name": "it",
        "sql": "SELECT order_id FROM orders",
        "work_group": group,
        "database": database,
        "tables": [orders],
    }
    with pytest.raises(ConfigurationError) as error:
        kind(stack, "Saved", **{**given, **options})
    assert why in str(error.value)
