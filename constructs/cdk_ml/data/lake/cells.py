"""Columns and rows of a table that somebody sees: what is wrong with a choice of them, and the filter that says it.

https://docs.aws.amazon.com/lake-formation/latest/dg/data-filters-about.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

from aws_cdk import Aws
from aws_cdk import aws_lakeformation as lakeformation
from constructs import Construct

from cdk_ml.data.catalog.external_table import ExternalTable
from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.data.catalog.types import parse_type
from cdk_ml.data.lake.row_filter import row_filter_problems
from cdk_ml.errors import Problem


def make_filter(
    scope: Construct, table: CatalogTable, columns: Sequence[str] | None, excluded: Sequence[str], rows: str | None
) -> lakeformation.CfnDataCellsFilter:
    """Make the filter in ``scope``, or find it there.

    Its name and its id are made of what it lets through. Another filter is another resource, so that grants move to it
    before the old one goes.
    """
    digest = cells_digest(columns, excluded, rows)
    id = f"{table.database.database_name}-{table.table_name}-{digest}"
    found = scope.node.try_find_child(id)
    if isinstance(found, lakeformation.CfnDataCellsFilter):
        return found
    wildcard = {"excludedColumnNames": [*excluded]} if excluded else {}
    return lakeformation.CfnDataCellsFilter(
        scope,
        id,
        table_catalog_id=Aws.ACCOUNT_ID,
        database_name=table.database.database_name,
        table_name=table.table_name,
        name=f"{table.table_name}-{digest}-{scope.node.addr[-6:]}",
        column_names=None if columns is None else [*columns],
        column_wildcard=wildcard if columns is None else None,
        row_filter={"allRowsWildcard": {}} if rows is None else {"filterExpression": rows},
    )


def cells_digest(columns: Sequence[str] | None, excluded_columns: Sequence[str], rows: str | None) -> str:
    """What tells filters of one table apart."""
    content = [None if columns is None else sorted(columns), sorted(excluded_columns), rows]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:10]


def cells_problems(
    table: CatalogTable, columns: Sequence[str] | None, excluded_columns: Sequence[str], rows: str | None
) -> Iterator[Problem]:
    """What is wrong with a choice of columns and rows."""
    known = [column.name for column in table.columns]
    fix = f"Use some of {', '.join(known)}"
    if columns is not None and not columns:
        yield Problem("columns", columns, "are none", fix)
    if columns is not None and excluded_columns:
        rule = "and columns= exclude each other"
        yield Problem("excluded_columns", [*excluded_columns], rule, "Name the columns that one sees, or the others")
    for argument, names in (("columns", columns or ()), ("excluded_columns", excluded_columns)):
        for name in names:
            if name not in known:
                yield Problem(argument, name, f"is not a column of {table.table_name}", fix)
    if excluded_columns and {*known} <= {*excluded_columns}:
        yield Problem("excluded_columns", [*excluded_columns], "are all columns", "Leave one that one sees")
    if rows is not None:
        types = {column.name: parse_type(column.type) for column in table.columns}
        # Partitions of Iceberg are in its metadata, and their columns in the files.
        partitions = [column.name for column in table.partition_columns if isinstance(table, ExternalTable)]
        yield from row_filter_problems("rows", rows, types=types, partitions=partitions)
