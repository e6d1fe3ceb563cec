"""What whoever asks Athena needs: the work group, its answers, and the tables that the questions are about.

https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cdk_ml.data.athena.view import View
from cdk_ml.data.catalog.table import CatalogTable, catalog_arn, database_arn
from cdk_ml.sagemaker.execution_role import read_objects
from cdk_ml.workspace import Statement

ASK = (
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:GetQueryResultsStream",
    "athena:GetWorkGroup",
    "athena:StartQueryExecution",
    "athena:StopQueryExecution",
)
READ_SAVED = (
    "athena:BatchGetNamedQuery",
    "athena:BatchGetPreparedStatement",
    "athena:GetNamedQuery",
    "athena:GetPreparedStatement",
    "athena:ListNamedQueries",
    "athena:ListPreparedStatements",
)
READ_TABLE = ("glue:BatchGetPartition", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable")


def ask(work_group_arn: str) -> list[Statement]:
    """Ask questions in one work group, and take up those that are saved in it."""
    return [Statement(actions=[*ASK, *READ_SAVED], resources=[work_group_arn])]


def keep_answers(bucket_arn: str, prefix: str) -> list[Statement]:
    """Write answers under a prefix, and read them."""
    return [
        Statement(
            actions=["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
            resources=[f"{bucket_arn}/{prefix}*"],
            wildcard="Athena names the files of each answer by its query's id; the prefix is the work group's own. "
            "https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html",
        ),
        Statement(actions=["s3:GetBucketLocation"], resources=[bucket_arn]),
        Statement(
            actions=["s3:ListBucket"],
            resources=[bucket_arn],
            conditions={"StringLike": {"s3:prefix": [prefix, f"{prefix}*"]}},
        ),
    ]


def read_tables(tables: Sequence[CatalogTable | View]) -> list[Statement]:
    """Read what the catalog says of ``tables``, and their files; of views, those of the tables they are made of."""
    every = list(dict.fromkeys(_with_sources(tables)))
    files = {table.location: table for table in every if not isinstance(table, View)}
    return [*_read_catalog(every), *(statement for table in files.values() for statement in _read_files(table))]


def _with_sources(tables: Iterable[CatalogTable | View]) -> Iterator[CatalogTable | View]:
    for table in tables:
        yield table
        if isinstance(table, View):
            yield from _with_sources(table.tables)


def _read_catalog(tables: Sequence[CatalogTable | View]) -> Iterator[Statement]:
    if tables:
        databases = dict.fromkeys(table.database.database_name for table in tables)
        arns = [database_arn(name) for name in databases]
        tables_arns = [table.table_arn for table in tables]
        # Glue asks for the catalog and the database beside the table.
        yield Statement(actions=READ_TABLE, resources=[catalog_arn(), *arns, *tables_arns])
        yield Statement(actions=["glue:GetDatabase"], resources=[catalog_arn(), *arns])


def _read_files(table: CatalogTable) -> Iterator[Statement]:
    prefix = f"{table.prefix}/" if table.prefix else ""
    yield from read_objects(table.bucket.bucket_arn, prefix)
    yield Statement(actions=["s3:GetBucketLocation"], resources=[table.bucket.bucket_arn])
    yield from use_table_key(table)


def use_table_key(table: CatalogTable) -> list[Statement]:
    """Read what the key of a table's workspace encrypts."""
    return [Statement(actions=["kms:Decrypt"], resources=[table.database.workspace.key.key_arn])]
