"""Data: the lake and who may read it, its tables, jobs on Glue and EMR, queries with Athena, and data preparation.

A name is imported when it is asked for: an app that queries does not wait for clusters. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
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

__all__ = [
    "Capacity",
    "Certificates",
    "ClusterJob",
    "EmrCluster",
    "EmrVirtualCluster",
    "Fleet",
    "JobSummary",
    "ManagedScaling",
    "ServerlessApplication",
    "ServerlessJob",
    "Spark",
    "SparkCatalog",
    "VirtualClusterJob",
    "Worker",
]

__getattr__ = on_demand(__name__)
