"""A streaming job: a Spark script that reads a stream, and does not end.

https://docs.aws.amazon.com/glue/latest/dg/add-job-streaming.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.data.glue.connection import Connection
from cdk_ml.data.glue.job import GlueJob, RunLimits, limit_problems, service_problems
from cdk_ml.data.glue.lake_tables import LakeTables
from cdk_ml.data.glue.script import script_assets, script_problems
from cdk_ml.data.glue.spark_job import spark_job_problems, spark_run
from cdk_ml.data.glue.workers import Workers
from cdk_ml.errors import Problem, reject
from cdk_ml.facts import glue as facts
from cdk_ml.sagemaker.jobs.script import Script
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement, Workspace

_WINDOW = re.compile(r"(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat):(?:[01]?[0-9]|2[0-3])")


class StreamingJob(GlueJob):
    """A PySpark script that reads Kinesis or Kafka in small batches until it is stopped.

    Creates what a :class:`SparkJob` has. Once a week, in the window, Glue restarts it; where it was is in the
    checkpoint, which the script keeps under its ``TempDir`` or elsewhere in S3.

    Idle cost: an alarm, 0.10 USD a month, and what :class:`SparkJob` says of the network. While it runs, it costs what
    its workers cost: there are the smallest ones of all for it.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import StreamingJob, Workers
    >>> from cdk_ml.sagemaker import Script
    >>> from cdk_ml.workspace import CostTags, Profile, Statement, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> clicks = stack.format_arn(service="kinesis", resource="stream", resource_name="clicks")
    >>> read = StreamingJob(
    ...     stack,
    ...     "Clicks",
    ...     workspace=workspace,
    ...     script=Script("docs/examples/curate", "clicks.py"),
    ...     workers=Workers(type="G.025X", count=2),
    ...     arguments={"stream": clicks},
    ...     statements=[
    ...         Statement(
    ...             actions=[
    ...                 "kinesis:DescribeStreamSummary",
    ...                 "kinesis:GetRecords",
    ...                 "kinesis:GetShardIterator",
    ...                 "kinesis:ListShards",
    ...             ],
    ...             resources=[clicks],
    ...         )
    ...     ],
    ... )

    See https://docs.aws.amazon.com/glue/latest/dg/streaming-chapter.html
    """

    cfn_job: glue.CfnJob

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        script: Script | Path,
        workers: Workers = Workers(type="G.025X"),
        glue_version: str = "5.1",
        arguments: Mapping[str, str] | None = None,
        spark: Mapping[str, str] | None = None,
        lake: LakeTables | None = None,
        statements: Iterable[Statement] = (),
        connections: Sequence[Connection] = (),
        services: Mapping[str, ec2.InterfaceVpcEndpointAwsService] | None = None,
        maintenance_window: str = "Sun:3",
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, topic, tags and profile.
        :param script: the file that runs; with what is beside it in its folder, or alone.
        :param workers: machines.
        :param glue_version: of Glue, which decides on Spark and Python.
        :param arguments: of the script, by name, without hyphens.
        :param spark: settings of Spark.
        :param lake: Iceberg tables of the Glue catalog.
        :param statements: what the script may do.
        :param connections: databases that it reaches, and the network that it is in.
        :param services: services of AWS that it reaches through private endpoints, by the ids of those.
        :param maintenance_window: day and hour, in UTC, after which Glue restarts it within three hours.
        :param role: a role of your own, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: what Glue would refuse, every problem at once, with its fix.
        """
        super().__init__(scope, id, workspace=workspace)
        given, settings = dict(arguments or {}), dict(spark or {})
        limits = RunLimits(timeout_minutes=facts.limit("longest_minutes"))
        reject(
            self,
            [
                *script_problems(script),
                *service_problems(services),
                *spark_job_problems(workers, glue_version, given, settings, lake, streaming=True),
                *limit_problems(limits),
                *_window_problems(maintenance_window),
            ],
        )
        workspace.adopt(self)
        self._make(
            command={"name": "gluestreaming", "pythonVersion": "3"},
            script=script_assets(self, script),
            arguments=given,
            connections=connections,
            services=services,
            limits=limits,
            role=role,
            **spark_run(workers, glue_version, settings, lake, statements),
            maintenance_window=maintenance_window,
        )


def _window_problems(window: str) -> Iterator[Problem]:
    if not is_token(window) and not _WINDOW.fullmatch(window):
        fix = "Write a day and an hour, such as Sun:3"
        yield Problem("maintenance_window", window, "is no hour of a week", fix)
