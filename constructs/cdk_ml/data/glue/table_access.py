"""What reading a table of the catalog takes under IAM: the table's entry, its files, and the key that they are under.

Where Lake Formation guards the table, ``lake.grant_read`` gives what is needed instead.
https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
"""

from __future__ import annotations

from cdk_ml.data.catalog.table import CatalogTable, catalog_arn
from cdk_ml.sagemaker.execution_role import read_objects
from cdk_ml.workspace import Statement

_READ = ("glue:BatchGetPartition", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable")


def read_table(table: CatalogTable) -> list[Statement]:
    """Read the rows of a table."""
    database = table.database.database_arn
    key = table.bucket.encryption_key
    return [
        Statement(actions=["glue:GetDatabase"], resources=[catalog_arn(), database]),
        Statement(actions=_READ, resources=[catalog_arn(), database, table.table_arn]),
        *read_objects(table.bucket.bucket_arn, f"{table.prefix}/" if table.prefix else ""),
        *([] if key is None else [Statement(actions=["kms:Decrypt"], resources=[key.key_arn])]),
    ]
