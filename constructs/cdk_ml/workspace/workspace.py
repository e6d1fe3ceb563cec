"""The workspace: what every other construct stands on.

It carries the network, the key, the buckets, the alert topic, the roles' boundary, the cost tags and the profile. Each
part is the user's own or is made on first use, so that a construct brings along what it needs and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws_cdk import CfnOutput, RemovalPolicy, Stack, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.workspace.alerts import alert_topic
from cdk_ml.workspace.cost_tags import CostTags, tag_problems
from cdk_ml.workspace.dead_letters import dead_letter_queue
from cdk_ml.workspace.deletion import removal_policy
from cdk_ml.workspace.encryption import workspace_key
from cdk_ml.workspace.existing import WorkspaceIdentifiers, existing_parts, identifier_problems, identifiers
from cdk_ml.workspace.limit import watch_limit
from cdk_ml.workspace.log_groups import log_group
from cdk_ml.workspace.network import Network
from cdk_ml.workspace.permissions import Statement, service_role
from cdk_ml.workspace.profile import Profile, profile_problems
from cdk_ml.workspace.storage import Buckets, admit_flow_logs, log_bucket, private_bucket

if TYPE_CHECKING:
    from cdk_ml.cost import MonthlyLimit


class Workspace(Construct):
    """What every construct of cdk-ml stands on, and what it decides once for all of them.

    Creates nothing by itself but the budget of ``monthly_limit``; the rest follows on first use: an isolated VPC
    (:attr:`network`), a customer managed key with rotation (:attr:`key`), versioned buckets for data, artifacts and
    logs, and an encrypted topic for alerts. Every stack that uses the workspace gets its cost tags and its permissions
    boundary.

    Idle cost: nothing; once used, 1 USD a month for the key, 0.10 USD for the alarm on what schedules, events and
    functions could not do, and about 7 USD a month and zone for each interface endpoint that a construct asked for.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> bucket = workspace.data_bucket

    See https://docs.aws.amazon.com/wellarchitected/latest/machine-learning-lens/machine-learning-lens.html

    :ivar profile: the decisions that constructs read.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        profile: Profile,
        tags: CostTags,
        monthly_limit: MonthlyLimit | None = None,
        vpc: ec2.IVpc | None = None,
        key: kms.IKey | None = None,
        buckets: Buckets = Buckets(),
        alert_topic: sns.ITopic | None = None,
        permissions_boundary: iam.IManagedPolicy | None = None,
    ) -> None:
        """
        :param profile: what the environment is for, see :class:`~cdk_ml.workspace.Profile`.
        :param tags: who pays, on every taggable resource of every stack that uses the workspace.
        :param monthly_limit: makes a budget over everything that carries the tags, or a warning where CloudFormation
            has no budgets.
        :param vpc: a VPC of your own. It needs isolated or private subnets, and the endpoints that you want: none are
            added to it.
        :param key: a customer managed key of your own. Its policy has to admit CloudWatch Logs, and CloudWatch alarms
            and AWS Budgets if they publish to a topic that it encrypts, and EventBridge if its events are kept.
        :param buckets: buckets of your own.
        :param alert_topic: a topic of your own for alarms and budget alerts.
        :param permissions_boundary: set on every role in every stack that uses the workspace.
        :raises cdk_ml.errors.ConfigurationError: a profile, tags or a limit that AWS would refuse.
        """
        super().__init__(scope, id)
        reject(self, [*profile_problems(profile), *tag_problems(tags, profile.name)])
        self.profile = profile
        self.tags = tags.named(profile.name)
        self.permissions_boundary = permissions_boundary
        self._own_vpc = vpc
        self._own_key = key
        self._own_buckets = buckets
        self._own_topic = alert_topic
        self._adopted: set[str] = set()
        self.adopt(self)
        self.budget = watch_limit(self, monthly_limit) if monthly_limit is not None else None

    @classmethod
    def from_existing(
        cls,
        scope: Construct,
        id: str,
        *,
        profile: Profile,
        tags: CostTags,
        existing: WorkspaceIdentifiers,
        permissions_boundary: iam.IManagedPolicy | None = None,
    ) -> Workspace:
        """Use a workspace that another app deployed. Creates nothing.

        :param existing: what that app's :meth:`publish` printed.
        :raises cdk_ml.errors.ConfigurationError: identifiers that do not fit together.
        """
        reject(f"{scope.node.path}/{id}", identifier_problems(existing))
        parts = existing_parts(Construct(scope, f"{id}Existing"), existing)
        return cls(scope, id, profile=profile, tags=tags, permissions_boundary=permissions_boundary, **parts)

    def publish(self) -> None:
        """Make every part, and print the identifiers that :meth:`from_existing` takes as stack outputs."""
        for name, value in identifiers(self, self._subnets).items():
            CfnOutput(self, name, value=value)

    def adopt(self, construct: Construct) -> None:
        """Put the cost tags and the permissions boundary on the stack of ``construct``, once.

        Every construct that takes a workspace calls it first.
        """
        stack = Stack.of(construct)
        address = stack.node.addr
        if address in self._adopted:
            return
        self._adopted.add(address)
        tags = Tags.of(stack)
        for name, value in self.tags.items():
            tags.add(name, value)
        if self.permissions_boundary is not None:
            iam.PermissionsBoundary.of(stack).apply(self.permissions_boundary)

    @cached_property
    def network(self) -> Network | None:
        """The network that the workspace made; ``None`` for a VPC of the user's own."""
        if self._own_vpc is not None:
            return None
        flow_logs = admit_flow_logs(self.bucket(self, "FlowLogs", expires=True))
        return Network(self, "Network", availability_zones=self.profile.availability_zones, flow_logs=flow_logs)

    @property
    def vpc(self) -> ec2.IVpc:
        """The user's VPC, or the isolated one that the workspace makes on first use."""
        if self._own_vpc is not None:
            return self._own_vpc
        assert self.network is not None
        return self.network.vpc

    def add_s3_endpoint(self) -> None:
        """Let the network reach S3. A VPC of the user's own is left as it is."""
        if self.network is not None:
            self.network.add_s3_endpoint()

    def add_dynamodb_endpoint(self) -> None:
        """Let the network reach DynamoDB. A VPC of the user's own is left as it is."""
        if self.network is not None:
            self.network.add_dynamodb_endpoint()

    def add_interface_endpoint(self, id: str, service: ec2.InterfaceVpcEndpointAwsService) -> None:
        """Let the network reach an AWS service privately. A VPC of the user's own is left as it is.

        :param id: id of the endpoint in the network, such as ``SageMakerRuntime``.
        :param service: such as ``ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_RUNTIME``.
        """
        if self.network is not None:
            self.network.add_interface_endpoint(id, service)

    def security_group(self, scope: Construct, id: str, *, description: str) -> ec2.SecurityGroup:
        """Make a security group for workloads: HTTPS out, to S3 and to private endpoints, and nothing in.

        :param description: what is in it, for the person who reads the console.
        """
        self.add_s3_endpoint()
        group = ec2.SecurityGroup(scope, id, vpc=self.vpc, description=description, allow_all_outbound=False)
        # S3's gateway endpoint has public addresses; the route table, not this rule, decides what is reachable.
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "HTTPS to S3 and private endpoints")
        return group

    @cached_property
    def subnet_ids(self) -> list[str]:
        """Subnets for machine learning workloads: the isolated ones, or a VPC's private ones if it has no isolated."""
        return [subnet.subnet_id for subnet in self._subnets]

    @cached_property
    def _subnets(self) -> list[ec2.ISubnet]:
        return self.vpc.isolated_subnets or self.vpc.private_subnets

    @cached_property
    def key(self) -> kms.IKey:
        """The key that encrypts everything in the workspace."""
        if self._own_key is not None:
            return self._own_key
        return workspace_key(self, "Key", profile=self.profile, removal_policy=self.removal_policy)

    @cached_property
    def data_bucket(self) -> s3.IBucket:
        """Training data and captured requests."""
        own = self._own_buckets.data
        return self.bucket(self, "Data") if own is None else own

    @cached_property
    def artifact_bucket(self) -> s3.IBucket:
        """Model artifacts and source bundles."""
        own = self._own_buckets.artifacts
        return self.bucket(self, "Artifacts") if own is None else own

    @cached_property
    def log_bucket(self) -> s3.IBucket:
        """Access logs of the other buckets."""
        own = self._own_buckets.logs
        return (
            log_bucket(self, "Logs", profile=self.profile, removal_policy=self.removal_policy) if own is None else own
        )

    @cached_property
    def alert_topic(self) -> sns.ITopic:
        """Where alarms and budgets publish."""
        return alert_topic(self, "Alerts", key=self.key) if self._own_topic is None else self._own_topic

    @cached_property
    def dead_letter_queue(self) -> sqs.IQueue:
        """What schedules, events and functions could not do: kept for two weeks, and an alarm says so."""
        return dead_letter_queue(self, "DeadLetters", key=self.key, topic=self.alert_topic)

    @cached_property
    def removal_policy(self) -> RemovalPolicy:
        """What happens to data when it leaves the stack: see :mod:`cdk_ml.workspace.deletion`."""
        return removal_policy(self, self.profile)

    def role(
        self,
        scope: Construct,
        id: str,
        *,
        service: str,
        statements: Iterable[Statement],
        documents: Iterable[Mapping[str, Any]] = (),
    ) -> iam.Role:
        """Make a role for ``service`` with exactly ``statements``, under the workspace's boundary.

        :param service: principal, such as ``sagemaker.amazonaws.com``.
        :param documents: further statements, in IAM's JSON, that constructs of the CDK ask for.
        """
        return service_role(
            scope,
            id,
            service=service,
            statements=statements,
            documents=documents,
            permissions_boundary=self.permissions_boundary,
        )

    def log_group(self, scope: Construct, id: str, *, name: str | None = None) -> logs.CfnLogGroup:
        """Make a log group under the workspace's key, kept for as long as the profile says.

        A group with a name that outlives its stack is taken up again with ``cdk deploy --import-existing-resources``.

        :param name: the name, where a service writes to a group whose name it chooses itself.
        """
        return log_group(scope, id, name=name, key=self.key, profile=self.profile, removal_policy=self.removal_policy)

    def bucket(self, scope: Construct, id: str, *, expires: bool = False) -> s3.Bucket:
        """Make a bucket as the workspace's own are: private, versioned, under its key, its accesses logged.

        :param expires: delete objects once logs of the profile's age would be.
        """
        return private_bucket(
            scope,
            id,
            profile=self.profile,
            removal_policy=self.removal_policy,
            key=self.key,
            logs=self.log_bucket,
            expires=expires,
        )
