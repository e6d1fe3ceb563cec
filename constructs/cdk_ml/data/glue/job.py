"""What all jobs of Glue have in common: who they run as, where they log, who is told, and how they are started.

They are L1s: the CDK's own jobs read the script by way of an inline policy of the role, which NIST 800-53, HIPAA and
PCI DSS refuse. https://docs.aws.amazon.com/glue/latest/dg/author-job-glue.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Aws, CfnResource, Names
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.data.glue.arguments import glue_arguments
from cdk_ml.data.glue.connection import Connection, network_connection
from cdk_ml.data.glue.job_role import temporary_objects, use_glue_key, write_glue_logs
from cdk_ml.data.glue.script import ScriptAssets
from cdk_ml.data.glue.security_configuration import security_configuration
from cdk_ml.errors import Problem
from cdk_ml.facts import glue as facts
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow.event_alarm import EventAlarm
from cdk_ml.workflow.vended_logs import part_of_stack_id
from cdk_ml.workspace import Statement, Workspace

if TYPE_CHECKING:
    from aws_cdk import aws_stepfunctions as sfn

_SERVICES = {
    "Glue": ec2.InterfaceVpcEndpointAwsService.GLUE,
    "CloudWatchLogs": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
    "CloudWatchMonitoring": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
    "Kms": ec2.InterfaceVpcEndpointAwsService.KMS,
}
_ENDPOINT = re.compile(r"[A-Z][A-Za-z0-9]{0,60}")
_FAILURES = ("FAILED", "TIMEOUT", "ERROR")
_MOST_RETRIES = 10
_MOST_CONCURRENT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """How long and how often a job runs.

    :param timeout_minutes: minutes after which a run is stopped and counts as failed, up to seven days.
    :param retries: how often a run that failed is run again by Glue, 0 to 10; a state machine that waits for the job
        waits for all of them.
    :param concurrent: runs at once.
    """

    timeout_minutes: int = 480
    retries: int = 0
    concurrent: int = 1


class GlueJob(Construct):
    """A job of Glue. Make a :class:`SparkJob`, a :class:`StreamingJob`, a :class:`PythonShellJob` or a
    :class:`VisualJob`.

    :ivar role: what runs run as.
    :ivar log_groups: what runs write, under the workspace's key.
    :ivar cfn_job: the job.
    :ivar failures: raises an alarm when a run fails or runs out of time.
    """

    role: iam.IRole
    cfn_job: CfnResource

    def __init__(self, scope: Construct, id: str, *, workspace: Workspace) -> None:
        super().__init__(scope, id)
        self._workspace = workspace

    @property
    def job_name(self) -> str:
        """Its name, which only the deployment knows."""
        return self.cfn_job.ref

    @property
    def job_arn(self) -> str:
        """ARN of the job."""
        return f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}:job/{self.job_name}"

    def task(self, scope: Construct, id: str, *, arguments: Mapping[str, str] | None = None) -> sfn.CustomState:
        """A state that runs the job and waits for it; what Glue says of the run is under the state's id in its output.

        Throttling and runs in the way are waited for. What the state machine needs is :meth:`run_statements`.

        :param arguments: of this run, besides those of the job and in place of them. What begins with ``$`` is taken
            from the execution's state, such as ``$.date``, and what begins with ``States.`` is a function of Step
            Functions.
        """
        from cdk_ml.data.glue.task import job_task

        return job_task(self, scope, id, {} if arguments is None else arguments)

    def run_statements(self) -> Sequence[Statement]:
        """What a state machine needs to run the job, and to stop it with the execution."""
        actions = ["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"]
        return (Statement(actions=actions, resources=[self.job_arn]),)

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` start runs."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=["glue:StartJobRun"], resource_arns=[self.job_arn])

    def metric_failures(self, **options: Any) -> cloudwatch.Metric:
        """Runs that failed or ran out of time.

        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        return self.failures.metric(**options)

    def metric(self, name: str, *, type: str = "gauge", group: str = "", **options: Any) -> cloudwatch.Metric:
        """A metric of Spark jobs, by the name Glue gives it, over all runs.

        :param name: such as ``glue.driver.aggregate.recordsRead``.
        :param type: ``count`` or ``gauge``, as Glue's list says.
        :param group: of observability metrics: ``error``, ``job_performance``, ``resource_utilization`` or
            ``throughput``.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        dimensions = {"JobName": self.job_name, "JobRunId": "ALL", "Type": type}
        if group:
            dimensions["ObservabilityGroup"] = group
        options.setdefault("statistic", "Sum" if type == "count" else "Average")
        return cloudwatch.Metric(namespace="Glue", metric_name=name, dimensions_map=dimensions, **options)

    def _make(
        self,
        *,
        command: Mapping[str, str],
        script: ScriptAssets,
        arguments: Mapping[str, str],
        own: Mapping[str, str],
        statements: Iterable[Statement],
        connections: Sequence[Connection],
        services: Mapping[str, ec2.InterfaceVpcEndpointAwsService] | None,
        limits: RunLimits,
        role: iam.IRole | None,
        logs: Logs,
        **properties: Any,
    ) -> None:
        """Make everything.

        :param command: name and Python version.
        :param script: where it is, or will be.
        :param arguments: of the script.
        :param own: of Glue.
        :param logs: how Glue calls log groups of such a job.
        :param properties: further ones of the job.
        """
        workspace = self._workspace
        placed = self._placed(connections, services)
        encrypted = security_configuration(workspace, self)
        temporary = f"glue/{self.node.path}/"
        # A stack that comes again after its groups were kept has another id, so that the names are free.
        beginning = logs.beginning or f"/aws-glue/jobs/{_own_name(self)}-"
        prefix = logs.beginning.rstrip("/") or f"{beginning}{part_of_stack_id(0)}"
        bucket = workspace.artifact_bucket
        self.role = role or workspace.role(
            self,
            "Role",
            service="glue.amazonaws.com",
            statements=[
                *script.statements,
                write_glue_logs(beginning),
                *temporary_objects(bucket.bucket_arn, temporary),
                *use_glue_key(workspace.key.key_arn),
                *(statement for connection in placed for statement in connection.use_statements()),
                *statements,
            ],
        )
        names = logs.names(prefix, encrypted.name, self.role.role_name)
        self.log_groups = [workspace.log_group(self, f"LogGroup{end}", name=name) for end, name in names.items()]
        told = {
            "--job-language": "python",
            "--TempDir": f"s3://{bucket.bucket_name}/{temporary}",
            **logs.arguments(prefix),
            **({} if script.modules is None else {"--extra-py-files": script.modules}),
        }
        self.cfn_job = self._job(
            command={**command, "scriptLocation": script.location},
            role=self.role.role_arn,
            connections={"connections": [each.connection_name for each in placed]} if placed else None,
            default_arguments={**glue_arguments(arguments), **told, **own},
            execution_property={"maxConcurrentRuns": limits.concurrent},
            max_retries=limits.retries,
            timeout=limits.timeout_minutes,
            security_configuration=encrypted.cfn_security_configuration.ref,
            **properties,
        )
        for group in self.log_groups:
            # Glue makes groups that are not there, and would keep what is in them for good.
            self.cfn_job.add_resource_dependency(group)
        self.failures = EventAlarm(
            self,
            "Failures",
            workspace=workspace,
            source="aws.glue",
            detail_types=["Glue Job State Change"],
            detail={"jobName": [self.job_name], "state": [*_FAILURES]},
            description=f"Runs of {self.node.path} fail or run out of time",
        )

    def _job(self, **properties: Any) -> CfnResource:
        """Make the job of what :class:`aws_cdk.aws_glue.CfnJob` takes; ``Ref`` of what is made is its name."""
        return glue.CfnJob(self, "Resource", **properties)

    def _placed(
        self, connections: Sequence[Connection], services: Mapping[str, ec2.InterfaceVpcEndpointAwsService] | None
    ) -> list[Connection]:
        """Connections of the job, with the workspace's network where the profile wants jobs to be in it."""
        workspace = self._workspace
        if not connections and not workspace.profile.private_functions:
            return []
        for id, service in {**_SERVICES, **({} if services is None else services)}.items():
            workspace.add_interface_endpoint(id, service)
        return [*connections] or [network_connection(workspace)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """How Glue calls the log groups of a job.

    :param beginning: of their names, where the job cannot say it.
    :param streamed: whether the job is of a version that logs into one group when it is told to.
    """

    beginning: str = ""
    streamed: bool = False

    def arguments(self, prefix: str) -> dict[str, str]:
        """What Glue is told."""
        if self.beginning:
            return {}
        if self.streamed:
            return {"--enable-continuous-cloudwatch-log": "true", "--continuous-log-logGroup": f"{prefix}/logs"}
        return {"--custom-logGroup-prefix": prefix}

    def names(self, prefix: str, configuration: str, role: str) -> dict[str, str]:
        """Names of the groups by the end of their ids in the tree."""
        if self.streamed:
            return {"Logs": f"{prefix}/logs-{configuration}"}
        base = f"{prefix}/{configuration}-role/{role}"
        return {"Error": f"{base}/error", "Output": f"{base}/output"}


def limit_problems(limits: RunLimits, *, bookmarks: bool = False) -> Iterator[Problem]:
    """Why Glue would refuse ``limits``."""
    longest = facts.limit("longest_minutes")
    if outside(limits.timeout_minutes, 1, longest):
        rule = "is not a time that a run may take"
        yield Problem(
            "limits.timeout_minutes", limits.timeout_minutes, rule, f"Use 1 to {longest}, which is seven days"
        )
    for name, lowest, most in (("retries", 0, _MOST_RETRIES), ("concurrent", 1, _MOST_CONCURRENT)):
        value = getattr(limits, name)
        if outside(value, lowest, most):
            yield Problem(f"limits.{name}", value, "is no number that Glue takes", f"Use {lowest} to {most}")
    if bookmarks and not is_token(limits.concurrent) and limits.concurrent > 1:
        rule = "runs at once would share one bookmark, and each take what another one has"
        yield Problem("limits.concurrent", limits.concurrent, rule, "Use 1, or leave bookmarks out")


def service_problems(services: Mapping[str, object] | None) -> Iterator[Problem]:
    """Why endpoints cannot be called so."""
    for id in services or ():
        if not _ENDPOINT.fullmatch(id):
            fix = "Use letters and digits, such as DynamoDbStreams"
            yield Problem("services", id, "is no id of an endpoint in the network", fix)


def _own_name(scope: Construct) -> str:
    return Names.unique_resource_name(scope, max_length=80, separator="-")
