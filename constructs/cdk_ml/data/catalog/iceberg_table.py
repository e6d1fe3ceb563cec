"""A table in Iceberg's format: files in S3, and metadata beside them that says which of them are the table.

https://docs.aws.amazon.com/glue/latest/dg/populate-otf.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from aws_cdk import Aws, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.data.catalog.columns import Column, column_problems, name_problems
from cdk_ml.data.catalog.database import Database, description_problems
from cdk_ml.data.catalog.fields import fresh_ids, schema_fields
from cdk_ml.data.catalog.maintenance import Maintenance, maintain, maintenance_problems
from cdk_ml.data.catalog.partitions import Partition, parse_partition, partition_problems, spec_fields
from cdk_ml.data.catalog.schema_file import file_ids, file_problems
from cdk_ml.data.catalog.table import location, table_arn
from cdk_ml.data.catalog.types import NOT_ICEBERG, ColumnType, ColumnTypeError, Scalar, parse_type
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Workspace
from cdk_ml.workspace.deletion import unless_creation_fails

# https://iceberg.apache.org/spec/#identifier-field-ids
_NO_KEY = ("float", "double")
_FORMAT_VERSION = "2"


class IcebergTable(Construct):
    """An Iceberg table in the account's Glue catalog, over Parquet files under the prefix of its database.

    Creates the table; a role, with which Glue compacts its files, lets snapshots go and deletes what none of them has;
    and these three optimizers. The table and its files stay when the stack goes, unless the workspace deletes data.

    **How a table changes.** Columns, partitions and comments are updated in place: CloudFormation gives Glue the new
    schema, and Glue writes Iceberg's metadata anew; no file is touched. Files know columns by numbers, which follow
    from their order here. So without ``schema_file`` columns may be added at the end only, and only to a table whose
    columns have no parts: anything else gives numbers to other columns, and rows come out wrong. With ``schema_file``
    columns come, go, change places and are renamed (in the file, too); what no file can be read by is an error at
    synth. A type can become wider: ``int`` a ``long``, ``float`` a ``double``, a decimal one of more digits. Engines
    can alter the table as well, but the template knows nothing of it: change columns here.

    Its name and database cannot change: CloudFormation makes a new, empty table, and the old one stays. A table that
    was kept is taken up again with ``cdk deploy --import-existing-resources``.

    **Where Lake Formation guards the location**, :attr:`maintenance_role` has no permissions on the bucket: it needs a
    grant to write, as any other role, before maintenance does anything.

    Idle cost: the files in S3, by the GB. Maintenance is billed by the time that it takes.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import Column, Database, IcebergTable
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
    >>> purchases = IcebergTable(
    ...     stack,
    ...     "Purchases",
    ...     workspace=workspace,
    ...     database=database,
    ...     name="purchases",
    ...     columns=[
    ...         Column("purchase_id", "string"),
    ...         Column("customer_id", "bigint", "As in the shop"),
    ...         Column("amount", "decimal(10,2)"),
    ...         Column("bought_at", "timestamptz"),
    ...         Column("skus", "array<string>"),
    ...     ],
    ...     key=("purchase_id",),
    ...     partitions=("day(bought_at)", "bucket(16, customer_id)"),
    ... )

    See https://docs.aws.amazon.com/glue/latest/dg/populate-otf.html

    :ivar database: that it is in.
    :ivar table_name: its name in the database.
    :ivar columns: everything that a query can select.
    :ivar partition_columns: those of them that its partitions are made of.
    :ivar key: columns that tell rows apart.
    :ivar bucket: that its files are in.
    :ivar prefix: that they are under.
    :ivar location: both as an address, ``s3://bucket/prefix``.
    :ivar maintenance_role: what Glue maintains it with; ``None`` without maintenance.
    :ivar cfn_table: the table.
    :ivar cfn_optimizers: compaction, retention of snapshots and deletion of orphans.
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
        partitions: Sequence[str] = (),
        key: Sequence[str] = (),
        maintenance: Maintenance | None = Maintenance(),
        schema_file: str | Path | None = None,
        description: str = "",
    ) -> None:
        """
        :param workspace: tags and profile.
        :param database: that it is in.
        :param name: lower case letters, digits and underscores.
        :param columns: what a row has.
        :param partitions: by which files are kept apart, such as ``day(event_time)``, ``bucket(16, user_id)``,
            ``truncate(4, postcode)`` or ``country``. Queries filter by the column and need not know.
        :param key: columns that tell rows apart, which are then in every row. Nothing enforces that they differ.
        :param maintenance: what Glue does to it by itself, or ``None``.
        :param schema_file: JSON file, under version control, with the columns that were deployed and their numbers.
            What no update could do is then an error at synth, and the error about a file that is not there says what
            to write.
        :param description: what it is for, at most 2048 characters.
        :raises cdk_ml.errors.ConfigurationError: names, types, partitions or a key that Iceberg, Glue or Athena would
            refuse or misread; a change that would lose data; a region without maintenance.
        """
        super().__init__(scope, id)
        problems = [
            *name_problems("name", name),
            *column_problems(columns, NOT_ICEBERG, "Iceberg"),
            *layout_problems(columns, partitions, key),
            *maintenance_problems(maintenance, Stack.of(self).region),
            *description_problems(description),
        ]
        # Fields of columns that are wrong have no numbers to compare.
        reject(self, problems)
        reject(self, [] if schema_file is None else file_problems(columns, partitions, key, schema_file))
        workspace.adopt(self)
        self.database = database
        self.table_name = name
        self.columns = tuple(columns)
        self.key = tuple(key)
        self.bucket: s3.IBucket = database.bucket
        self.prefix = f"{database.prefix}/{name}" if database.prefix else name
        self.location = location(self.bucket, self.prefix)
        self._partitions = [one for text in partitions if isinstance(one := parse_partition(text), Partition)]
        sources = {one.column for one in self._partitions}
        self.partition_columns = tuple(column for column in self.columns if column.name in sources)
        ids = fresh_ids(self.columns) if schema_file is None else file_ids(schema_file)
        self.cfn_table = self._table(workspace, ids, description)
        self.maintenance_role: iam.IRole | None = None
        self.cfn_optimizers: list[glue.CfnTableOptimizer] = []
        if maintenance is not None:
            self.maintenance_role, self.cfn_optimizers = maintain(self, maintenance, workspace)

    @property
    def table_arn(self) -> str:
        """For policies."""
        return table_arn(self.database.database_name, self.table_name)

    def _table(self, workspace: Workspace, ids: Mapping[str, int], description: str) -> glue.CfnTable:
        properties = {"write.format.default": "parquet"}
        if description:
            properties["comment"] = description
        table = glue.CfnTable(
            self,
            "Resource",
            catalog_id=Aws.ACCOUNT_ID,
            database_name=self.database.database_name,
            name=self.table_name,
            # No TableInput: with one, Glue forgets at the first update that the table is Iceberg's.
            # https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1919
            open_table_format_input={
                "icebergInput": {
                    "metadataOperation": "CREATE",
                    "version": _FORMAT_VERSION,
                    "icebergTableInput": {
                        "location": self.location,
                        "schema": {
                            "type": "struct",
                            "schemaId": 0,
                            "fields": schema_fields(self.columns, ids, self.key),
                            "identifierFieldIds": [ids[name] for name in self.key] or None,
                        },
                        "partitionSpec": {"specId": 0, "fields": spec_fields(self._partitions, ids)}
                        if self._partitions
                        else None,
                        "properties": properties,
                    },
                }
            },
        )
        table.apply_removal_policy(unless_creation_fails(workspace.removal_policy))
        table.add_resource_dependency(self.database.cfn_database)
        return table


def layout_problems(columns: Sequence[Column], partitions: Sequence[str], key: Sequence[str]) -> Iterator[Problem]:
    """What Iceberg would refuse about partitions and key of these columns; wrong types are said elsewhere."""
    types: dict[str, ColumnType] = {}
    for column in columns:
        if is_token(column.name) or is_token(column.type):
            return
        try:
            types[column.name] = parse_type(column.type)
        except ColumnTypeError:
            return
    yield from partition_problems(partitions, types)
    for name in key:
        type_ = types.get(name)
        if name not in types:
            yield Problem("key", name, "is not a column of the table", f"Use one of {', '.join(types)}")
        elif not isinstance(type_, Scalar):
            yield Problem("key", name, "has parts, and a key has none", "Use a column without parts")
        elif type_.name in _NO_KEY:
            rule = f"is a {type_.name}, of which Iceberg makes no key"
            yield Problem("key", name, rule, "Use a whole number, a decimal or a string")
    for name in sorted({name for name in key if key.count(name) > 1}):
        yield Problem("key", name, f"is there {key.count(name)} times", "Name it once")
