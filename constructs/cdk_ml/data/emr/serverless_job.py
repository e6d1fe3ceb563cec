"""A Spark job on EMR Serverless: a script, what it may touch, and the state that runs it.

https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/jobs-spark.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.data.emr.arguments import argument_problems, entry_point_arguments
from cdk_ml.data.emr.job import EmrJob
from cdk_ml.data.emr.script_assets import script_assets
from cdk_ml.data.emr.serverless_application import NAMESPACE, ServerlessApplication
from cdk_ml.data.emr.spark import Spark, catalog_statements, spark_conf, spark_problems, submit_parameters
from cdk_ml.data.emr.workers import fit_problems
from cdk_ml.data.running import hear_of_end
from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.execution_role import write_objects
from cdk_ml.sagemaker.jobs.script import Script, script_problems
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import pass_role, use_key

SERVICE = "emr-serverless.amazonaws.com"
EVENTS_RULE = "StepFunctionsGetEventsForEMRServerlessJobRule"
_MOST_MINUTES = 10_080
_MOST_ATTEMPTS = 10
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,127}")


class ServerlessJob(EmrJob):
    """A Spark job that a state machine runs on EMR Serverless, as a role of its own.

    Creates the role, with what ``statements`` and ``spark.catalog`` say and what the logs need, and the script and its
    folder as assets: modules beside the script are there to be imported. With a catalog, the network reaches Glue
    through a private endpoint.

    Idle cost: nothing; with ``spark.catalog`` about 7 USD a month and zone for the endpoint.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import ServerlessApplication, ServerlessJob, Spark, SparkCatalog, Worker
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
    >>> application = ServerlessApplication(stack, "Spark", workspace=workspace)
    >>> job = ServerlessJob(
    ...     stack,
    ...     "Orders",
    ...     workspace=workspace,
    ...     application=application,
    ...     script=Script("docs/examples/spark", "orders.py"),
    ...     arguments={"--table": "glue_catalog.shop.orders"},
    ...     spark=Spark(
    ...         executor=Worker(vcpu=4, memory_gb=30),
    ...         catalog=SparkCatalog(
    ...             databases=["shop"], bucket=workspace.data_bucket, prefix="shop/", writes=True
    ...         ),
    ...     ),
    ... )
    >>> machine = StateMachine(
    ...     stack,
    ...     "Nightly",
    ...     workspace=workspace,
    ...     definition=job.task(stack, "CountOrders", arguments={"--day": "$.day"}),
    ...     statements=job.run_statements(),
    ... )

    See https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr-serverless.html

    :ivar application: where it runs.
    :ivar role: what the script runs as.
    :ivar request: a run as the API takes it, without what only a run knows.
    """

    _integration = "emr-serverless:startJobRun"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        application: ServerlessApplication,
        script: Script,
        arguments: Mapping[str, str] | None = None,
        spark: Spark = Spark(),
        statements: Iterable[Statement] = (),
        timeout_minutes: int = 120,
        attempts: int = 1,
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, tags and profile.
        :param application: where it runs.
        :param script: the folder that travels along, and the file in it that runs.
        :param arguments: command line of every run, by name.
        :param spark: workers, settings and tables.
        :param statements: what the script may do besides.
        :param timeout_minutes: minutes after which a run is stopped, 1 to 10080.
        :param attempts: how often a run that fails is tried, 1 to 10; more than once only where a script may run twice.
        :param role: a role of your own, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: what EMR Serverless would refuse, every problem at once, with its fix.
        """
        super().__init__(scope, id)
        known = {} if arguments is None else dict(arguments)
        reject(
            self,
            [
                *_problems(id, timeout_minutes, attempts),
                *script_problems(script),
                *argument_problems(known),
                *spark_problems(spark),
                *fit_problems(spark.driver, spark.executor, 1, application.maximum_capacity),
            ],
        )
        workspace.adopt(self)
        self.application = application
        self._arguments = known
        if spark.catalog is not None:
            workspace.add_interface_endpoint("Glue", ec2.InterfaceVpcEndpointAwsService.GLUE)
        assets = script_assets(self, script)
        self.role: iam.IRole = role or workspace.role(
            self,
            "Role",
            service=SERVICE,
            statements=[
                *assets.statements,
                *write_objects(workspace.data_bucket.bucket_arn, application.log_prefix),
                *use_key(workspace.key.key_arn),
                *catalog_statements(spark.catalog),
                *statements,
            ],
        )
        self.request: dict[str, Any] = {
            "ApplicationId": application.application_id,
            "ExecutionRoleArn": self.role.role_arn,
            "Name": id,
            "ExecutionTimeoutMinutes": timeout_minutes,
            "RetryPolicy": {"MaxAttempts": attempts},
            "Tags": dict(workspace.tags.items()),
            "JobDriver": {
                "SparkSubmit": {
                    "EntryPoint": assets.entry_point,
                    "SparkSubmitParameters": submit_parameters(spark_conf(spark), python_files=assets.modules),
                }
            },
        }

    def _run(self, arguments: Mapping[str, str]) -> dict[str, Any]:
        driver = self.request["JobDriver"]["SparkSubmit"]
        return {
            **self.request,
            "JobDriver": {"SparkSubmit": {**driver, **entry_point_arguments(arguments)}},
            # The same when Step Functions sends a request again, so that it starts no second run.
            "ClientToken.$": "States.UUID()",
        }

    def run_statements(self) -> Sequence[Statement]:
        """What a state machine needs to run the job, to stop it with the execution, and to hand it its role."""
        runs = f"{self.application.application_arn}/jobruns/*"
        return (
            *self.start_statements(),
            Statement(
                actions=["emr-serverless:CancelJobRun", "emr-serverless:GetJobRun", "emr-serverless:TagResource"],
                resources=[runs],
                wildcard="EMR Serverless names the runs of this one application. "
                "https://docs.aws.amazon.com/step-functions/latest/dg/emr-serverless-iam.html",
            ),
            hear_of_end(EVENTS_RULE),
        )

    def start_statements(self) -> Sequence[Statement]:
        """What starts the job and does not wait for it needs this: runs as this job's role, and no other."""
        return (
            Statement(actions=["emr-serverless:StartJobRun"], resources=[self.application.application_arn]),
            pass_role(self.role.role_arn, to=SERVICE),
        )

    def metric(self, name: str, **options: Any) -> cloudwatch.MathExpression:
        """A metric of the job's workers over all of its runs.

        :param name: such as ``WorkerMemoryUsed``, which is in GB.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.MathExpression`.
        """
        schema = "ApplicationId,ApplicationName,CapacityAllocationType,JobId,JobName,WorkerType"
        searched = (
            f'{{{NAMESPACE},{schema}}} MetricName="{name}" ApplicationId="{self.application.application_id}" '
            f'JobName="{self.node.id}"'
        )
        return cloudwatch.MathExpression(
            expression=f"SUM(SEARCH('{searched}', 'Average'))", using_metrics={}, label=name, **options
        )


def _problems(id: str, timeout_minutes: int, attempts: int) -> Iterator[Problem]:
    if not is_token(id) and not _ID.fullmatch(id):
        yield Problem("id", id, "cannot name a run", "Use letters, digits, hyphens and underscores, such as Orders")
    if outside(timeout_minutes, 1, _MOST_MINUTES):
        rule = "is no time that a run may take"
        yield Problem("timeout_minutes", timeout_minutes, rule, f"Use 1 to {_MOST_MINUTES}, which is a week")
    if outside(attempts, 1, _MOST_ATTEMPTS):
        yield Problem("attempts", attempts, "is no number of attempts", f"Use 1 to {_MOST_ATTEMPTS}")
