"""A Python shell job: a script without Spark, on a sixteenth of a machine or on a whole one.

https://docs.aws.amazon.com/glue/latest/dg/add-job-python.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.data.glue.arguments import argument_problems
from cdk_ml.data.glue.connection import Connection
from cdk_ml.data.glue.job import GlueJob, Logs, RunLimits, limit_problems, service_problems
from cdk_ml.data.glue.script import script_assets, script_problems
from cdk_ml.errors import Problem, reject
from cdk_ml.facts import glue as facts
from cdk_ml.sagemaker.jobs.script import Script
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement, Workspace

_LOGS = "/aws-glue/python-jobs/"


class PythonShellJob(GlueJob):
    """A Python script with pandas and boto3, for what is too small for Spark and too long for a function.

    Creates the job, its log groups under the workspace's key, the script as assets, a role with what the job needs and
    ``statements``, and an alarm on runs that fail or run out of time. Networks are as with a :class:`SparkJob`.

    Glue says nowhere how it calls the log groups of Python jobs that have a security configuration. They are made by
    the names that those of Spark jobs follow; where Glue calls them otherwise, it makes its own, under the key, and
    keeps what is in them.

    Idle cost: an alarm, 0.10 USD a month, and what :class:`SparkJob` says of the network.

    >>> import aws_cdk as cdk
    >>> from pathlib import Path
    >>> from cdk_ml.data import PythonShellJob
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> rates = PythonShellJob(
    ...     stack,
    ...     "Rates",
    ...     workspace=workspace,
    ...     script=Path("docs/examples/curate/rates.py"),
    ...     arguments={"currency": "CHF"},
    ... )

    See https://docs.aws.amazon.com/glue/latest/dg/add-job-python.html
    """

    cfn_job: glue.CfnJob

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        script: Script | Path,
        dpus: float = 0.0625,
        arguments: Mapping[str, str] | None = None,
        statements: Iterable[Statement] = (),
        connections: Sequence[Connection] = (),
        services: Mapping[str, ec2.InterfaceVpcEndpointAwsService] | None = None,
        limits: RunLimits = RunLimits(),
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, topic, tags and profile.
        :param script: the file that runs; with what is beside it in its folder, or alone.
        :param dpus: data processing units: 0.0625, which has 1 GiB of memory, or 1, which has 16.
        :param arguments: of the script, by name, without hyphens.
        :param statements: what the script may do.
        :param connections: databases that it reaches, and the network that it is in.
        :param services: services of AWS that it reaches through private endpoints, by the ids of those.
        :param limits: how long, how often and how many at once.
        :param role: a role of your own, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: what Glue would refuse, every problem at once, with its fix.
        """
        super().__init__(scope, id, workspace=workspace)
        given = dict(arguments or {})
        reject(
            self,
            [
                *script_problems(script),
                *service_problems(services),
                *dpu_problems(dpus),
                *argument_problems("arguments", given),
                *limit_problems(limits),
            ],
        )
        workspace.adopt(self)
        shell = facts.python_shell()
        self._make(
            command={"name": "pythonshell", "pythonVersion": shell["python"]},
            script=script_assets(self, script),
            arguments=given,
            # Without it, there is boto3 and no pandas.
            own={"library-set": "analytics"},
            statements=statements,
            connections=connections,
            services=services,
            limits=limits,
            role=role,
            logs=Logs(beginning=_LOGS),
            glue_version=shell["glue_version"],
            max_capacity=dpus,
        )


def dpu_problems(dpus: float) -> Iterator[Problem]:
    """Why a Python script does not run on so much."""
    sizes = facts.python_shell()["dpus"]
    if not is_token(dpus) and dpus not in sizes:
        fix = f"Use {' or '.join(f'{size:g}' for size in sizes)}; more is a SparkJob"
        yield Problem("dpus", dpus, "is no size of a Python shell job", fix)
