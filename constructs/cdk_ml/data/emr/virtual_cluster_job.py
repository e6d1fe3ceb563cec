"""A Spark job of EMR on EKS, with a role of its own.

https://docs.aws.amazon.com/emr/latest/EMR-on-EKS-DevelopmentGuide/job-runs.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import Aws, Names, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.data.emr.arguments import argument_problems, entry_point_arguments
from cdk_ml.data.emr.job import EmrJob
from cdk_ml.data.emr.script_assets import script_assets
from cdk_ml.data.emr.spark import (
    Spark,
    catalog_conf,
    catalog_statements,
    pod_conf,
    spark_problems,
    submit_parameters,
)
from cdk_ml.data.emr.virtual_cluster import EmrVirtualCluster
from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.execution_role import write_objects
from cdk_ml.sagemaker.jobs.script import Script, script_problems
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.permissions import managed_policy
from cdk_ml.workspace.statements import use_key

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_LONGEST_ROLE = 64
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class VirtualClusterJob(EmrJob):
    """A Spark job that a state machine runs on EMR on EKS, as a role of its own.

    Creates the role, which only this job's own pods in the namespace can take on, and the script and its folder as
    assets. EMR names the pods' service accounts after the role, so that the role has a name, made of the job's path.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import EmrVirtualCluster, Spark, VirtualClusterJob, Worker
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
    >>> virtual = EmrVirtualCluster(
    ...     stack,
    ...     "Spark",
    ...     workspace=workspace,
    ...     cluster_name="platform",
    ...     oidc_issuer="oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
    ...     namespace="spark",
    ... )
    >>> job = VirtualClusterJob(
    ...     stack,
    ...     "Orders",
    ...     workspace=workspace,
    ...     cluster=virtual,
    ...     script=Script("docs/examples/spark", "orders.py"),
    ...     spark=Spark(executor=Worker(vcpu=2, memory_gb=8), maximum_executors=8),
    ... )
    >>> machine = StateMachine(
    ...     stack,
    ...     "Nightly",
    ...     workspace=workspace,
    ...     definition=job.task(stack, "CountOrders", arguments={"--table": "shop.orders", "--day": "$.day"}),
    ...     statements=job.run_statements(),
    ... )

    See https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr-eks.html

    :ivar cluster: where it runs.
    :ivar role: what the script runs as.
    :ivar request: a run as the API takes it, without what only a run knows.
    """

    _integration = "emr-containers:startJobRun"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        cluster: EmrVirtualCluster,
        script: Script,
        arguments: Mapping[str, str] | None = None,
        spark: Spark = Spark(),
        statements: Iterable[Statement] = (),
    ) -> None:
        """
        :param workspace: key, buckets, tags and profile.
        :param cluster: where it runs.
        :param script: the folder that travels along, and the file in it that runs.
        :param arguments: command line of every run, by name.
        :param spark: pods, settings and tables; disks of pods are the cluster's.
        :param statements: what the script may do besides.
        :raises cdk_ml.errors.ConfigurationError: what EMR would refuse, every problem at once, with its fix.
        """
        super().__init__(scope, id)
        known = {} if arguments is None else dict(arguments)
        reject(
            self,
            [*_problems(id), *script_problems(script), *argument_problems(known), *spark_problems(spark, pods=True)],
        )
        workspace.adopt(self)
        self.cluster = cluster
        self._arguments = known
        assets = script_assets(self, script)
        granted = [
            *assets.statements,
            *write_objects(workspace.data_bucket.bucket_arn, cluster.log_prefix),
            *use_key(workspace.key.key_arn),
            *catalog_statements(spark.catalog),
            *statements,
        ]
        role_name = _role_name(self)
        self.role: iam.IRole = iam.Role(
            self,
            "Role",
            role_name=role_name,
            assumed_by=_pods(cluster, role_name),
            managed_policies=[managed_policy(self, "RolePolicy", statements=granted)],
            permissions_boundary=workspace.permissions_boundary,
        )
        conf = {**pod_conf(spark), **catalog_conf(spark.catalog), **spark.conf}
        self.request: dict[str, Any] = {
            "VirtualClusterId": cluster.virtual_cluster_id,
            "Name": id,
            "ExecutionRoleArn": self.role.role_arn,
            "ReleaseLabel": f"{cluster.release}-latest",
            "JobDriver": {
                "SparkSubmitJobDriver": {
                    "EntryPoint": assets.entry_point,
                    "SparkSubmitParameters": submit_parameters(conf, python_files=assets.modules),
                }
            },
            "ConfigurationOverrides": {
                "MonitoringConfiguration": {
                    "PersistentAppUI": "DISABLED",
                    "S3MonitoringConfiguration": {
                        "LogUri": f"s3://{workspace.data_bucket.bucket_name}/{cluster.log_prefix}"
                    },
                }
            },
        }

    def _run(self, arguments: Mapping[str, str]) -> dict[str, Any]:
        driver = self.request["JobDriver"]["SparkSubmitJobDriver"]
        submit = {**driver, **entry_point_arguments(arguments)}
        return {**self.request, "JobDriver": {"SparkSubmitJobDriver": submit}}

    def run_statements(self) -> Sequence[Statement]:
        """What a state machine needs to run the job, and to stop it with the execution."""
        return (
            *self.start_statements(),
            Statement(
                actions=["emr-containers:CancelJobRun", "emr-containers:DescribeJobRun"],
                resources=[f"{self.cluster.virtual_cluster_arn}/jobruns/*"],
                wildcard="EMR names the runs of this one virtual cluster. "
                "https://docs.aws.amazon.com/step-functions/latest/dg/emr-eks-iam.html",
            ),
        )

    def start_statements(self) -> Sequence[Statement]:
        """What starts the job and does not wait for it needs this: runs as this job's role, and no other."""
        return (
            Statement(
                actions=["emr-containers:StartJobRun"],
                resources=[self.cluster.virtual_cluster_arn],
                conditions={"StringEquals": {"emr-containers:ExecutionRoleArn": self.role.role_arn}},
            ),
        )


def _role_name(scope: Construct) -> str:
    """A name that says the region, where it is known: roles are the account's, not a region's."""
    region = Stack.of(scope).region
    end = "" if is_token(region) else f"-{region}"
    own = Names.unique_resource_name(scope, max_length=_LONGEST_ROLE - len(end), separator="-")
    return f"{own}{end}"


def _pods(cluster: EmrVirtualCluster, role_name: str) -> iam.WebIdentityPrincipal:
    """The pods that EMR starts as a role, by the service accounts that it names after it.

    https://docs.aws.amazon.com/emr/latest/EMR-on-EKS-DevelopmentGuide/setting-up-trust-policy.html
    """
    accounts = f"emr-containers-sa-*-*-{Aws.ACCOUNT_ID}-{in_base_36(role_name)}"
    issuer = cluster.oidc_issuer
    return iam.WebIdentityPrincipal(
        f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:oidc-provider/{issuer}",
        {
            "StringLike": {f"{issuer}:sub": f"system:serviceaccount:{cluster.namespace}:{accounts}"},
            "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"},
        },
    )


def in_base_36(text: str) -> str:
    """A text as EMR writes it in names of service accounts: its bytes are one number, in base 36."""
    number, written = int.from_bytes(text.encode(), "big"), ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        written = _DIGITS[digit] + written
    return written or _DIGITS[0]


def _problems(id: str) -> Iterator[Problem]:
    if not is_token(id) and not _ID.fullmatch(id):
        yield Problem("id", id, "cannot name a run", "Use letters, digits, hyphens and underscores, such as Orders")
