"""Shares: tables of a lake for another account, without copies.

https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-permissions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from constructs import Construct

from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.data.lake.data_cells_filter import DataCellsFilter
from cdk_ml.data.lake.data_lake import DataLake
from cdk_ml.data.lake.grants import cells_subject, database_subject, table_subject, tags_subject
from cdk_ml.data.lake.permits import READ_TABLE
from cdk_ml.data.lake.tags import tag_problems
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token

_CONSUMER = re.compile(
    r"\d{12}|arn:aws[a-z-]*:organizations::\d{12}:(organization/o-[a-z0-9]+|ou/o-[a-z0-9]+/ou-[a-z0-9-]+)"
)


class DataShare(Construct):
    """Lets another account, an organization or a unit of it read tables of a lake.

    Creates the grants, with the right to pass them on: an administrator of Lake Formation over there decides who of
    that account reads what of it. Nothing is copied, and neither bucket nor key has to know the other account; Lake
    Formation hands out credentials of the zone's role.

    **What it takes.** Version 3 or later of cross-account sharing in this account, which
    :class:`~cdk_ml.data.DataLakeSettings` sets. Lake Formation shares through AWS RAM: the deploying role needs what
    AWS's managed policy ``AWSLakeFormationCrossAccountManager`` has, and an account outside of your organization has to
    accept RAM's invitation within a week. A resource policy on the Glue catalog, where there is one, has to let
    ``ram.amazonaws.com`` do ``glue:ShareResource``. Over there, queries name a resource link to the table.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import Column, DataCellsFilter, DataLake, DataShare, IcebergTable
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
    ...     columns=[Column("customer_id", "string"), Column("country", "string")],
    ... )
    >>> swiss = DataCellsFilter(
    ...     stack, "Swiss", lake=lake, table=customers, columns=["customer_id"], rows="country = 'CH'"
    ... )
    >>> share = DataShare(stack, "Share", lake=lake, consumer="222222222222", filters=[swiss])

    See https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-prereqs.html

    :ivar consumer: whom it is for.
    :ivar cfn_grants: the grants.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        lake: DataLake,
        consumer: str,
        tables: Sequence[CatalogTable] = (),
        filters: Sequence[DataCellsFilter] = (),
        tags: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """
        :param lake: whose tables they are.
        :param consumer: an account, or the ARN of an organization or of a unit.
        :param tables: those that are shared as they are.
        :param filters: columns and rows of tables that are shared; a filter has to name its columns.
        :param tags: values by key, of whatever is shared, now and later.
        :raises cdk_ml.errors.ConfigurationError: a consumer that is none, nothing to share, a table of no zone, a tag
            that is not defined, or a filter that Lake Formation does not share.
        """
        super().__init__(scope, id)
        found = [
            *consumer_problems(consumer),
            *(problem for table in tables for problem in lake.table_problems(table)),
            *(tag_problems("tags", tags, lake.tags) if tags is not None else ()),
            *(problem for each in filters for problem in _filter_problems(each)),
        ]
        if not tables and not filters and tags is None:
            found.append(Problem("tables", (), "shares nothing", "Name tables, filters or tags"))
        reject(self, found)
        self.consumer = consumer
        shared = [*tables, *(each.table for each in filters)]
        databases = {table.database.database_name: table.database for table in shared}
        give = lake.permits.share
        self.cfn_grants = [
            *(give(self, consumer, database_subject(name), ["DESCRIBE"], [one]) for name, one in databases.items()),
            *(give(self, consumer, table_subject(table), READ_TABLE, lake.ready(table)) for table in tables),
            *(give(self, consumer, cells_subject(e.table, e.filter_name), READ_TABLE, [e]) for e in filters),
        ]
        if tags is not None:
            defined = lake.defined(tags)
            self.cfn_grants += [
                give(self, consumer, tags_subject("DATABASE", tags), ["DESCRIBE"], defined),
                give(self, consumer, tags_subject("TABLE", tags), READ_TABLE, defined),
            ]


def consumer_problems(consumer: str) -> Iterator[Problem]:
    """Why nothing can be shared with ``consumer``."""
    if not is_token(consumer) and not _CONSUMER.fullmatch(consumer):
        fix = "Write the twelve digits of an account, or the ARN of an organization or of a unit"
        yield Problem("consumer", consumer, "is no account and no organization", fix)


def _filter_problems(cells: DataCellsFilter) -> Iterator[Problem]:
    if cells.excludes:
        rule = "does not name its columns, and what may be passed on has to"
        yield Problem("filters", cells.node.id, rule, "Give it columns=[...]")
