"""How Spark is set, on every kind of EMR: its workers, its settings, and the tables that it sees.

https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/jobs-spark.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from aws_cdk import Aws
from aws_cdk import aws_s3 as s3

from cdk_ml.data.emr.workers import Worker, pod_problems, worker_problems
from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Statement

CATALOG = "glue_catalog"
"""What SQL calls the Glue catalog where its tables are Iceberg's: ``glue_catalog.<database>.<table>``."""

READ_TABLES = ("glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables")
WRITE_TABLES = ("glue:BatchCreatePartition", "glue:CreateTable", "glue:UpdatePartition", "glue:UpdateTable")
_ICEBERG = {
    "spark.jars": "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    f"spark.sql.catalog.{CATALOG}": "org.apache.iceberg.spark.SparkCatalog",
    f"spark.sql.catalog.{CATALOG}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    f"spark.sql.catalog.{CATALOG}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
}
_HIVE = {
    "spark.hadoop.hive.metastore.client.factory.class": "com.amazonaws.glue.catalog.metastore."
    "AWSGlueDataCatalogHiveClientFactory",
}
_NAME = re.compile(r"spark\.[A-Za-z0-9_.\-]+")
_DATABASE = re.compile(r"[a-z0-9_]{1,255}")
_PREFIX = re.compile(r"[A-Za-z0-9_.=-]+(/[A-Za-z0-9_.=-]+)*/")
# What Worker, Spark and SparkCatalog say.
_OURS = (
    "spark.driver.cores",
    "spark.driver.memory",
    "spark.dynamicAllocation.enabled",
    "spark.dynamicAllocation.maxExecutors",
    "spark.emr-serverless.driver.disk",
    "spark.emr-serverless.executor.disk",
    "spark.executor.cores",
    "spark.executor.instances",
    "spark.executor.memory",
    "spark.submit.pyFiles",
)
_MOST_EXECUTORS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkCatalog:
    """Tables of the Glue catalog that Spark sees, and where their data is.

    :param databases: names of their databases.
    :param bucket: where their data is.
    :param prefix: under which it is; ends in ``/``.
    :param iceberg: whether they are Iceberg tables, which SQL calls ``glue_catalog.<database>.<table>``; others are
        ``<database>.<table>``.
    :param writes: whether Spark may make and change tables, and not only read them.
    """

    databases: Sequence[str]
    bucket: s3.IBucket
    prefix: str
    iceberg: bool = True
    writes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """How a job runs.

    :param driver: the worker of the script itself.
    :param executor: each of the workers that do what it says.
    :param maximum_executors: how many of these there may be; Spark asks for as many as it can use.
    :param conf: further settings, such as ``{"spark.sql.shuffle.partitions": "200"}``.
    :param catalog: tables that it sees by name; none without it, and files only.
    """

    driver: Worker = field(default_factory=Worker)
    executor: Worker = field(default_factory=Worker)
    maximum_executors: int = 4
    conf: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    catalog: SparkCatalog | None = None


def spark_problems(spark: Spark, *, pods: bool = False) -> Iterator[Problem]:
    """What Spark or EMR would refuse about ``spark``.

    :param pods: whether workers are pods, which have any size that a node has.
    """
    for argument, worker in (("spark.driver", spark.driver), ("spark.executor", spark.executor)):
        yield from pod_problems(argument, worker) if pods else worker_problems(argument, worker)
    if outside(spark.maximum_executors, 1, _MOST_EXECUTORS):
        rule = "is no number of executors"
        yield Problem("spark.maximum_executors", spark.maximum_executors, rule, f"Use 1 to {_MOST_EXECUTORS}")
    yield from conf_problems(spark.conf)
    if spark.catalog is not None:
        yield from catalog_problems(spark.catalog)


def conf_problems(conf: Mapping[str, str]) -> Iterator[Problem]:
    """Which of the settings Spark would not get as they are meant."""
    for name, value in conf.items():
        if not is_token(name) and not _NAME.fullmatch(name):
            fix = "Write one that begins with spark., as Spark's own documentation does"
            yield Problem("spark.conf", name, "is no setting of Spark", fix)
        elif name in _OURS:
            fix = "Say it with Worker(...) and Spark(...), and leave it out here"
            yield Problem("spark.conf", name, "follows from the workers, or from the script", fix)
        if not is_token(value) and (not value or re.search(r"[\s\"']", value)):
            fix = "Set it in the script, on the session"
            yield Problem(f"spark.conf[{name!r}]", value, "would be torn apart on the way to spark-submit", fix)


def catalog_problems(catalog: SparkCatalog, *, argument: str = "spark.catalog") -> Iterator[Problem]:
    """What Glue or S3 would refuse about ``catalog``.

    :param argument: what the user calls it.
    """
    if not catalog.databases:
        yield Problem(f"{argument}.databases", catalog.databases, "are none", "Name one, or leave the catalog out")
    for name in catalog.databases:
        if not is_token(name) and not _DATABASE.fullmatch(name):
            fix = "Use lower case letters, digits and underscores"
            yield Problem(f"{argument}.databases", name, "is no name of a database", fix)
    if not is_token(catalog.prefix) and not _PREFIX.fullmatch(catalog.prefix):
        fix = "Write it as features/: letters, digits and _.=-/, ending in /"
        yield Problem(f"{argument}.prefix", catalog.prefix, "is no prefix for objects", fix)


def spark_conf(spark: Spark) -> dict[str, str]:
    """The settings that EMR Serverless gets."""
    return {**worker_conf(spark), **catalog_conf(spark.catalog), **spark.conf}


def worker_conf(spark: Spark) -> dict[str, str]:
    """The settings that say which workers there are."""
    return {
        "spark.driver.cores": str(spark.driver.vcpu),
        "spark.driver.memory": f"{spark.driver.spark_memory_mb}m",
        "spark.emr-serverless.driver.disk": f"{spark.driver.disk_gb}G",
        "spark.executor.cores": str(spark.executor.vcpu),
        "spark.executor.memory": f"{spark.executor.spark_memory_mb}m",
        "spark.emr-serverless.executor.disk": f"{spark.executor.disk_gb}G",
        "spark.dynamicAllocation.maxExecutors": str(spark.maximum_executors),
    }


def pod_conf(spark: Spark) -> dict[str, str]:
    """The same for pods, whose disks are the cluster's, and which stay without a shuffle service as long as needed."""
    conf = {name: value for name, value in worker_conf(spark).items() if ".disk" not in name}
    return {
        **conf,
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.shuffleTracking.enabled": "true",
    }


def catalog_conf(catalog: SparkCatalog | None) -> dict[str, str]:
    """The settings that let Spark see the tables of Glue's catalog."""
    if catalog is None:
        return {}
    if not catalog.iceberg:
        return dict(_HIVE)
    warehouse = f"s3://{catalog.bucket.bucket_name}/{catalog.prefix}"
    return {**_ICEBERG, f"spark.sql.catalog.{CATALOG}.warehouse": warehouse}


def submit_parameters(conf: Mapping[str, str], *, python_files: str) -> str:
    """What spark-submit gets besides the script and its arguments.

    :param python_files: address of an archive with the modules beside the script.
    """
    settings = " ".join(f"--conf {name}={value}" for name, value in conf.items())
    return f"--py-files {python_files} {settings}".rstrip()


def catalog_statements(catalog: SparkCatalog | None) -> Iterator[Statement]:
    """What a job needs to use its tables by their names, and their data."""
    if catalog is None:
        return
    glue = f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    # Hive asks for the database called so before any other.
    extra = () if catalog.iceberg else ("default",)
    yield Statement(
        actions=[*READ_TABLES, *(WRITE_TABLES if catalog.writes else ())],
        resources=[
            f"{glue}:catalog",
            *(f"{glue}:database/{name}" for name in (*catalog.databases, *extra)),
            *(f"{glue}:table/{name}/*" for name in catalog.databases),
        ],
        wildcard="A script names the tables that it reads and makes; their databases are named. "
        "https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html",
    )
    yield from use_objects(catalog.bucket, catalog.prefix, writes=catalog.writes)
    if catalog.bucket.encryption_key is not None:
        actions = ["kms:Decrypt", *(["kms:GenerateDataKey"] if catalog.writes else [])]
        yield Statement(actions=actions, resources=[catalog.bucket.encryption_key.key_arn])


def use_objects(bucket: s3.IBucket, prefix: str, *, writes: bool) -> Iterator[Statement]:
    """Read what is under a prefix, and with ``writes`` replace it, as Spark does with the files of a table."""
    changes = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"] if writes else []
    yield Statement(
        actions=["s3:GetObject", *changes],
        resources=[bucket.arn_for_objects(f"{prefix}*")],
        wildcard="Spark names its files itself, and replaces them; the prefix is named. "
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html",
    )
    yield Statement(
        actions=["s3:ListBucket"],
        resources=[bucket.bucket_arn],
        conditions={"StringLike": {"s3:prefix": [prefix, f"{prefix}*"]}},
    )
