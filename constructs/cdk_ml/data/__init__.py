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
    from cdk_ml.data.lake.data_cells_filter import DataCellsFilter
    from cdk_ml.data.lake.data_lake import DataLake
    from cdk_ml.data.lake.data_share import DataShare
    from cdk_ml.data.lake.settings import DataLakeSettings
    from cdk_ml.data.lake.tags import LFTag
    from cdk_ml.data.lake.zones import Zone

__all__ = [
    "CatalogTable",
    "Column",
    "Crawler",
    "DataBrewDataset",
    "DataBrewRecipe",
    "DataBrewRule",
    "DataBrewRuleset",
    "DataBrewSchedule",
    "DataCellsFilter",
    "DataLake",
    "DataLakeSettings",
    "DataShare",
    "Database",
    "DatasetFiles",
    "ExternalTable",
    "FileFormat",
    "IcebergTable",
    "LFTag",
    "Maintenance",
    "ManagedAnswers",
    "MissingFiles",
    "NamedQuery",
    "PreparedStatement",
    "ProfileJob",
    "QueryAlarms",
    "RecipeJob",
    "RecipeOutput",
    "Recrawl",
    "RuleThreshold",
    "S3Answers",
    "S3Table",
    "S3TableMaintenance",
    "SchemaChange",
    "TableBucket",
    "View",
    "WorkGroup",
    "Zone",
]

__getattr__ = on_demand(__name__)
