"""Filters: the columns and rows of a table that somebody sees.

https://docs.aws.amazon.com/lake-formation/latest/dg/data-filters-about.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_lakeformation as lakeformation
from constructs import Construct

from cdk_ml.data.catalog.external_table import ExternalTable
from cdk_ml.data.catalog.types import parse_type
from cdk_ml.data.lake.row_filter import row_filter_problems
from cdk_ml.errors import Problem, reject

if TYPE_CHECKING:
    from cdk_ml.data.catalog.table import CatalogTable
    from cdk_ml.data.lake.data_lake import DataLake


class DataCellsFilter(Construct):
    """A filter on a table of a lake: the columns and rows that whoever gets it sees.

    :meth:`DataLake.grant_read <cdk_ml.data.DataLake.grant_read>` makes the filters that it needs. Make one yourself to
    share it with another account. Columns of a filter that names them stay what they are when the table gets another
    one; a filter that excludes some shows it.

    Its name is made of what it lets through: a filter never changes, it is another one, and nobody sees more or less
    while the grants move from one to the other.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import Column, DataCellsFilter, DataLake, IcebergTable
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> lake = DataLake(stack, "Lake", workspace=workspace)
    >>> customers = IcebergTable(
    ...     stack,
    ...     "Customers",
    ...     workspace=workspace,
    ...     database=lake.curated.database,
    ...     name="customers",
    ...     columns=[Column("customer_id", "string"), Column("country", "string"), Column("event_time", "timestamp")],
    ... )
    >>> swiss = DataCellsFilter(
    ...     stack, "Swiss", lake=lake, table=customers, columns=["customer_id"], rows="country = 'CH'"
    ... )

    See https://docs.aws.amazon.com/lake-formation/latest/dg/data-filters-about.html

    :ivar table: that it is on.
    :ivar filter_name: its name.
    :ivar excludes: whether it names the columns that nobody sees, and not those that one sees.
    :ivar cfn_filter: the filter.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        lake: DataLake,
        table: CatalogTable,
        columns: Sequence[str] | None = None,
        excluded_columns: Sequence[str] = (),
        rows: str | None = None,
    ) -> None:
        """
        :param lake: that the table is in.
        :param table: that it is on.
        :param columns: those that one sees; all of them when not given.
        :param excluded_columns: those that one does not see, instead.
        :param rows: condition on the rows that one sees, such as ``country = 'CH'``; all of them when not given.
        :raises cdk_ml.errors.ConfigurationError: a table of no lake, columns that it lacks, a condition that is not in
            Lake Formation's language, or a filter that lets everything through.
        """
        super().__init__(scope, id)
        found = [*lake.table_problems(table), *cells_problems(table, columns, excluded_columns, rows)]
        if columns is None and not excluded_columns and rows is None:
            found.append(Problem("rows", None, "and all columns are the whole table", "Name columns or rows"))
        reject(self, found)
        digest = cells_digest(columns, excluded_columns, rows)
        self.table = table
        self.filter_name = f"{table.table_name}-{digest}-{self.node.addr[-6:]}"
        self.excludes = columns is None
        wildcard = {"excludedColumnNames": [*excluded_columns]} if excluded_columns else {}
        self.cfn_filter = lakeformation.CfnDataCellsFilter(
            self,
            # Another filter is another resource: the grants move to it before the old one goes.
            f"Cells{digest}",
            table_catalog_id=Aws.ACCOUNT_ID,
            database_name=table.database.database_name,
            table_name=table.table_name,
            name=self.filter_name,
            column_names=None if columns is None else [*columns],
            column_wildcard=wildcard if columns is None else None,
            row_filter={"allRowsWildcard": {}} if rows is None else {"filterExpression": rows},
        )
        lake.in_turn(self.cfn_filter, *lake.ready(table))


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
