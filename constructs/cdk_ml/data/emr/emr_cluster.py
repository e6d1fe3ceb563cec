"""A cluster of EMR on EC2: for what needs instances of its own, such as HDFS, GPUs or hours of the same work.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aws_cdk import Aws, Names
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_emr as emr
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.data.emr.cluster_network import cluster_network, network_problems
from cdk_ml.data.emr.cluster_roles import TAG, Certificates, instance_statements, service_statements
from cdk_ml.data.emr.cluster_security import security_configuration
from cdk_ml.data.emr.fleets import (
    Fleet,
    ManagedScaling,
    fleet_config,
    fleet_problems,
    primary_fleet,
    scaling_config,
    scaling_problems,
)
from cdk_ml.data.emr.release import chosen_release, release_problems
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Workspace, acknowledge
from cdk_ml.workspace.alerts import alarm_above
from cdk_ml.workspace.permissions import managed_policy

NAMESPACE = "AWS/ElasticMapReduce"
_LONGEST_NAME = 128
_MOST_IDLE_MINUTES = 10_080
_MOST_STEPS = 256
_CONFIGURATIONS = (
    {"classification": "iceberg-defaults", "configurationProperties": {"iceberg.enabled": "true"}},
    {
        "classification": "spark-hive-site",
        "configurationProperties": {
            "hive.metastore.client.factory.class": "com.amazonaws.glue.catalog.metastore."
            "AWSGlueDataCatalogHiveClientFactory"
        },
    },
)


class EmrCluster(Construct):
    """A cluster of EMR on EC2 for Spark, that scales by what waits and ends when nothing has run for a while.

    Creates the cluster with instance fleets, its security configuration, three security groups, a role that EMR makes
    instances with, the instances' own role, and an alarm on instances that are unwell. Volumes and logs are encrypted
    with the workspace's key, what instances say to each other with ``certificates``; metadata is for version 2 only.
    Steps, which are :class:`ClusterJob`, run as roles of their own. Nobody logs in: there is no SSH.

    The workspace has to bring a VPC with private subnets and a NAT gateway: EMR scales and ends a cluster by what its
    instances tell a public endpoint. For a cluster that ended by itself, CloudFormation makes no other; deploy it under
    another id, or let :class:`ServerlessApplication` be there when it is needed.

    Idle cost: its instances until ``idle_minutes`` have passed, with EMR's own price on top of each; an alarm, 0.10 USD
    a month.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_ec2 as ec2
    >>> from cdk_ml.data import Certificates, EmrCluster, Fleet, ManagedScaling
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
    ...     core=Fleet(instance_types=["m7g.xlarge", "m6g.xlarge"], on_demand=1),
    ...     task=Fleet(instance_types=["m7g.xlarge", "m6g.xlarge", "r7g.xlarge"], spot=1),
    ...     scaling=ManagedScaling(minimum=2, maximum=20, maximum_on_demand=2, maximum_core=2),
    ... )

    See https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-scaling.html

    :ivar log_prefix: where in the workspace's data bucket the logs are.
    :ivar service_role: what EMR makes instances with.
    :ivar instance_role: what the instances are; steps are not.
    :ivar network: its subnets and security groups.
    :ivar cfn_security_configuration: encryption, metadata and roles of steps.
    :ivar cfn_cluster: the cluster.
    :ivar cfn_alarm: raised when instances are unwell.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        certificates: Certificates,
        core: Fleet,
        task: Fleet | None = None,
        scaling: ManagedScaling,
        primary: str = "m7g.xlarge",
        release: str | None = None,
        idle_minutes: int = 60,
        concurrent_steps: int = 1,
        termination_protection: bool = False,
    ) -> None:
        """
        :param workspace: a VPC of your own, key, buckets, topic, tags and profile.
        :param certificates: for what instances say to each other.
        :param core: instances that hold data in HDFS.
        :param task: instances that only compute, and may come and go.
        :param scaling: how far EMR scales both.
        :param primary: type of the one instance that leads.
        :param release: such as ``emr-7.13.0``; the newest that every kind of EMR has when not given.
        :param idle_minutes: minutes without work after which the cluster ends, 1 to 10080.
        :param concurrent_steps: steps that may run at once, 1 to 256.
        :param termination_protection: refuse to end the cluster by hand or with the stack. It ends by itself when it is
            idle, so that nothing on it is kept anyway. To delete the stack, deploy it once without.
        :raises cdk_ml.errors.ConfigurationError: what EMR would refuse, every problem at once, with its fix; a network
            in which it could neither scale nor end.
        """
        super().__init__(scope, id)
        chosen = chosen_release(release)
        reject(
            self,
            [
                *network_problems(workspace),
                *release_problems(chosen, kind="EC2"),
                *fleet_problems(primary, core, task),
                *scaling_problems(scaling, core, task),
                *_problems(certificates.key, idle_minutes, concurrent_steps),
            ],
        )
        workspace.adopt(self)
        self._workspace = workspace
        name = Names.unique_resource_name(self, max_length=_LONGEST_NAME, separator="-")
        self.log_prefix = f"logs/emr/{name}/"
        self.network = cluster_network(self, workspace)
        self.instance_role = self._instance_role(certificates)
        profile = iam.CfnInstanceProfile(self, "InstanceProfile", roles=[self.instance_role.role_name])
        self.service_role = workspace.role(
            self,
            "ServiceRole",
            service="elasticmapreduce.amazonaws.com",
            statements=service_statements(
                vpc_id=workspace.vpc.vpc_id,
                subnet_ids=self.network.subnet_ids,
                group_ids=self.network.group_ids,
                instance_role_arn=self.instance_role.role_arn,
                key_arn=workspace.key.key_arn,
            ),
        )
        self.cfn_security_configuration = emr.CfnSecurityConfiguration(
            self, "Security", security_configuration=security_configuration(workspace.key.key_arn, certificates)
        )
        self.cfn_cluster = emr.CfnCluster(
            self,
            "Resource",
            name=name,
            release_label=chosen,
            applications=[{"name": "Spark"}],
            configurations=[*_CONFIGURATIONS],
            service_role=self.service_role.role_arn,
            job_flow_role=profile.ref,
            security_configuration=self.cfn_security_configuration.ref,
            log_uri=f"s3://{workspace.data_bucket.bucket_name}/{self.log_prefix}",
            log_encryption_kms_key_id=workspace.key.key_arn,
            instances={
                "ec2SubnetIds": self.network.subnet_ids,
                "emrManagedMasterSecurityGroup": self.network.primary.attr_group_id,
                "emrManagedSlaveSecurityGroup": self.network.workers.attr_group_id,
                "serviceAccessSecurityGroup": self.network.service.attr_group_id,
                "masterInstanceFleet": primary_fleet(primary),
                "coreInstanceFleet": fleet_config("core", core),
                "taskInstanceFleets": None if task is None else [fleet_config("task", task)],
                "keepJobFlowAliveWhenNoSteps": True,
                "terminationProtected": termination_protection,
                "unhealthyNodeReplacement": True,
            },
            managed_scaling_policy=scaling_config(scaling),
            auto_termination_policy={"idleTimeout": idle_minutes * 60},
            scale_down_behavior="TERMINATE_AT_TASK_COMPLETION",
            step_concurrency_level=concurrent_steps,
            visible_to_all_users=True,
            tags=[{"key": TAG, "value": "true"}],
        )
        self.cfn_alarm = self._alarm()
        self._acknowledge()

    @property
    def cluster_id(self) -> str:
        """Id of the cluster."""
        return self.cfn_cluster.ref

    @property
    def cluster_arn(self) -> str:
        """ARN of the cluster."""
        return f"arn:{Aws.PARTITION}:elasticmapreduce:{Aws.REGION}:{Aws.ACCOUNT_ID}:cluster/{self.cluster_id}"

    def metric(self, name: str, **options: Any) -> cloudwatch.Metric:
        """A metric of the cluster, by the name EMR gives it.

        :param name: such as ``IsIdle`` or ``AppsPending``.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        options.setdefault("statistic", "Maximum")
        return cloudwatch.Metric(
            namespace=NAMESPACE, metric_name=name, dimensions_map={"JobFlowId": self.cluster_id}, **options
        )

    def _instance_role(self, certificates: Certificates) -> iam.Role:
        statements = instance_statements(self._workspace, log_prefix=self.log_prefix, certificates=certificates)
        policy = managed_policy(self, "InstanceRolePolicy", statements=statements)
        # EC2 gives the role to instances of this account only, and does not say for which account it asks.
        return iam.Role(
            self,
            "InstanceRole",
            assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
            managed_policies=[policy],
            permissions_boundary=self._workspace.permissions_boundary,
        )

    def _alarm(self) -> cloudwatch.CfnAlarm:
        return alarm_above(
            self,
            "Alarm",
            alarm_description=f"Instances of {self.node.path} are unwell"[:1024],
            namespace=NAMESPACE,
            metric_name="MRUnhealthyNodes",
            dimensions=[{"name": "JobFlowId", "value": self.cluster_id}],
            statistic="Maximum",
            period=300,
            threshold=0,
            topic_arn=self._workspace.alert_topic.topic_arn,
        )

    def _acknowledge(self) -> None:
        security = "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-create-security-configuration.html"
        acknowledge(
            self.cfn_cluster,
            "Disks and what instances say to each other are encrypted. EMR reads that below EncryptionConfiguration, "
            f"where the rule does not look. {security}",
            "AwsSolutions-EMR4",
            "AwsSolutions-EMR5",
        )
        acknowledge(
            self.cfn_cluster,
            "Nobody logs in: no group admits SSH or any address. The role that a step runs as says what it may do, and "
            "IAM, who may start one. https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-steps-runtime-roles.html",
            "AwsSolutions-EMR6",
            *(f"{pack}-EMRKerberosEnabled" for pack in ("HIPAA.Security", "PCI.DSS.321")),
        )


def _problems(certificates: str, idle_minutes: int, concurrent_steps: int) -> Iterator[Problem]:
    if not is_token(certificates) and not certificates.endswith(".zip"):
        fix = "Name a zip with privateKey.pem, certificateChain.pem and trustedCertificates.pem"
        yield Problem("certificates.key", certificates, "is no archive of certificates", fix)
    if outside(idle_minutes, 1, _MOST_IDLE_MINUTES):
        rule = "is no time after which a cluster ends"
        yield Problem("idle_minutes", idle_minutes, rule, f"Use 1 to {_MOST_IDLE_MINUTES}, which is a week")
    if outside(concurrent_steps, 1, _MOST_STEPS):
        rule = "is no number of steps that run at once"
        yield Problem("concurrent_steps", concurrent_steps, rule, f"Use 1 to {_MOST_STEPS}")
