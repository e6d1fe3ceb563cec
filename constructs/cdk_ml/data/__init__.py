"""Data: the lake and who may read it, its tables, jobs on Glue and EMR, queries with Athena, and data preparation.

A name is imported when it is asked for: an app that queries does not wait for clusters. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.data.athena.answers import ManagedAnswers, S3Answers
    from cdk_ml.data.athena.saved import NamedQuery, PreparedStatement
    from cdk_ml.data.athena.view import View
    from cdk_ml.data.athena.work_group import QueryAlarms, WorkGroup
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
    from cdk_ml.data.databrew.dataset import DataBrewDataset, DatasetFiles
    from cdk_ml.data.databrew.expressions import DataBrewRule, RuleThreshold
    from cdk_ml.data.databrew.profile_job import ProfileJob
    from cdk_ml.data.databrew.recipe import DataBrewRecipe
    from cdk_ml.data.databrew.recipe_job import RecipeJob, RecipeOutput
    from cdk_ml.data.databrew.ruleset import DataBrewRuleset
    from cdk_ml.data.databrew.schedule import DataBrewSchedule
    from cdk_ml.data.emr.cluster_job import ClusterJob
    from cdk_ml.data.emr.cluster_roles import Certificates
    from cdk_ml.data.emr.emr_cluster import EmrCluster
    from cdk_ml.data.emr.fleets import Fleet, ManagedScaling
    from cdk_ml.data.emr.job_summary import JobSummary
    from cdk_ml.data.emr.serverless_application import ServerlessApplication
    from cdk_ml.data.emr.serverless_job import ServerlessJob
    from cdk_ml.data.emr.spark import Spark, SparkCatalog
    from cdk_ml.data.emr.virtual_cluster import EmrVirtualCluster
    from cdk_ml.data.emr.virtual_cluster_job import VirtualClusterJob
    from cdk_ml.data.emr.workers import Capacity, Worker
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
    from cdk_ml.data.glue.visual_job import VisualJob
    from cdk_ml.data.glue.workers import Workers
    from cdk_ml.data.glue.workflow import GlueWorkflow
    from cdk_ml.data.lake.data_cells_filter import DataCellsFilter
    from cdk_ml.data.lake.data_lake import DataLake
    from cdk_ml.data.lake.data_share import DataShare
    from cdk_ml.data.lake.settings import DataLakeSettings
    from cdk_ml.data.lake.tags import LFTag
    from cdk_ml.data.lake.zones import Zone
    from cdk_ml.data.preparation.data_preparation import DataPreparation
    from cdk_ml.data.preparation.gate import QualityGate
    from cdk_ml.data.preparation.incoming_files import IncomingFiles
    from cdk_ml.data.preparation.job import PreparationJob, preparation_script
    from cdk_ml.data.preparation.rules import Complete, Fresh, InRange, Matches, NotNull, OneOf, Unique
    from cdk_ml.data.preparation.window_features import Aggregate, WindowFeatures

__all__ = [
    "After",
    "Aggregate",
    "Capacity",
    "CatalogTable",
    "Certificates",
    "ClusterJob",
    "Column",
    "Complete",
    "Connection",
    "Crawler",
    "DataBrewDataset",
    "DataBrewRecipe",
    "DataBrewRule",
    "DataBrewRuleset",
    "DataBrewSchedule",
    "DataCellsFilter",
    "DataLake",
    "DataLakeSettings",
    "DataPreparation",
    "DataQualityRuleset",
    "DataShare",
    "Database",
    "DatasetFiles",
    "EmrCluster",
    "EmrVirtualCluster",
    "Ended",
    "ExternalTable",
    "FileFormat",
    "Fleet",
    "Fresh",
    "GlueJob",
    "GlueWorkflow",
    "IcebergTable",
    "InRange",
    "IncomingFiles",
    "JdbcSource",
    "JobSummary",
    "LFTag",
    "LakeTables",
    "Maintenance",
    "ManagedAnswers",
    "ManagedScaling",
    "Matches",
    "MissingFiles",
    "NamedQuery",
    "NotNull",
    "OnDemand",
    "OnEvents",
    "OnSchedule",
    "OneOf",
    "PreparationJob",
    "PreparedStatement",
    "ProfileJob",
    "PythonShellJob",
    "QualityGate",
    "QualityRule",
    "QueryAlarms",
    "RayJob",
    "RecipeJob",
    "RecipeOutput",
    "Recrawl",
    "RuleThreshold",
    "RunLimits",
    "S3Answers",
    "S3Table",
    "S3TableMaintenance",
    "SchemaChange",
    "SecurityConfiguration",
    "ServerlessApplication",
    "ServerlessJob",
    "Spark",
    "SparkCatalog",
    "SparkJob",
    "StreamingJob",
    "TableAccess",
    "TableBucket",
    "Unique",
    "View",
    "VirtualClusterJob",
    "VisualJob",
    "WindowFeatures",
    "WorkGroup",
    "Worker",
    "Workers",
    "Zone",
    "preparation_script",
    "security_configuration",
]

__getattr__ = on_demand(__name__)
