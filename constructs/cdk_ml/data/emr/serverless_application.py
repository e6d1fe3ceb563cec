"""Spark without servers: an application of EMR Serverless, which has workers while jobs run.

https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/emr-serverless.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from aws_cdk import Names
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_emrserverless as emrserverless
from constructs import Construct

from cdk_ml.data.emr.release import chosen_release, release_problems
from cdk_ml.data.emr.workers import Capacity, capacity_problems
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import outside
from cdk_ml.workspace import Workspace
from cdk_ml.workspace.alerts import alarm_above

NAMESPACE = "AWS/EMRServerless"
_LONGEST_NAME = 64
_MOST_IDLE_MINUTES = 10_080
_MOST_RUNS = 1_000


class ServerlessApplication(Construct):
    """An application of EMR Serverless for Spark, in the workspace's network, that is there only while it works.

    Creates the application, a security group, and an alarm on jobs that fail. It starts with a job and stops when none
    has run for ``idle_minutes``. Its jobs are :class:`ServerlessJob`; each has a role of its own.

    The workers reach S3 through the network's gateway endpoint, which is free, and nothing else but what a job adds to
    the network. What drivers and executors print, and Spark's event logs, go under ``logs/`` of the workspace's data
    bucket, encrypted with its key. EMR's own storage of logs is off: that is a bucket of AWS's which the network does
    not reach, and so there is no Spark UI in the console. The workers' disks are encrypted with a key of the service.

    Idle cost: nothing but the alarm's 0.10 USD a month; no worker waits for a job. Jobs are billed by vCPU, memory and
    disk beyond 20 GB, by the second.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import Capacity, ServerlessApplication
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> application = ServerlessApplication(
    ...     stack, "Spark", workspace=workspace, maximum_capacity=Capacity(vcpu=32, memory_gb=128, disk_gb=400)
    ... )

    See https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/app-behavior.html

    :ivar application_name: name of the application, under which CloudWatch files its metrics.
    :ivar maximum_capacity: what all workers may be together.
    :ivar log_prefix: where in the workspace's data bucket its jobs leave their logs.
    :ivar security_group: of the workers' network interfaces; HTTPS out and nothing in.
    :ivar cfn_application: the application.
    :ivar cfn_alarm: raised when a job fails.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        release: str | None = None,
        architecture: Literal["ARM64", "X86_64"] = "ARM64",
        maximum_capacity: Capacity = Capacity(),
        idle_minutes: int = 15,
        concurrent_runs: int = 15,
    ) -> None:
        """
        :param workspace: network, key, buckets, topic, tags and profile.
        :param release: such as ``emr-7.13.0``; the newest that every kind of EMR has when not given.
        :param architecture: of the workers. ARM costs a fifth less; packages with compiled parts have to be for it.
        :param maximum_capacity: what all workers may be together, so that no job costs more than you meant.
        :param idle_minutes: minutes without a job after which the application stops, 1 to 10080.
        :param concurrent_runs: jobs that may run at once, 1 to 1000; others wait for up to six hours.
        :raises cdk_ml.errors.ConfigurationError: a release that ended or is not known, a capacity that nothing fits in.
        """
        super().__init__(scope, id)
        chosen = chosen_release(release)
        reject(
            self,
            [
                *release_problems(chosen, kind="EMR Serverless"),
                *capacity_problems(maximum_capacity),
                *_time_problems(idle_minutes, concurrent_runs),
            ],
        )
        workspace.adopt(self)
        self.maximum_capacity = maximum_capacity
        self.application_name = Names.unique_resource_name(self, max_length=_LONGEST_NAME, separator="-")
        self.log_prefix = f"logs/emr-serverless/{self.application_name}/"
        self.security_group = workspace.security_group(
            self, "SecurityGroup", description=f"Workers of {self.node.path}"[:255]
        )
        self.cfn_application = emrserverless.CfnApplication(
            self,
            "Resource",
            # Names of applications are not unique: a replacement comes up beside the old one.
            name=self.application_name,
            type="SPARK",
            release_label=chosen,
            architecture=architecture,
            auto_start_configuration={"enabled": True},
            auto_stop_configuration={"enabled": True, "idleTimeoutMinutes": idle_minutes},
            maximum_capacity={
                "cpu": f"{maximum_capacity.vcpu} vCPU",
                "memory": f"{maximum_capacity.memory_gb} GB",
                "disk": f"{maximum_capacity.disk_gb} GB",
            },
            network_configuration={
                "subnetIds": workspace.subnet_ids,
                "securityGroupIds": [self.security_group.security_group_id],
            },
            scheduler_configuration={"maxConcurrentRuns": concurrent_runs},
            monitoring_configuration={
                "s3MonitoringConfiguration": {
                    "logUri": f"s3://{workspace.data_bucket.bucket_name}/{self.log_prefix}",
                    "encryptionKeyArn": workspace.key.key_arn,
                },
                "managedPersistenceMonitoringConfiguration": {"enabled": False},
            },
        )
        self.cfn_alarm = self._alarm(workspace.alert_topic.topic_arn)

    @property
    def application_id(self) -> str:
        """Id of the application."""
        return self.cfn_application.attr_application_id

    @property
    def application_arn(self) -> str:
        """ARN of the application."""
        return self.cfn_application.attr_arn

    @property
    def connections(self) -> ec2.Connections:
        """Network connections of the workers."""
        return self.security_group.connections

    def metric(self, name: str, **options: Any) -> cloudwatch.Metric:
        """A metric of the application, by the name EMR Serverless gives it.

        :param name: such as ``RunningJobs`` or ``FailedJobs``.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        options.setdefault("statistic", "Maximum")
        return cloudwatch.Metric(
            namespace=NAMESPACE, metric_name=name, dimensions_map=dict(self._dimensions()), **options
        )

    def metric_failed_jobs(self, **options: Any) -> cloudwatch.Metric:
        """Jobs that failed."""
        return self.metric("FailedJobs", **options)

    def metric_running_jobs(self, **options: Any) -> cloudwatch.Metric:
        """Jobs that run."""
        return self.metric("RunningJobs", **options)

    def _dimensions(self) -> Iterator[tuple[str, str]]:
        # From release 7.10 on, metrics carry the name as well:
        # https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/app-job-metrics.html
        yield "ApplicationId", self.application_id
        yield "ApplicationName", self.application_name

    def _alarm(self, topic_arn: str) -> cloudwatch.CfnAlarm:
        return alarm_above(
            self,
            "Alarm",
            alarm_description=f"A Spark job failed: see {self.log_prefix} in the data bucket"[:1024],
            namespace=NAMESPACE,
            metric_name="FailedJobs",
            dimensions=[{"name": name, "value": value} for name, value in self._dimensions()],
            statistic="Maximum",
            period=300,
            threshold=0,
            topic_arn=topic_arn,
        )


def _time_problems(idle_minutes: int, concurrent_runs: int) -> Iterator[Problem]:
    if outside(idle_minutes, 1, _MOST_IDLE_MINUTES):
        rule = "is no time after which an application stops"
        yield Problem("idle_minutes", idle_minutes, rule, f"Use 1 to {_MOST_IDLE_MINUTES}, which is a week")
    if outside(concurrent_runs, 1, _MOST_RUNS):
        rule = "is no number of jobs that run at once"
        yield Problem("concurrent_runs", concurrent_runs, rule, f"Use 1 to {_MOST_RUNS}")
