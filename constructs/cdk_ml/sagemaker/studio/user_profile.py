"""A user of a Studio domain.

https://docs.aws.amazon.com/sagemaker/latest/dg/domain-user-profile.html
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.names import name_problems
from cdk_ml.sagemaker.studio.domain import StudioDomain
from cdk_ml.tokens import is_token

_LOWEST_PORT, _HIGHEST_PORT = 8192, 65535
_LONGEST_USER = 256


class StudioUserProfile(Construct):
    """A person in a Studio domain, whose apps reach one another and nobody else's.

    Creates the profile, and a security group of its own: SageMaker's apps of one user talk to each other over TCP, and
    in one group for all users everybody's apps could be reached by everybody.

    Its name is yours to give. CloudFormation would replace the profile for another ``sso_user``; because of the name it
    fails instead, and the user's home stays.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import StudioDomain, StudioUserProfile
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> domain = StudioDomain(stack, "Studio", workspace=workspace)
    >>> analyst = StudioUserProfile(stack, "Analyst", domain=domain, user_name="analyst")

    See https://docs.aws.amazon.com/sagemaker/latest/dg/domain-user-profile-add.html

    :ivar user_name: name of the user.
    :ivar role: what the user's private spaces run as.
    :ivar security_group: what the user's apps are in, besides the domain's.
    :ivar cfn_user_profile: the profile.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain: StudioDomain,
        user_name: str,
        sso_user: str | None = None,
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param domain: where the user works.
        :param user_name: name of the user in the domain, letters, digits and hyphens.
        :param sso_user: name of the user in IAM Identity Center, where the domain has ``auth="SSO"``.
        :param role: an execution role for this user instead of the domain's, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse.
        """
        super().__init__(scope, id)
        region = Stack.of(self).region
        reject(
            self,
            [
                *name_problems("user_name", user_name),
                *_user_problems(domain, sso_user),
                *region_problems(region, "AWS::SageMaker::UserProfile"),
            ],
        )
        domain.workspace.adopt(self)
        self.domain = domain
        self.user_name = user_name
        self.role = domain.role if role is None else role
        self.security_group = self._security_group(user_name)
        self.cfn_user_profile = sagemaker.CfnUserProfile(
            self,
            "Resource",
            domain_id=domain.domain_id,
            user_profile_name=user_name,
            single_sign_on_user_identifier=None if sso_user is None else "UserName",
            single_sign_on_user_value=sso_user,
            user_settings={
                "executionRole": self.role.role_arn,
                "securityGroups": [self.security_group.security_group_id],
            },
        )
        domain.empty_first(self.cfn_user_profile)

    @property
    def user_profile_arn(self) -> str:
        """ARN of the profile."""
        return self.cfn_user_profile.attr_user_profile_arn

    @property
    def connections(self) -> ec2.Connections:
        """Network connections of this user's apps."""
        return self.security_group.connections

    def grant_open(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` open Studio as this user."""
        return self.domain.grant_open(grantee, user_name=self.user_name)

    def _security_group(self, user_name: str) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=self.domain.workspace.vpc,
            description=f"Apps of the Studio user {user_name}",
            allow_all_outbound=False,
        )
        # https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html asks for these ports.
        ports = ec2.Port.tcp_range(_LOWEST_PORT, _HIGHEST_PORT)
        group.add_ingress_rule(group, ports, "Between apps of this user")
        group.add_egress_rule(group, ports, "Between apps of this user")
        return group


def _user_problems(domain: StudioDomain, sso_user: str | None) -> Iterator[Problem]:
    if domain.auth == "SSO" and sso_user is None:
        rule = f"names nobody of IAM Identity Center, through which the users of {domain.node.path} come in"
        yield Problem("sso_user", sso_user, rule, "Give the user's name in IAM Identity Center")
    elif domain.auth == "IAM" and sso_user is not None:
        rule = f"is a user of IAM Identity Center, but {domain.node.path} has auth='IAM'"
        yield Problem("sso_user", sso_user, rule, "Leave it out, or make a domain with auth='SSO'")
    elif sso_user is not None and not is_token(sso_user) and not 1 <= len(sso_user) <= _LONGEST_USER:
        yield Problem("sso_user", sso_user, "is not the name of a user", f"Use 1 to {_LONGEST_USER} characters")
