"""Iceberg tables in Spark, under IAM and under Lake Formation."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.data import LakeTables, TableAccess
from cdk_ml.data.glue.lake_tables import lake_problems

WAREHOUSE = "s3://lake/features/"


def test_under_iam_the_catalog_is_one_beside_sparks_own() -> None:
    lake = LakeTables(warehouse=WAREHOUSE)
    assert lake.arguments() == {"--datalake-formats": "iceberg"}
    assert lake.settings() == {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.glue_catalog": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.glue_catalog.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        "spark.sql.catalog.glue_catalog.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "spark.sql.catalog.glue_catalog.warehouse": WAREHOUSE,
    }


def test_whole_tables_of_lake_formation_are_read_with_its_credentials() -> None:
    lake = LakeTables(warehouse=WAREHOUSE, catalog="shop", lake_formation=TableAccess.FULL_TABLE)
    assert lake.settings()["spark.sql.catalog.shop.glue.lakeformation-enabled"] == "true"
    assert "--enable-lakeformation-fine-grained-access" not in lake.arguments()


def test_rows_and_columns_are_filtered_in_sparks_own_catalog() -> None:
    lake = LakeTables(warehouse=WAREHOUSE, lake_formation=TableAccess.FINE_GRAINED)
    assert lake.arguments()["--enable-lakeformation-fine-grained-access"] == "true"
    settings = lake.settings()
    assert settings["spark.sql.catalog.spark_catalog"] == "org.apache.iceberg.spark.SparkSessionCatalog"
    assert not any("glue_catalog" in name for name in settings)


@pytest.mark.parametrize(
    ("changed", "job", "sentence"),
    [
        ({"warehouse": "/tmp"}, {}, "lake.warehouse='/tmp' is no S3 address. Write one such as s3://bucket/features/."),
        ({"catalog": "spark_catalog"}, {}, "is no name for a catalog beside Spark's own"),
        ({"catalog": "My.Catalog"}, {}, "lake.catalog='My.Catalog' is no name for a catalog beside Spark's own"),
        (
            {"lake_formation": TableAccess.FULL_TABLE},
            {"version": "4.0"},
            'needs Glue 5.0, and this is 4.0. Use glue_version="5.0" or newer.',
        ),
        (
            {"lake_formation": TableAccess.FINE_GRAINED},
            {"streaming": True},
            "cannot filter rows and columns of a stream. Use TableAccess.FULL_TABLE, or a SparkJob.",
        ),
    ],
)
def test_what_a_job_cannot_have_is_refused(changed: dict[str, Any], job: dict[str, Any], sentence: str) -> None:
    (problem,) = lake_problems(LakeTables(**{"warehouse": WAREHOUSE, **changed}), **{"version": "5.1", **job})
    assert sentence in str(problem)


def test_an_address_that_only_the_deployment_knows_passes() -> None:
    token = cdk.Token.as_string({"Ref": "Bucket"})
    assert [*lake_problems(LakeTables(warehouse=f"s3://{token}/x/", catalog=token), version="5.1")] == []
