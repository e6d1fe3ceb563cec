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

__all__ = [
    "CatalogTable",
    "Column",
    "Crawler",
    "Database",
    "ExternalTable",
    "FileFormat",
    "IcebergTable",
    "Maintenance",
    "MissingFiles",
    "Recrawl",
    "S3Table",
    "S3TableMaintenance",
    "SchemaChange",
    "TableBucket",
]

__getattr__ = on_demand(__name__)
