"""A table over files that somebody else writes: CSV, JSON or Parquet under a prefix in S3.

https://docs.aws.amazon.com/athena/latest/ug/creating-tables.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aws_cdk import Aws
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.data.catalog.columns import Column, column_problems, glue_columns, name_problems
from cdk_ml.data.catalog.database import Database, description_problems
from cdk_ml.data.catalog.file_formats import READERS, FileFormat, format_problems
from cdk_ml.data.catalog.table import location, table_arn
from cdk_ml.data.catalog.types import NOT_HIVE, ColumnTypeError, Scalar, parse_type
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Workspace
from cdk_ml.workspace.deletion import unless_creation_fails

_MOST_HEADER_LINES = 100


class ExternalTable(Construct):
    """A table in the account's Glue catalog over files under the prefix of its database.

    Creates the table. It and its files stay when the stack goes, unless the workspace deletes data.

    Columns are updated in place, and files are read by them from then on. New folders of a partition are part of the
    table once the catalog knows them: a :class:`~cdk_ml.data.Crawler` over the table's folder adds them, or whoever
    writes them does. Another name is another table; the old one stays.

    Idle cost: nothing; the files in S3, by the GB.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import Column, Database, ExternalTable, FileFormat
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> database = Database(
    ...     stack, "Landing", workspace=workspace, name="landing", bucket=workspace.data_bucket, prefix="raw/shop"
    ... )
    >>> orders = ExternalTable(
    ...     stack,
    ...     "Orders",
    ...     workspace=workspace,
    ...     database=database,
    ...     name="orders",
    ...     columns=[
    ...         Column("order_id", "string"),
    ...         Column("amount", "double"),
    ...         Column("arrived_on", "string", "Day of arrival, as in arrived_on=2026-11-24"),
    ...     ],
    ...     format=FileFormat.CSV,
    ...     partitions=("arrived_on",),
    ... )

    See https://docs.aws.amazon.com/athena/latest/ug/creating-tables.html

    :ivar database: that it is in.
    :ivar table_name: its name in the database.
    :ivar columns: everything that a query can select, columns of partitions last.
    :ivar partition_columns: those of them that are in the names of its folders.
    :ivar bucket: that its files are in.
    :ivar prefix: that they are under.
    :ivar location: both as an address, ``s3://bucket/prefix``.
    :ivar cfn_table: the table.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        database: Database,
        name: str,
        columns: Sequence[Column],
        format: FileFormat = FileFormat.PARQUET,
        partitions: Sequence[str] = (),
        header_lines: int = 1,
        description: str = "",
    ) -> None:
        """
        :param workspace: tags and profile.
        :param database: that it is in.
        :param name: lower case letters, digits and underscores.
        :param columns: what a row has, columns of partitions included.
        :param format: what the files are.
        :param partitions: columns that are not in the files but in the names of their folders, ``country=CH/``.
        :param header_lines: lines at the beginning of each CSV or TSV file that are not rows.
        :param description: what it is for, at most 2048 characters.
        :raises cdk_ml.errors.ConfigurationError: names, types or partitions that Glue or Athena would misread.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *name_problems("name", name),
                *column_problems(columns, NOT_HIVE, "Hive's format"),
                *folder_problems(columns, partitions),
                *format_problems(format, columns, partitions),
                *_header_problems(header_lines),
                *description_problems(description),
            ],
        )
        workspace.adopt(self)
        self.database = database
        self.table_name = name
        self.partition_columns = tuple(next(one for one in columns if one.name == part) for part in partitions)
        inside = tuple(column for column in columns if column.name not in partitions)
        self.columns = (*inside, *self.partition_columns)
        self.bucket: s3.IBucket = database.bucket
        self.prefix = f"{database.prefix}/{name}" if database.prefix else name
        self.location = location(self.bucket, self.prefix)
        self.cfn_table = self._table(workspace, inside, format, header_lines, description)

    @property
    def table_arn(self) -> str:
        """For policies."""
        return table_arn(self.database.database_name, self.table_name)

    def _table(
        self,
        workspace: Workspace,
        inside: Sequence[Column],
        format: FileFormat,
        header_lines: int,
        description: str,
    ) -> glue.CfnTable:
        reader = READERS[format]
        parameters = {"EXTERNAL": "TRUE", "classification": "csv" if reader.is_text else format.value}
        if reader.is_text and header_lines:
            parameters["skip.header.line.count"] = str(header_lines)
        table = glue.CfnTable(
            self,
            "Resource",
            catalog_id=Aws.ACCOUNT_ID,
            database_name=self.database.database_name,
            table_input={
                "name": self.table_name,
                "description": description or None,
                "tableType": "EXTERNAL_TABLE",
                "parameters": parameters,
                "partitionKeys": glue_columns(self.partition_columns),
                "storageDescriptor": {
                    "columns": glue_columns(inside),
                    "location": f"{self.location}/",
                    "inputFormat": reader.input,
                    "outputFormat": reader.output,
                    "serdeInfo": {"serializationLibrary": reader.library, "parameters": reader.options},
                },
            },
        )
        table.apply_removal_policy(unless_creation_fails(workspace.removal_policy))
        table.add_resource_dependency(self.database.cfn_database)
        return table


def folder_problems(columns: Sequence[Column], partitions: Sequence[str]) -> Iterator[Problem]:
    """Why folders cannot be named after these columns; wrong types are said elsewhere."""
    by_name = {column.name: column for column in columns}
    for name in partitions:
        column = by_name.get(name)
        if column is None:
            fix = f"Use one of {', '.join(by_name)}" if by_name else "Name a column"
            yield Problem("partitions", name, "is not a column of the table", fix)
        elif not is_token(column.type) and not _is_scalar(column.type):
            rule = f"is a {column.type}, which cannot be in the name of a folder"
            yield Problem("partitions", name, rule, "Use a column without parts")
    for name in sorted({name for name in partitions if partitions.count(name) > 1}):
        yield Problem("partitions", name, f"is there {partitions.count(name)} times", "Name it once")
    if columns and set(by_name) <= set(partitions):
        yield Problem("partitions", tuple(partitions), "leave no column in the files", "Leave one in the files")


def _is_scalar(text: str) -> bool:
    try:
        return isinstance(parse_type(text), Scalar)
    except ColumnTypeError:
        return True


def _header_problems(header_lines: int) -> Iterator[Problem]:
    if outside(header_lines, 0, _MOST_HEADER_LINES):
        yield Problem("header_lines", header_lines, "is not how a file begins", f"Use 0 to {_MOST_HEADER_LINES}")
