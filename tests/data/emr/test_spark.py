"""Spark gets the workers and the tables that it is meant to have."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_ml.data import Spark, SparkCatalog, Worker
from cdk_ml.data.emr.spark import catalog_conf, catalog_statements, spark_conf, spark_problems, submit_parameters


@pytest.fixture(scope="module")
def bucket() -> s3.IBucket:
    return s3.Bucket.from_bucket_name(cdk.Stack(), "Lake", "lake")


def test_workers_become_settings() -> None:
    spark = Spark(
        driver=Worker(vcpu=2, memory_gb=8, disk_gb=30),
        executor=Worker(vcpu=4, memory_gb=16, disk_gb=100),
        maximum_executors=7,
        conf={"spark.sql.shuffle.partitions": "64"},
    )
    assert spark_conf(spark) == {
        "spark.driver.cores": "2",
        "spark.driver.memory": "7447m",
        "spark.emr-serverless.driver.disk": "30G",
        "spark.executor.cores": "4",
        "spark.executor.memory": "14894m",
        "spark.emr-serverless.executor.disk": "100G",
        "spark.dynamicAllocation.maxExecutors": "7",
        "spark.sql.shuffle.partitions": "64",
    }


def test_what_spark_submit_gets_is_one_line() -> None:
    assert submit_parameters({"spark.a": "1", "spark.b": "x=y"}, python_files="s3://b/m.zip") == (
        "--py-files s3://b/m.zip --conf spark.a=1 --conf spark.b=x=y"
    )


def test_iceberg_tables_have_a_catalog_of_their_own(bucket: s3.IBucket) -> None:
    conf = catalog_conf(SparkCatalog(databases=["shop"], bucket=bucket, prefix="shop/"))
    assert conf["spark.sql.catalog.glue_catalog.warehouse"] == "s3://lake/shop/"
    assert conf["spark.sql.catalog.glue_catalog.catalog-impl"].endswith("GlueCatalog")
    assert catalog_conf(None) == {}
    (hive,) = catalog_conf(SparkCatalog(databases=["shop"], bucket=bucket, prefix="shop/", iceberg=False))
    assert hive.startswith("spark.hadoop.hive.metastore")


def test_a_catalog_that_is_read_is_not_written(bucket: s3.IBucket) -> None:
    tables, objects, listing = catalog_statements(SparkCatalog(databases=["shop"], bucket=bucket, prefix="shop/"))
    assert all(action.startswith("glue:Get") for action in tables.actions)
    assert objects.actions == ["s3:GetObject"]
    assert listing.conditions == {"StringLike": {"s3:prefix": ["shop/", "shop/*"]}}
    names = [arn.rsplit(":", 1)[1] for arn in tables.resources]
    assert names == ["catalog", "database/shop", "table/shop/*"]


def test_a_catalog_that_is_written_is_written_there_only(bucket: s3.IBucket) -> None:
    catalog = SparkCatalog(databases=["shop"], bucket=bucket, prefix="shop/", writes=True)
    tables, objects, _ = catalog_statements(catalog)
    assert {"glue:CreateTable", "glue:UpdateTable"} <= {*tables.actions}
    assert not any("Delete" in action for action in tables.actions)
    assert {"s3:PutObject", "s3:DeleteObject"} <= {*objects.actions}
    assert [*catalog_statements(None)] == []


@pytest.mark.parametrize(
    ("spark", "argument", "fix"),
    [
        (Spark(maximum_executors=0), "spark.maximum_executors", "Use 1 to 10000"),
        (Spark(driver=Worker(vcpu=5)), "spark.driver.vcpu", "Use one of 1, 2, 4, 8, 16"),
        (
            Spark(conf={"executor.memory": "1g"}),
            "spark.conf",
            "Write one that begins with spark., as Spark's own documentation does",
        ),
        (
            Spark(conf={"spark.executor.memory": "1g"}),
            "spark.conf",
            "Say it with Worker(...) and Spark(...), and leave it out here",
        ),
        (Spark(conf={"spark.app.note": "a b"}), "spark.conf['spark.app.note']", "Set it in the script, on the session"),
        (Spark(conf={"spark.app.note": ""}), "spark.conf['spark.app.note']", "Set it in the script, on the session"),
    ],
)
def test_wrong_settings_are_refused(spark: Spark, argument: str, fix: str) -> None:
    (problem,) = spark_problems(spark)
    assert (problem.argument, problem.fix) == (argument, fix)


def test_wrong_catalogs_are_refused(bucket: s3.IBucket) -> None:
    wrong = Spark(catalog=SparkCatalog(databases=["Shop-1"], bucket=bucket, prefix="shop"))
    assert [problem.argument for problem in spark_problems(wrong)] == [
        "spark.catalog.databases",
        "spark.catalog.prefix",
    ]
    none = Spark(catalog=SparkCatalog(databases=[], bucket=bucket, prefix="shop/"))
    assert [problem.argument for problem in spark_problems(none)] == ["spark.catalog.databases"]
    token = cdk.Token.as_string({"Ref": "Database"})
    assert [*spark_problems(Spark(catalog=SparkCatalog(databases=[token], bucket=bucket, prefix=token)))] == []
