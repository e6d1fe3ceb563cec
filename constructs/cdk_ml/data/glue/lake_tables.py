"""Iceberg tables of the Glue catalog in Spark, under IAM or under Lake Formation.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-iceberg.html
https://docs.aws.amazon.com/glue/latest/dg/security-lf-enable.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from aws_cdk import Aws

from cdk_ml.errors import Problem
from cdk_ml.facts import glue
from cdk_ml.tokens import is_token

_CATALOG = re.compile(r"[a-z][a-z0-9_]*")
_WAREHOUSE = re.compile(r"s3://[a-z0-9][a-z0-9.\-]+(?:/.*)?")
_SESSION = "spark_catalog"
"""Spark's own catalog, which is the one that Lake Formation filters."""


class TableAccess(StrEnum):
    """How Lake Formation lets a job at tables, of what it grants to the job's role."""

    FULL_TABLE = "full table"
    """Whole tables, read and written, for a role that may read all of a table."""

    FINE_GRAINED = "fine grained"
    """Rows and columns that the role may read. The catalog is then Spark's own, and the job needs four workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeTables:
    """Iceberg tables of the account's Glue catalog.

    :param warehouse: S3 address under which tables go that say no location of their own, such as
        ``s3://bucket/features/``.
    :param catalog: what the script calls the catalog: ``SELECT * FROM glue_catalog.features.customers``. With
        fine-grained access it is Spark's own, and needs no name.
    :param lake_formation: how Lake Formation lets the job at tables; IAM alone does when not given.
    """

    warehouse: str
    catalog: str = "glue_catalog"
    lake_formation: TableAccess | None = None

    @property
    def fine_grained(self) -> bool:
        """Whether rows and columns are filtered."""
        return self.lake_formation is TableAccess.FINE_GRAINED

    def arguments(self) -> dict[str, str]:
        """What Glue is told."""
        filtered = {"--enable-lakeformation-fine-grained-access": "true"} if self.fine_grained else {}
        return {"--datalake-formats": "iceberg", **filtered}

    def settings(self) -> dict[str, str]:
        """What Spark is told."""
        catalog = f"spark.sql.catalog.{_SESSION if self.fine_grained else self.catalog}"
        settings = {
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            catalog: f"org.apache.iceberg.spark.Spark{'Session' if self.fine_grained else ''}Catalog",
            f"{catalog}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
            f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
            f"{catalog}.warehouse": self.warehouse,
        }
        if self.lake_formation is not None:
            settings[f"{catalog}.client.region"] = Aws.REGION
            settings[f"{catalog}.glue.account-id"] = Aws.ACCOUNT_ID
        if self.lake_formation is TableAccess.FULL_TABLE:
            settings[f"{catalog}.glue.lakeformation-enabled"] = "true"
        return settings


def lake_problems(lake: LakeTables, *, version: str, streaming: bool = False) -> Iterator[Problem]:
    """Why a job on a version of Glue cannot have ``lake``."""
    if not is_token(lake.warehouse) and not _WAREHOUSE.fullmatch(lake.warehouse):
        yield Problem("lake.warehouse", lake.warehouse, "is no S3 address", "Write one such as s3://bucket/features/")
    if not is_token(lake.catalog) and (not _CATALOG.fullmatch(lake.catalog) or lake.catalog == _SESSION):
        fix = "Use small letters, digits and underscores, such as glue_catalog"
        yield Problem("lake.catalog", lake.catalog, "is no name for a catalog beside Spark's own", fix)
    need: glue.Need = "iceberg" if lake.lake_formation is None else "lake_formation"
    if glue.is_older(version, glue.since(need)):
        fix = f'Use glue_version="{glue.since(need)}" or newer'
        yield Problem(
            "lake", lake.lake_formation or "iceberg", f"needs Glue {glue.since(need)}, and this is {version}", fix
        )
    if streaming and lake.fine_grained:
        rule = "cannot filter rows and columns of a stream"
        yield Problem("lake.lake_formation", lake.lake_formation, rule, "Use TableAccess.FULL_TABLE, or a SparkJob")
