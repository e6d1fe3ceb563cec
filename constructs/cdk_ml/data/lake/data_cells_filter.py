"""A filter on a table: the columns and rows that whoever gets it sees.

https://docs.aws.amazon.com/lake-formation/latest/dg/data-filters-about.html
"""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.data.lake.cells import cells_problems, make_filter
from cdk_ml.data.lake.data_lake import DataLake
from cdk_ml.errors import Problem, reject


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
        self.table = table
        self.excludes = columns is None
        self.cfn_filter = make_filter(self, table, columns, excluded_columns, rows)
        self.filter_name = self.cfn_filter.name
        lake.in_turn(self.cfn_filter, *lake.ready(table))
