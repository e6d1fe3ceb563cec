"""A Spark job: a script over tables and files, on workers that Glue brings and takes away.

https://docs.aws.amazon.com/glue/latest/dg/add-job.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.data.glue.arguments import argument_problems, spark_arguments, spark_problems
from cdk_ml.data.glue.connection import Connection
from cdk_ml.data.glue.job import GlueJob, Logs, RunLimits, limit_problems, service_problems
from cdk_ml.data.glue.job_role import publish_glue_metrics
from cdk_ml.data.glue.lake_tables import LakeTables, lake_problems
from cdk_ml.data.glue.script import script_assets, script_problems
from cdk_ml.data.glue.workers import Workers, version_problems, worker_problems
from cdk_ml.errors import Problem, reject
from cdk_ml.facts import glue as facts
from cdk_ml.sagemaker.jobs.script import Script
from cdk_ml.workspace import Statement, Workspace

_BOOKMARKS = {True: "job-bookmark-enable", False: "job-bookmark-disable"}
_FIRST_WITH_ITS_OWN_LOGS = "5.0"


class SparkJob(GlueJob):
    """A PySpark script on Glue's workers, encrypted, logged, measured and watched.

    Creates the job, its log groups under the workspace's key, the script as assets, a role with what the job needs and
    ``statements``, and an alarm on runs that fail or run out of time. What is beside the script travels with it. Where
    the profile keeps functions private, the job is in the workspace's network, and reaches S3, Glue, CloudWatch, the
    key and ``services`` there.

    Idle cost: an alarm, 0.10 USD a month; in the network about 7 USD a month and zone for each of four endpoints, which
    all jobs share, and of ``services``.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import LakeTables, SparkJob, Workers
    >>> from cdk_ml.sagemaker import Script
    >>> from cdk_ml.workflow import StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> curate = SparkJob(
    ...     stack,
    ...     "Curate",
    ...     workspace=workspace,
    ...     script=Script("docs/examples/curate", "curate.py"),
    ...     workers=Workers(type="G.1X", count=4, auto_scaling=True),
    ...     lake=LakeTables(warehouse=f"s3://{workspace.data_bucket.bucket_name}/lake/"),
    ...     arguments={"table": "glue_catalog.sales.orders"},
    ... )
    >>> machine = StateMachine(
    ...     stack,
    ...     "Nightly",
    ...     workspace=workspace,
    ...     definition=curate.task(stack, "CurateOrders", arguments={"date": "$.date"}),
    ...     statements=curate.run_statements(),
    ... )

    See https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python.html
    """

    cfn_job: glue.CfnJob

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        script: Script | Path,
        workers: Workers = Workers(),
        glue_version: str = "5.1",
        flex: bool = False,
        bookmarks: bool = False,
        arguments: Mapping[str, str] | None = None,
        spark: Mapping[str, str] | None = None,
        lake: LakeTables | None = None,
        statements: Iterable[Statement] = (),
        connections: Sequence[Connection] = (),
        services: Mapping[str, ec2.InterfaceVpcEndpointAwsService] | None = None,
        limits: RunLimits = RunLimits(),
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, topic, tags and profile.
        :param script: the file that runs; with what is beside it in its folder, or alone.
        :param workers: machines.
        :param glue_version: of Glue, which decides on Spark and Python.
        :param flex: run when there is room, for less; a run may wait, and lose workers on its way.
        :param bookmarks: let Glue remember what was read; the script has to use Glue's readers, and to commit.
        :param arguments: of the script, by name, without hyphens.
        :param spark: settings of Spark, such as ``{"spark.sql.shuffle.partitions": "64"}``.
        :param lake: Iceberg tables of the Glue catalog.
        :param statements: what the script may do.
        :param connections: databases that it reaches, and the network that it is in.
        :param services: services of AWS that it reaches through private endpoints, by the ids of those.
        :param limits: how long, how often and how many at once.
        :param role: a role of your own, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: what Glue would refuse, every problem at once, with its fix.
        """
        super().__init__(scope, id, workspace=workspace)
        given, settings = dict(arguments or {}), dict(spark or {})
        reject(
            self,
            [
                *script_problems(script),
                *service_problems(services),
                *spark_job_problems(workers, glue_version, given, settings, lake, flex=flex),
                *limit_problems(limits, bookmarks=bookmarks),
            ],
        )
        workspace.adopt(self)
        self._make(
            command={"name": "glueetl", "pythonVersion": "3"},
            script=script_assets(self, script),
            arguments=given,
            connections=connections,
            services=services,
            limits=limits,
            role=role,
            **spark_run(workers, glue_version, settings, lake, statements, bookmarks=bookmarks),
            execution_class="FLEX" if flex else "STANDARD",
        )


def spark_job_problems(
    workers: Workers,
    version: str,
    arguments: Mapping[str, str],
    spark: Mapping[str, str],
    lake: LakeTables | None,
    *,
    flex: bool = False,
    streaming: bool = False,
) -> Iterator[Problem]:
    """Why Glue would refuse a job of Spark."""
    yield from version_problems(version)
    fine_grained = lake is not None and lake.fine_grained
    yield from worker_problems(workers, version=version, streaming=streaming, flex=flex, fine_grained=fine_grained)
    yield from argument_problems("arguments", arguments)
    yield from spark_problems(spark)
    if lake is not None:
        yield from lake_problems(lake, version=version, streaming=streaming)


def spark_run(
    workers: Workers,
    version: str,
    spark: Mapping[str, str],
    lake: LakeTables | None,
    statements: Iterable[Statement],
    *,
    bookmarks: bool | None = None,
) -> dict[str, Any]:
    """What a job of Spark is made with, whoever wrote its script.

    :param bookmarks: ``None`` where a job has none.
    """
    told = _told(workers, version, spark, lake)
    return {
        "own": told if bookmarks is None else {**told, "--job-bookmark-option": _BOOKMARKS[bookmarks]},
        "statements": [publish_glue_metrics(), *statements],
        "logs": Logs(streamed=facts.is_older(version, _FIRST_WITH_ITS_OWN_LOGS)),
        "glue_version": version,
        "worker_type": workers.type,
        "number_of_workers": workers.count,
    }


def _told(workers: Workers, version: str, spark: Mapping[str, str], lake: LakeTables | None) -> dict[str, str]:
    """What Glue is told about a job of Spark."""
    told = {"--enable-metrics": "true"}
    if not facts.is_older(version, facts.since("observability_metrics")):
        told["--enable-observability-metrics"] = "true"
    if workers.auto_scaling:
        told["--enable-auto-scaling"] = "true"
    if lake is not None:
        told |= lake.arguments()
    return told | spark_arguments({**({} if lake is None else lake.settings()), **spark})
