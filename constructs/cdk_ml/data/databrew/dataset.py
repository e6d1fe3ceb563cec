"""What DataBrew looks at: files in S3, or a table of the catalog over such files.

https://docs.aws.amazon.com/databrew/latest/dg/datasets.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import Aws, Stack
from aws_cdk import aws_databrew as databrew
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.data.athena.permissions import read_tables
from cdk_ml.data.catalog.iceberg_table import IcebergTable
from cdk_ml.data.catalog.table import CatalogTable, catalog_arn
from cdk_ml.data.databrew.names import databrew_arn, databrew_name, databrew_problems
from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.execution_role import read_objects
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement, Workspace

DatasetFormat = Literal["CSV", "JSON", "PARQUET", "EXCEL", "ORC"]
_LONGEST_KEY = 1_280


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFiles:
    """Files in S3 of one format.

    :param bucket: the bucket.
    :param prefix: a folder with a slash at its end, such as ``incoming/``, or one file.
    :param format: of every file.
    :param delimiter: between values of CSV.
    :param header: whether the first row of CSV or Excel has the names of the columns.
    :param multi_line: whether a record of JSON may span lines.
    :param column_names: what recipes and rules are compared with; nothing is compared when empty.
    """

    bucket: s3.IBucket
    prefix: str
    format: DatasetFormat = "CSV"
    delimiter: str = ","
    header: bool = True
    multi_line: bool = False
    column_names: tuple[str, ...] = ()


class DataBrewDataset(Construct):
    """A dataset of DataBrew: what recipes are for, profiles look at, and rules are about.

    Creates the dataset, which is a pointer: the data stays where it is, and is not read before a job runs.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import DataBrewDataset, DatasetFiles
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> customers = DataBrewDataset(
    ...     stack,
    ...     "Customers",
    ...     workspace=workspace,
    ...     source=DatasetFiles(
    ...         bucket=workspace.data_bucket, prefix="incoming/customers/", column_names=("customer_id", "age", "plan")
    ...     ),
    ... )

    See https://docs.aws.amazon.com/databrew/latest/dg/datasets.html

    :ivar dataset_name: its name.
    :ivar dataset_arn: for policies.
    :ivar column_names: names of its columns; empty where they are not known.
    :ivar cfn_dataset: the dataset.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        source: DatasetFiles | CatalogTable,
        name: str | None = None,
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param source: files, or a table of the catalog over files.
        :param name: a name that people know it by; one made of its path when not given.
        :raises cdk_ml.errors.ConfigurationError: where DataBrew is not, for a table that it cannot read, and for what
            it would refuse.
        """
        super().__init__(scope, id)
        problems = [*databrew_problems(Stack.of(self).region, "Dataset", name), *_problems(source)]
        reject(self, problems)
        workspace.adopt(self)
        self._source = source
        self.dataset_name = databrew_name(self, name)
        self.dataset_arn = databrew_arn("dataset", self.dataset_name)
        self.column_names = (
            source.column_names if isinstance(source, DatasetFiles) else tuple(column.name for column in source.columns)
        )
        self.cfn_dataset = databrew.CfnDataset(self, "Resource", name=self.dataset_name, **_properties(source))
        if not isinstance(source, DatasetFiles):
            # The name of a table is a text: nothing else says that it has to be there before.
            self.node.add_dependency(source)

    def read_statements(self) -> list[Statement]:
        """What a job that reads it needs."""
        source = self._source
        if isinstance(source, DatasetFiles):
            location = Statement(actions=["s3:GetBucketLocation"], resources=[source.bucket.bucket_arn])
            return [*read_objects(source.bucket.bucket_arn, source.prefix), location]
        database = source.database.database_arn
        listed = Statement(
            actions=["glue:GetDatabases", "glue:GetTables"], resources=[catalog_arn(), database, source.table_arn]
        )
        return [*read_tables([source]), listed]


def _problems(source: DatasetFiles | CatalogTable) -> Iterator[Problem]:
    if not isinstance(source, DatasetFiles):
        if isinstance(source, IcebergTable):
            fix = "Query it into files with Athena's UNLOAD first, or prepare it with a Glue job"
            yield Problem(
                "source", source.table_name, "is an Iceberg table, whose files DataBrew cannot tell apart", fix
            )
        return
    if not is_token(source.prefix) and not 1 <= len(source.prefix) <= _LONGEST_KEY:
        yield Problem(
            "source.prefix", source.prefix, "is no key that DataBrew takes", f"Use 1 to {_LONGEST_KEY} characters"
        )
    if not is_token(source.delimiter) and len(source.delimiter) != 1:
        yield Problem("source.delimiter", source.delimiter, "is not one character", "Use one such as , or ;")
    if len({*source.column_names}) < len(source.column_names):
        yield Problem("source.column_names", [*source.column_names], "names one twice", "Name each column once")


def _properties(source: DatasetFiles | CatalogTable) -> dict[str, Any]:
    if not isinstance(source, DatasetFiles):
        table = {
            "catalogId": Aws.ACCOUNT_ID,
            "databaseName": source.database.database_name,
            "tableName": source.table_name,
        }
        return {"input": {"dataCatalogInputDefinition": table}}
    options: dict[str, Any] = {}
    match source.format:
        case "CSV":
            options = {"csv": {"delimiter": source.delimiter, "headerRow": source.header}}
        case "JSON":
            options = {"json": {"multiLine": source.multi_line}}
        case "EXCEL":
            options = {"excel": {"sheetIndexes": [0], "headerRow": source.header}}
    place = {"bucket": source.bucket.bucket_name, "key": source.prefix, "bucketOwner": None}
    return {
        "format": source.format,
        "format_options": options or None,
        "input": {"s3InputDefinition": place},
    }
