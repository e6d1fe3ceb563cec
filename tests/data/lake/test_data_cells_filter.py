"""A filter says which columns and rows one sees, and is another one when that changes."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from cdk_ml.data import DataCellsFilter, DataLake
from cdk_ml.data.lake.cells import cells_digest
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.conftest import resources
from tests.data.lake.lakes import elsewhere, iceberg

TYPE = "AWS::LakeFormation::DataCellsFilter"


def test_a_filter_has_columns_and_rows(stack: cdk.Stack, workspace: Workspace) -> None:
    lake = DataLake(stack, "Lake", workspace=workspace)
    table = iceberg(stack, workspace, lake.curated.database)
    some = DataCellsFilter(stack, "Some", lake=lake, table=table, columns=["age", "country"], rows="age >= 18")
    others = DataCellsFilter(stack, "Others", lake=lake, table=table, excluded_columns=["email"])
    assert (some.excludes, others.excludes) == (False, True)
    made = {
        body["Properties"]["Name"]: body for body in resources(assertions.Template.from_stack(stack), TYPE).values()
    }
    assert made.keys() == {some.filter_name, others.filter_name}
    where = {
        "TableCatalogId": {"Ref": "AWS::AccountId"},
        "DatabaseName": "churn_lake_curated",
        "TableName": "customers",
    }
    assert made[some.filter_name]["Properties"] == {
        **where,
        "Name": some.filter_name,
        "ColumnNames": ["age", "country"],
        "RowFilter": {"FilterExpression": "age >= 18"},
    }
    assert made[others.filter_name]["Properties"] == {
        **where,
        "Name": others.filter_name,
        "ColumnWildcard": {"ExcludedColumnNames": ["email"]},
        "RowFilter": {"AllRowsWildcard": {}},
    }
    assert stack.get_logical_id(table.cfn_table) in made[some.filter_name]["DependsOn"]


def test_what_it_lets_through_tells_it_from_others() -> None:
    choices: list[tuple[list[str] | None, list[str], str | None]] = [
        (["a"], [], None),
        (["a", "b"], [], None),
        (None, ["a"], None),
        (None, [], "a = 1"),
        (["a"], [], "a = 1"),
    ]
    assert len({cells_digest(*choice) for choice in choices}) == len(choices)
    assert cells_digest(["a", "b"], [], None) == cells_digest(["b", "a"], [], None)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({}, "rows=None and all columns are the whole table. Name columns or rows"),
        ({"columns": ["phone"]}, "columns='phone' is not a column of customers. Use some of customer_id"),
        ({"rows": "LOWER(country) = 'ch'"}, "rows='LOWER(country)' stands where a column has to be"),
    ],
)
def test_a_filter_that_lake_formation_would_refuse_is_refused(
    arguments: dict[str, Any], wrong: str, stack: cdk.Stack, workspace: Workspace
) -> None:
    lake = DataLake(stack, "Lake", workspace=workspace)
    table = iceberg(stack, workspace, lake.curated.database)
    with pytest.raises(ConfigurationError) as error:
        DataCellsFilter(stack, "Filter", lake=lake, table=table, **arguments)
    assert wrong in str(error.value)


def test_a_table_that_nobody_guards_takes_no_filter(stack: cdk.Stack, workspace: Workspace) -> None:
    lake = DataLake(stack, "Lake", workspace=workspace)
    with pytest.raises(ConfigurationError, match="database='elsewhere' is in no zone of the lake"):
        DataCellsFilter(stack, "Filter", lake=lake, table=elsewhere(stack, workspace), columns=["age"])
