"""Queries that are saved in a work group, for people to find and for programs to fill in.

https://docs.aws.amazon.com/athena/latest/ug/saved-queries.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aws_cdk import aws_athena as athena
from constructs import Construct

from cdk_ml.data.athena.sql import Output, query_problems
from cdk_ml.data.athena.view import View, known_tables
from cdk_ml.data.athena.work_group import WorkGroup
from cdk_ml.data.catalog.database import Database
from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token

_STATEMENT_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_@:]{1,255}")
_LONGEST_DESCRIPTION = 1_024


class NamedQuery(Construct):
    """A query that is saved in a work group under a name, for people to find, run and start from.

    Creates the saved query; a change makes another one in its place. Tables and columns that it names are looked for
    when it is synthesized.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import Column, Database, IcebergTable, NamedQuery, WorkGroup
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
    ...     columns=[Column("customer_id", "string"), Column("event_time", "timestamp")],
    ... )
    >>> gone = NamedQuery(
    ...     stack,
    ...     "Gone",
    ...     work_group=WorkGroup(stack, "Analysts", workspace=workspace),
    ...     database=database,
    ...     name="customers who left in 2025",
    ...     sql="SELECT customer_id FROM orders GROUP BY customer_id HAVING max(event_time) < date '2026-01-01'",
    ...     tables=[orders],
    ... )

    See https://docs.aws.amazon.com/athena/latest/ug/saved-queries.html

    :ivar cfn_named_query: the saved query.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        work_group: WorkGroup,
        database: Database,
        name: str,
        sql: str,
        tables: Sequence[CatalogTable | View],
        description: str | None = None,
    ) -> None:
        """
        :param work_group: that it is saved in.
        :param database: where tables are that it names without a database.
        :param name: what people find it by, at most 128 characters.
        :param sql: one statement, without a semicolon.
        :param tables: tables and views that it may name.
        :param description: what it answers, at most 1024 characters.
        :raises cdk_ml.errors.ConfigurationError: for what is no statement, or names what is not there.
        """
        super().__init__(scope, id)
        problems, _ = _checked(sql, database, tables)
        reject(self, [*problems, *_name_problems(name), *_description_problems(description)])
        self.cfn_named_query = athena.CfnNamedQuery(
            self,
            "Resource",
            database=database.database_name,
            query_string=sql,
            name=name,
            description=description,
            work_group=work_group.cfn_work_group.ref,
        )


class PreparedStatement(Construct):
    """A query with question marks that is kept in a work group: ``EXECUTE name USING 'value'`` asks it.

    Values are never part of the text, so that none of them can change what is asked. A change keeps the name.

    Creates the statement. Tables and columns that it names are looked for when it is synthesized.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import Column, Database, IcebergTable, PreparedStatement, WorkGroup
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
    ...     columns=[Column("customer_id", "string"), Column("event_time", "timestamp")],
    ... )
    >>> statement = PreparedStatement(
    ...     stack,
    ...     "OrdersOf",
    ...     work_group=WorkGroup(stack, "Analysts", workspace=workspace),
    ...     database=database,
    ...     name="orders_of",
    ...     sql="SELECT event_time FROM orders WHERE customer_id = ?",
    ...     tables=[orders],
    ... )
    >>> statement.parameters
    1

    See https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html

    :ivar parameters: how many values it takes.
    :ivar cfn_prepared_statement: the statement.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        work_group: WorkGroup,
        database: Database,
        name: str,
        sql: str,
        tables: Sequence[CatalogTable | View],
        description: str | None = None,
    ) -> None:
        """
        :param work_group: that keeps it.
        :param database: where tables are that it names without a database.
        :param name: letters, digits and underscores, not starting with a digit.
        :param sql: one statement with a question mark for each value.
        :param tables: tables and views that it may name.
        :param description: what it answers, at most 1024 characters.
        :raises cdk_ml.errors.ConfigurationError: for what is no statement, or names what is not there.
        """
        super().__init__(scope, id)
        problems, output = _checked(sql, database, tables)
        reject(self, [*problems, *_statement_problems(name), *_description_problems(description)])
        self.parameters = output.parameters
        self.cfn_prepared_statement = athena.CfnPreparedStatement(
            self,
            "Resource",
            query_statement=sql,
            statement_name=name,
            description=description,
            work_group=work_group.cfn_work_group.ref,
        )


def _checked(sql: str, database: Database, tables: Sequence[CatalogTable | View]) -> tuple[list[Problem], Output]:
    return query_problems("sql", sql, known_tables(tables), database=database.database_name, reads=False)


def _name_problems(name: str) -> Iterator[Problem]:
    if not is_token(name) and not 1 <= len(name) <= 128:
        yield Problem("name", name, "is not a name that Athena takes", "Use 1 to 128 characters")


def _statement_problems(name: str) -> Iterator[Problem]:
    if not is_token(name) and not _STATEMENT_NAME.fullmatch(name):
        fix = "Use 2 to 256 letters, digits and underscores, not starting with a digit"
        yield Problem("name", name, "is not a name that Athena takes", fix)


def _description_problems(description: str | None) -> Iterator[Problem]:
    if description is not None and not is_token(description) and not 1 <= len(description) <= _LONGEST_DESCRIPTION:
        rule = f"has {len(description)} characters"
        yield Problem("description", f"{description[:20]}…", rule, f"Use 1 to {_LONGEST_DESCRIPTION}")
