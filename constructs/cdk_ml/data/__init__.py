"""Data: the lake and who may read it, its tables, jobs on Glue and EMR, queries with Athena, and data preparation.

A name is imported when it is asked for: an app that queries does not wait for clusters. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.data.catalog.columns import Column
    from cdk_ml.data.catalog.crawler import Crawler
    from cdk_ml.data.catalog.crawler_options import MissingFiles, Recrawl, SchemaChange
    from cdk_ml.data.catalog.database import Database
    from cdk_ml.data.catalog.external_table import ExternalTable
    from cdk_ml.data.catalog.file_formats import FileFormat
    from cdk_ml.data.catalog.iceberg_table import IcebergTable
    from cdk_ml.data.catalog.maintenance import Maintenance
    from cdk_ml.data.catalog.s3_table import S3Table, S3TableMaintenance
    from cdk_ml.data.catalog.table import CatalogTable
    from cdk_ml.data.catalog.table_bucket import TableBucket
    from cdk_ml.data.glue.connection import Connection, JdbcSource
    from cdk_ml.data.glue.data_quality import DataQualityRuleset
    from cdk_ml.data.glue.job import GlueJob, RunLimits
    from cdk_ml.data.glue.lake_tables import LakeTables, TableAccess
    from cdk_ml.data.glue.python_shell_job import PythonShellJob
    from cdk_ml.data.glue.ray_job import RayJob
    from cdk_ml.data.glue.rules import QualityRule
    from cdk_ml.data.glue.security_configuration import SecurityConfiguration, security_configuration
    from cdk_ml.data.glue.spark_job import SparkJob
    from cdk_ml.data.glue.streaming_job import StreamingJob
    from cdk_ml.data.glue.triggers import After, Ended, OnDemand, OnEvents, OnSchedule
    from cdk_ml.data.glue.workers import Workers
    from cdk_ml.data.glue.workflow import GlueWorkflow

__all__ = [
    "After",
    "CatalogTable",
    "Column",
    "Connection",
    "Crawler",
    "DataQualityRuleset",
    "Database",
    "Ended",
    "ExternalTable",
    "FileFormat",
    "GlueJob",
    "GlueWorkflow",
    "IcebergTable",
    "JdbcSource",
    "LakeTables",
    "Maintenance",
    "MissingFiles",
    "OnDemand",
    "OnEvents",
    "OnSchedule",
    "PythonShellJob",
    "QualityRule",
    "RayJob",
    "Recrawl",
    "RunLimits",
    "S3Table",
    "S3TableMaintenance",
    "SchemaChange",
    "SecurityConfiguration",
    "SparkJob",
    "StreamingJob",
    "TableAccess",
    "TableBucket",
    "Workers",
    "security_configuration",
]

__getattr__ = on_demand(__name__)
