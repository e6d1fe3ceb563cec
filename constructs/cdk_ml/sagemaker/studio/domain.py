"""A SageMaker Studio domain: where a team's data scientists work, in the workspace's network and under its key.

https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.names import name_problems, own_name
from cdk_ml.sagemaker.studio.access import data_scientist, pass_itself
from cdk_ml.sagemaker.studio.canvas import Canvas, CanvasSettings, canvas_problems, canvas_statements
from cdk_ml.sagemaker.studio.settings import (
    Docker,
    IdleShutdown,
    StudioApps,
    StudioStorage,
    docker_settings,
    settings_problems,
    space_settings,
    user_settings,
)
from cdk_ml.sagemaker.studio.teardown import StudioTeardown
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.permissions import managed_policy

Auth = Literal["IAM", "SSO"]
"""How people come in: as principals of IAM, or through IAM Identity Center."""

_ENDPOINTS = {
    "SageMakerApi": ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_API,
    "SageMakerRuntime": ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_RUNTIME,
    "SageMakerStudio": ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_STUDIO,
    "Sts": ec2.InterfaceVpcEndpointAwsService.STS,
    "CloudWatchLogs": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
}
_NFS = 2049


class StudioDomain(Construct):
    """A Studio domain without internet, under the workspace's key, that shuts idle apps down and comes down clean.

    Creates the domain, with the Studio of today and never Studio Classic; an execution role with what a data scientist
    needs: the workspace's data and artifacts, jobs in its subnets, and apps and spaces of one's own; a security group
    with HTTPS out; endpoints for the services that Studio calls; and a :class:`StudioTeardown`.

    CloudFormation would replace the domain for another name, key or ``auth``, and all homes and spaces with it. The
    name is made of its path; another key or ``auth`` is refused at deployment, before the domain is touched. Everything
    else is changed in place.

    Idle cost: about 7 USD a month and zone for each of five interface endpoints, and an alarm, 0.20 USD a month. Apps
    cost while they run; the volumes of spaces and the home file system cost by their size.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import IdleShutdown, StudioApps, StudioDomain, StudioLifecycleConfig
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> setup = StudioLifecycleConfig.from_file(
    ...     stack, "Setup", workspace=workspace, path="stacks/studio_setup.sh"
    ... )
    >>> domain = StudioDomain(
    ...     stack,
    ...     "Studio",
    ...     workspace=workspace,
    ...     idle=IdleShutdown(minutes=60),
    ...     apps=StudioApps(instance_types=["ml.t3.medium", "ml.g5.xlarge"], lifecycle_configs=[setup]),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated.html

    :ivar auth: how people come in.
    :ivar idle: when apps are shut down.
    :ivar storage: where files are.
    :ivar apps: what apps are made of.
    :ivar role: the execution role of users, unless their profile has another.
    :ivar security_group: what every app is in.
    :ivar teardown: takes the domain down.
    :ivar cfn_domain: the domain.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        auth: Auth = "IAM",
        idle: IdleShutdown = IdleShutdown(),
        storage: StudioStorage = StudioStorage(),
        apps: StudioApps = StudioApps(),
        docker: Docker | None = None,
        canvas: Canvas | None = None,
        statements: Iterable[Statement] = (),
        role: iam.IRole | None = None,
        domain_name: str | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, topic, tags and profile. A VPC of your own needs the endpoints that the
            class's page names.
        :param auth: ``IAM``, or ``SSO`` where the account's organization has IAM Identity Center in this region.
        :param idle: when apps that nobody uses are shut down.
        :param storage: sizes of volumes, and whether users have a home.
        :param apps: instance types, images and scripts.
        :param docker: lets users run containers inside their apps.
        :param canvas: lets users prepare data and make models without code.
        :param statements: what users may do besides.
        :param role: an execution role of your own, which is granted nothing.
        :param domain_name: a name of your own.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, or what contradicts itself.
        """
        super().__init__(scope, id)
        region = Stack.of(self).region
        reject(
            self,
            [
                *name_problems("domain_name", domain_name),
                *settings_problems(idle, storage, apps, docker),
                *canvas_problems(canvas),
                *region_problems(region, "AWS::SageMaker::Domain"),
            ],
        )
        workspace.adopt(self)
        self.workspace, self.auth, self.idle, self.storage, self.apps = workspace, auth, idle, storage, apps
        self.security_group = self._network()
        self.role = self._role([*canvas_statements(workspace, canvas), *statements]) if role is None else role
        self.cfn_domain = self._domain(domain_name, docker)
        self.teardown = StudioTeardown(self, "Teardown", workspace=workspace, domain=self.cfn_domain)
        if canvas is not None:
            CanvasSettings(self, "Canvas", workspace=workspace, domain=self.cfn_domain, canvas=canvas)

    @property
    def domain_id(self) -> str:
        """Id of the domain, such as ``d-abcdefghij``."""
        return self.cfn_domain.attr_domain_id

    @property
    def domain_arn(self) -> str:
        """ARN of the domain."""
        return self.cfn_domain.attr_domain_arn

    @property
    def url(self) -> str:
        """Where people who come in through IAM Identity Center begin."""
        return self.cfn_domain.attr_url

    @property
    def connections(self) -> ec2.Connections:
        """Network connections of every app."""
        return self.security_group.connections

    def grant_open(self, grantee: iam.IGrantable, *, user_name: str) -> iam.Grant:
        """Let ``grantee`` open Studio as a user, by an address that SageMaker signs.

        :param user_name: of the user's profile.
        """
        profile = Stack.of(self).format_arn(
            service="sagemaker", resource="user-profile", resource_name=f"{self.domain_id}/{user_name}"
        )
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["sagemaker:CreatePresignedDomainUrl"], resource_arns=[profile]
        )

    def empty_first(self, resource: CfnResource) -> None:
        """Delete the apps before ``resource``, a space or user profile of the domain that is plain CDK."""
        self.teardown.empty_first(resource)

    def _network(self) -> ec2.SecurityGroup:
        for id, service in _ENDPOINTS.items():
            self.workspace.add_interface_endpoint(id, service)
        group = self.workspace.security_group(self, "SecurityGroup", description="Apps of a Studio domain")
        # SageMaker asks for it in both directions before it starts an app. The ports between apps stay closed here: in
        # one group for all users, everybody could reach everybody's. Each profile has a group of its own for them.
        group.add_ingress_rule(group, ec2.Port.tcp(_NFS), "NFS of homes")
        group.add_egress_rule(group, ec2.Port.tcp(_NFS), "NFS of homes")
        return group

    def _role(self, statements: Sequence[Statement]) -> iam.Role:
        own = data_scientist(
            self.workspace,
            security_group_id=self.security_group.security_group_id,
            instance_types=self.apps.instance_types,
        )
        role = self.workspace.role(self, "Role", service="sagemaker.amazonaws.com", statements=[*own, *statements])
        managed_policy(self, "PassRolePolicy", statements=pass_itself(role.role_arn), roles=[role])
        return role

    def _domain(self, domain_name: str | None, docker: Docker | None) -> sagemaker.CfnDomain:
        settings = user_settings(
            role_arn=self.role.role_arn,
            security_group_ids=[self.security_group.security_group_id],
            idle=self.idle,
            storage=self.storage,
            apps=self.apps,
        )
        return sagemaker.CfnDomain(
            self,
            "Resource",
            domain_name=own_name(self, domain_name),
            auth_mode=self.auth,
            app_network_access_type="VpcOnly",
            vpc_id=self.workspace.vpc.vpc_id,
            subnet_ids=self.workspace.subnet_ids,
            kms_key_id=self.workspace.key.key_arn,
            home_efs_file_system_creation="Enabled" if self.storage.home_file_system else "Disabled",
            tag_propagation="ENABLED",
            domain_settings={"dockerSettings": docker_settings(docker)},
            default_user_settings=settings,
            default_space_settings=space_settings(settings),
        )
