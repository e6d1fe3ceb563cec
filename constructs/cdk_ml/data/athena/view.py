"""A view as code: a query over tables of the catalog, read when it is synthesized.

It is an entry of the Glue catalog, and not a ``CREATE VIEW`` that something runs: CloudFormation then makes, changes,
shows and deletes it like every other resource, without a query, a function, or a role that may change the catalog. What
Athena keeps of a view is an encoded definition in that entry, with the columns and their types; Athena refuses to read
a view whose query gives other types than it says. That is why the types are derived here, or asked for.
https://docs.aws.amazon.com/athena/latest/ug/working-with-views.html
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence

from aws_cdk import Aws, Fn
from aws_cdk import aws_glue as glue
from constructs import Construct

from cdk_ml.data.athena.sql import CATALOG, KnownTable, query_problems, view_columns
from cdk_ml.data.athena.types import trino
from cdk_ml.data.catalog.columns import Column, column_problems, glue_columns, name_problems
from cdk_ml.data.catalog.database import Database, description_problems
from cdk_ml.data.catalog.table import CatalogTable, table_arn
from cdk_ml.data.catalog.types import NOT_HIVE, hive, parse_type
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Workspace

_UNNAMED = re.compile(r"_col_?\d+")


class View(Construct):
    """A view in the catalog, whose query is read when it is synthesized: its tables and columns are there.

    Creates the view and nothing else. Whoever asks it needs the tables that it is made of as well:
    ``work_group.grant_query(role, view)`` grants both. Names and types of its columns follow from the query where they
    do so for sure; what does not, such as the result of a percentile, is cast in the query or said in ``columns``.

    Reading the query needs ``sqlglot``: ``pip install 'cdk-ml[data]'``. Without it, say ``columns``; tables and columns
    are then not looked for.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import Column, Database, IcebergTable, View
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> database = Database(
    ...     stack, "Shop", workspace=workspace, name="shop", bucket=workspace.data_bucket, prefix="curated/shop"
    ... )
    >>> orders = IcebergTable(
    ...     stack,
    ...     "Orders",
    ...     workspace=workspace,
    ...     database=database,
    ...     name="orders",
    ...     columns=[
    ...         Column("order_id", "string"),
    ...         Column("customer_id", "string"),
    ...         Column("amount", "decimal(10,2)"),
    ...         Column("event_time", "timestamp"),
    ...     ],
    ... )
    >>> spent = View(
    ...     stack,
    ...     "Spent",
    ...     workspace=workspace,
    ...     database=database,
    ...     name="spent",
    ...     sql="SELECT customer_id, count(*) AS orders, sum(amount) AS spent FROM orders GROUP BY customer_id",
    ...     tables=[orders],
    ... )
    >>> spent.columns[2].type
    'decimal(38,2)'

    See https://docs.aws.amazon.com/athena/latest/ug/views.html

    :ivar database: that it is in.
    :ivar table_name: its name.
    :ivar columns: what it gives.
    :ivar tables: what it is made of.
    :ivar sql: its query.
    :ivar cfn_table: its entry in the catalog.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        database: Database,
        name: str,
        sql: str,
        tables: Sequence[CatalogTable | View],
        columns: Sequence[Column] | None = None,
        description: str = "",
    ) -> None:
        """
        :param workspace: tags and profile.
        :param database: where it is; tables that the query names without a database are looked for there.
        :param name: lower case letters, digits and underscores.
        :param sql: one SELECT, without a semicolon.
        :param tables: tables and views that the query may name.
        :param columns: what it gives, where that does not follow from the query.
        :param description: what it is for, at most 2048 characters.
        :raises cdk_ml.errors.ConfigurationError: what is no query, a table or a column that is not there, a column
            without a name or without a known type, and ``columns`` that are not those of the query.
        """
        super().__init__(scope, id)
        problems, derived = _view_problems(name, sql, known_tables(tables), database.database_name, columns)
        reject(self, [*problems, *description_problems(description)])
        workspace.adopt(self)
        self.database = database
        self.table_name = name
        self.columns = derived
        self.tables = tuple(tables)
        self.sql = sql
        self.cfn_table = glue.CfnTable(
            self,
            "Resource",
            catalog_id=Aws.ACCOUNT_ID,
            database_name=database.database_name,
            table_input={
                "name": name,
                "description": description or None,
                "tableType": "VIRTUAL_VIEW",
                # Athena looks for both.
                "parameters": {"presto_view": "true", "comment": "Presto View"},
                "partitionKeys": [],
                "storageDescriptor": {
                    "columns": glue_columns(derived),
                    "location": "",
                    # Athena does not read a table without one.
                    "serdeInfo": {},
                },
                "viewOriginalText": _encoded(sql, database.database_name, derived),
                "viewExpandedText": "/* Presto View */",
            },
        )
        # Names in the catalog are texts: nothing else says what has to be there before.
        self.node.add_dependency(database, *tables)

    @property
    def partition_columns(self) -> tuple[Column, ...]:
        """A view has none."""
        return ()

    @property
    def table_arn(self) -> str:
        """For policies."""
        return table_arn(self.database.database_name, self.table_name)


def known_tables(tables: Sequence[CatalogTable | View]) -> list[KnownTable]:
    """What a query may know of tables and views."""
    return [
        KnownTable(
            table.database.database_name,
            table.table_name,
            {column.name: hive(parse_type(column.type)) for column in table.columns},
        )
        for table in tables
    ]


def _view_problems(
    name: str, sql: str, tables: Sequence[KnownTable], database: str, columns: Sequence[Column] | None
) -> tuple[list[Problem], tuple[Column, ...]]:
    problems, output = query_problems("sql", sql, tables, database=database, reads=True)
    if output.parameters:
        rule, fix = f"has {output.parameters} parameters", "Use a prepared statement for what is asked with parameters"
        problems.append(Problem("sql", "?", rule, fix))
    found: tuple[Column, ...] = ()
    if not problems:
        more, found = view_columns("sql", output, columns)
        problems += more
    problems += _column_problems(found)
    return [*name_problems("name", name), *problems], found


def _column_problems(columns: Sequence[Column]) -> Iterator[Problem]:
    unnamed = [column.name for column in columns if _UNNAMED.fullmatch(column.name)]
    for name in unnamed:
        yield Problem("sql", name, "is what Athena calls a column without a name", "Write AS and a name")
    if columns and not unnamed:
        yield from column_problems(columns, NOT_HIVE, "a view")


def _encoded(sql: str, database: str, columns: Sequence[Column]) -> str:
    definition = {
        "originalSql": sql,
        "catalog": CATALOG,
        "schema": database,
        "columns": [{"name": column.name, "type": trino(parse_type(column.type))} for column in columns],
    }
    text = json.dumps(definition)
    encoded = Fn.base64(text) if is_token(text) else b64encode(text.encode()).decode()
    return f"/* Presto View: {encoded} */"
