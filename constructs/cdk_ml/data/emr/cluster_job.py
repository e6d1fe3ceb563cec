"""A Spark job as a step of a cluster on EC2, with a role of its own.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-steps-runtime-roles.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.data.emr.arguments import argument_problems, entry_point_arguments
from cdk_ml.data.emr.emr_cluster import EmrCluster
from cdk_ml.data.emr.job import EmrJob
from cdk_ml.data.emr.script_assets import script_assets
from cdk_ml.data.emr.spark import SparkCatalog, catalog_conf, catalog_problems, catalog_statements, conf_problems
from cdk_ml.data.running import hear_of_end
from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.jobs.script import Script, script_problems
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.permissions import managed_policy
from cdk_ml.workspace.statements import use_key

EVENTS_RULE = "StepFunctionsGetEventForEMRAddJobFlowStepsRule"
BECOME = ("sts:AssumeRole", "sts:TagSession")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,127}")


class ClusterJob(EmrJob):
    """A Spark job that a state machine runs on a cluster of EMR on EC2, as a role of its own.

    Creates the role, which only this cluster's instances can take on, with what ``statements`` and ``catalog`` say; and
    the script and its folder as assets: modules beside the script are there to be imported.

    Idle cost: nothing; the cluster's is its own.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_ec2 as ec2
    >>> from cdk_ml.data import Certificates, ClusterJob, EmrCluster, Fleet, ManagedScaling
    >>> from cdk_ml.sagemaker import Script
    >>> from cdk_ml.workflow import StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ...     vpc=ec2.Vpc.from_vpc_attributes(
    ...         stack,
    ...         "Vpc",
    ...         vpc_id="vpc-11111111",
    ...         availability_zones=["us-east-1a"],
    ...         private_subnet_ids=["subnet-11111111"],
    ...     ),
    ... )
    >>> cluster = EmrCluster(
    ...     stack,
    ...     "Cluster",
    ...     workspace=workspace,
    ...     certificates=Certificates(workspace.artifact_bucket, "emr/certificates.zip"),
    ...     core=Fleet(instance_types=["m7g.xlarge", "m6g.xlarge"], on_demand=2),
    ...     scaling=ManagedScaling(minimum=2, maximum=10),
    ... )
    >>> job = ClusterJob(
    ...     stack, "Orders", workspace=workspace, cluster=cluster, script=Script("docs/examples/spark", "orders.py")
    ... )
    >>> machine = StateMachine(
    ...     stack,
    ...     "Nightly",
    ...     workspace=workspace,
    ...     definition=job.task(stack, "CountOrders", arguments={"--table": "shop.orders", "--day": "$.day"}),
    ...     statements=job.run_statements(),
    ... )

    See https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr.html

    :ivar cluster: where it runs.
    :ivar role: what the script runs as.
    """

    _integration = "elasticmapreduce:addStep"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        cluster: EmrCluster,
        script: Script,
        arguments: Mapping[str, str] | None = None,
        conf: Mapping[str, str] = MappingProxyType({}),
        catalog: SparkCatalog | None = None,
        statements: Iterable[Statement] = (),
        cancel_on_failure: bool = False,
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param cluster: where it runs.
        :param script: the folder that travels along, and the file in it that runs.
        :param arguments: command line of every run, by name.
        :param conf: settings of Spark, such as ``{"spark.sql.shuffle.partitions": "200"}``.
        :param catalog: tables that the script sees by name; none without it, and files only.
        :param statements: what the script may do besides.
        :param cancel_on_failure: when a run fails, drop the steps that wait behind it.
        :raises cdk_ml.errors.ConfigurationError: what EMR would refuse, every problem at once, with its fix.
        """
        super().__init__(scope, id)
        known = {} if arguments is None else dict(arguments)
        reject(
            self,
            [
                *_problems(id),
                *script_problems(script),
                *argument_problems(known),
                *conf_problems(conf),
                *(catalog_problems(catalog, argument="catalog") if catalog is not None else ()),
            ],
        )
        workspace.adopt(self)
        self.cluster = cluster
        self._arguments = known
        self._conf = {**catalog_conf(catalog), **conf}
        self._on_failure = "CANCEL_AND_WAIT" if cancel_on_failure else "CONTINUE"
        self._assets = script_assets(self, script)
        granted = [
            *self._assets.statements,
            *use_key(workspace.key.key_arn),
            *catalog_statements(catalog),
            *statements,
        ]
        self.role: iam.IRole = iam.Role(
            self,
            "Role",
            assumed_by=iam.ArnPrincipal(cluster.instance_role.role_arn).with_session_tags(),
            managed_policies=[managed_policy(self, "RolePolicy", statements=granted)],
            permissions_boundary=workspace.permissions_boundary,
        )
        # After both, because it names one role and belongs to the other.
        managed_policy(
            self,
            "MayBecome",
            statements=[Statement(actions=BECOME, resources=[self.role.role_arn])],
            roles=[cluster.instance_role],
        )

    def _run(self, arguments: Mapping[str, str]) -> dict[str, Any]:
        settings = [text for name, value in self._conf.items() for text in ("--conf", f"{name}={value}")]
        before = (
            *("spark-submit", "--deploy-mode", "cluster", "--py-files", self._assets.modules),
            *settings,
            self._assets.entry_point,
        )
        command = entry_point_arguments(arguments, key="Args", before=before)
        return {
            "ClusterId": self.cluster.cluster_id,
            "ExecutionRoleArn": self.role.role_arn,
            "Step": {
                "Name": self.node.id,
                "ActionOnFailure": self._on_failure,
                "HadoopJarStep": {"Jar": "command-runner.jar", **command},
            },
        }

    def run_statements(self) -> Sequence[Statement]:
        """What a state machine needs to run the job, and to cancel it with the execution."""
        return (
            *self.start_statements(),
            Statement(
                actions=["elasticmapreduce:CancelSteps", "elasticmapreduce:DescribeStep"],
                resources=[self.cluster.cluster_arn],
            ),
            hear_of_end(EVENTS_RULE),
        )

    def start_statements(self) -> Sequence[Statement]:
        """What starts the job and does not wait for it needs this: steps as this job's role, and no other."""
        return (
            Statement(
                actions=["elasticmapreduce:AddJobFlowSteps"],
                resources=[self.cluster.cluster_arn],
                conditions={"StringEquals": {"elasticmapreduce:ExecutionRoleArn": self.role.role_arn}},
            ),
        )


def _problems(id: str) -> Iterator[Problem]:
    if not is_token(id) and not _ID.fullmatch(id):
        yield Problem("id", id, "cannot name a step", "Use letters, digits, hyphens and underscores, such as Orders")
