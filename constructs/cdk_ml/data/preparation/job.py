"""What runs Spark's part of a preparation: any job that state machines can run, with the library's script.

https://docs.aws.amazon.com/glue/latest/dg/migrating-version-50.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.sagemaker.jobs.script import Script
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import Statement

if TYPE_CHECKING:
    from aws_cdk import aws_stepfunctions as sfn


class PreparationJob(Protocol):
    """What runs Spark's part: a :class:`~cdk_ml.data.SparkJob`, or a job of EMR Serverless, with
    :func:`preparation_script`.

    :ivar role: what it runs as; the preparation adds a policy to it.
    """

    role: iam.IRole

    def task(self, scope: Construct, id: str, *, arguments: Mapping[str, str] | None = None) -> sfn.CustomState:
        """A state that runs it and waits for it."""

    def run_statements(self) -> Sequence[Statement]:
        """What a state machine needs for that."""


def preparation_script() -> Script:
    """The script that a preparation's job runs. It needs Spark 3.5, and Iceberg: Glue 5, or EMR 7."""
    return Script(runtime_code("data_preparation"), "prepare.py")


def table_arguments(table: CatalogTable, features: CatalogTable | None = None) -> dict[str, str]:
    """How the script is told about its tables."""
    told = {"table": f"{table.database.database_name}.{table.table_name}", "warehouse": table.location}
    if features is not None:
        told["feature-table"] = f"{features.database.database_name}.{features.table_name}"
    return told
