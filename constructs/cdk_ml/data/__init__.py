"""Data: the lake and who may read it, its tables, jobs on Glue and EMR, queries with Athena, and data preparation.

A name is imported when it is asked for: an app that queries does not wait for clusters. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.data.catalog.columns import Column
    from cdk_ml.data.catalog.database import Database
    from cdk_ml.data.catalog.external_table import ExternalTable
    from cdk_ml.data.catalog.file_formats import FileFormat
    from cdk_ml.data.catalog.iceberg_table import IcebergTable
    from cdk_ml.data.catalog.maintenance import Maintenance
    from cdk_ml.data.catalog.table import CatalogTable

__all__ = [
    "CatalogTable",
    "Column",
    "Database",
    "ExternalTable",
    "FileFormat",
    "IcebergTable",
    "Maintenance",
]

__getattr__ = on_demand(__name__)
