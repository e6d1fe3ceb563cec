"""What a crawler may do: the least of what AWS's own policy for Glue has.

https://docs.aws.amazon.com/glue/latest/dg/crawler-prereqs.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aws_cdk import Aws

from cdk_ml.data.catalog.lake_formation import ask_for_data
from cdk_ml.data.catalog.table import catalog_arn, table_arn
from cdk_ml.workspace import ANYTHING, Statement

if TYPE_CHECKING:
    from cdk_ml.data.catalog.database import Database

_CATALOG = (
    "glue:BatchCreatePartition",
    "glue:BatchGetPartition",
    "glue:BatchUpdatePartition",
    "glue:CreatePartition",
    "glue:CreatePartitionIndex",
    "glue:CreateTable",
    "glue:GetDatabase",
    "glue:GetPartition",
    "glue:GetPartitionIndexes",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
    "glue:UpdatePartition",
    "glue:UpdateTable",
)
_DELETE = ("glue:BatchDeletePartition", "glue:DeletePartition", "glue:DeleteTable")
_LOGS = ("logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
_PAGE = "https://docs.aws.amazon.com/glue/latest/dg/crawler-prereqs.html"


def crawler_statements(
    database: Database, prefixes: Sequence[str], key_arn: str, *, lake_formation: bool, missing: bool
) -> Iterator[Statement]:
    """What a crawler of ``prefixes`` needs, which makes tables in ``database``.

    :param lake_formation: it reads with credentials of Lake Formation's.
    :param missing: it may delete tables or mark them.
    """
    name = database.database_name
    yield Statement(
        actions=[*_CATALOG, *(_DELETE if missing else ())],
        resources=[catalog_arn(), database.database_arn, table_arn(name, "*")],
        wildcard=f"A crawler makes tables whose names it finds; the database is named. {_PAGE}",
    )
    yield Statement(
        actions=["glue:GetSecurityConfiguration"],
        resources=ANYTHING,
        wildcard="glue:GetSecurityConfiguration takes no resource. "
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html",
    )
    yield Statement(
        actions=_LOGS,
        resources=[
            f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:/aws-glue/crawlers-role/*",
        ],
        wildcard="Glue names the log group after role and security configuration, and the role is made of this policy. "
        "https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html",
    )
    # Glue encrypts its logs and what it keeps of files that it has seen.
    yield Statement(actions=["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], resources=[key_arn])
    if lake_formation:
        yield ask_for_data()
    else:
        yield from _read(database.bucket.bucket_arn, prefixes)


def _read(bucket_arn: str, prefixes: Sequence[str]) -> Iterator[Statement]:
    yield Statement(
        actions=["s3:GetObject"],
        resources=[f"{bucket_arn}/{prefix}/*" if prefix else f"{bucket_arn}/*" for prefix in prefixes],
        wildcard=f"A crawler reads files whose names nobody knows beforehand; their folders are named. {_PAGE}",
    )
    everything = "" in prefixes
    patterns = [text for prefix in prefixes for text in (prefix, f"{prefix}/*")]
    yield Statement(
        actions=["s3:ListBucket"],
        resources=[bucket_arn],
        conditions=None if everything else {"StringLike": {"s3:prefix": patterns}},
    )
