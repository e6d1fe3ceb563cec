"""A private workforce of SageMaker Ground Truth, for accounts that used it before it closed.

https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-private.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.lifecycle import closed_problems, warn_of_closing
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.names import own_name
from cdk_ml.tokens import is_token
from cdk_ml.workflow.user_pool import invited_users, sign_in_domain
from cdk_ml.workspace import Workspace, acknowledge

SERVICE = "sagemaker-ground-truth"
_TEAM = re.compile(r"[A-Z][a-zA-Z0-9]{0,62}")
_RANGES = 10
_INSTEAD = "Use cdk_ml.workflow.HumanReview, or another region"
_TYPES = ("AWS::SageMaker::Workforce", "AWS::Cognito::UserPool")


class LabelingWorkforce(Construct):
    """People of your own who label data for SageMaker Ground Truth, in teams.

    Ground Truth is closed to new customers: :class:`cdk_ml.workflow.HumanReview` does its job anywhere. Accounts that
    used it before say ``existing_customer=True``, and are warned at each synth.

    Creates a user pool that people are invited to and sign in to with a second factor, a group and a work team for each
    team, and the workforce. An account has one workforce in a region.

    Idle cost: nothing; each worker who signs in costs 0.02 USD a month.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import LabelingWorkforce
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Claims")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="claims", owner="claims-ml", cost_center="4711"),
    ... )
    >>> workforce = LabelingWorkforce(
    ...     stack, "Workforce", workspace=workspace, teams={"Claims": "Labels claims"}, existing_customer=True
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-create-private.html

    :ivar cfn_user_pool: the workers.
    :ivar cfn_workforce: the workforce.
    :ivar cfn_workteams: the teams, by name.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        teams: Mapping[str, str],
        source_ip_ranges: Sequence[str] = (),
        existing_customer: bool = False,
    ) -> None:
        """
        :param workspace: tags and profile.
        :param teams: what each team does, by its name in PascalCase.
        :param source_ip_ranges: CIDR ranges that workers come from, at most 10; from anywhere when not given.
        :param existing_customer: the account used Ground Truth before it closed.
        :raises cdk_ml.errors.ConfigurationError: for a new customer, a region without workforces, and names, texts and
            ranges that SageMaker would refuse.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *closed_problems(SERVICE, existing_customer=existing_customer),
                *region_problems(Stack.of(self).region, *_TYPES, instead=_INSTEAD),
                *_problems(teams, source_ip_ranges),
            ],
        )
        workspace.adopt(self)
        self.cfn_user_pool = invited_users(self, "Workers", workspace=workspace)
        domain = sign_in_domain(self, "Domain", user_pool=self.cfn_user_pool)
        # SageMaker makes a web site of its own for the workers, and writes its address into the client.
        client = cognito.CfnUserPoolClient(
            self,
            "Client",
            user_pool_id=self.cfn_user_pool.ref,
            generate_secret=True,
            explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
        )
        workforce = own_name(self)
        self.cfn_workforce = sagemaker.CfnWorkforce(
            self,
            "Resource",
            # The name is required. There is one workforce in a region, so that none could be made beside it anyway.
            workforce_name=workforce,
            cognito_config={"clientId": client.ref, "userPool": self.cfn_user_pool.ref},
            source_ip_config={"cidrs": [*source_ip_ranges]} if source_ip_ranges else None,
        )
        self.cfn_workforce.add_resource_dependency(domain)
        self.cfn_workteams = {
            name: self._team(name, does, client.ref, workforce=workforce) for name, does in teams.items()
        }
        self._acknowledge()
        warn_of_closing(self, SERVICE)

    def workteam_arn(self, team: str) -> str:
        """ARN of a team.

        :param team: its name, as in ``teams``.
        """
        return self.cfn_workteams[team].attr_workteam_arn

    def _team(self, name: str, does: str, client_id: str, *, workforce: str) -> sagemaker.CfnWorkteam:
        pool = self.cfn_user_pool.ref
        group = cognito.CfnUserPoolGroup(self, f"{name}Group", user_pool_id=pool, group_name=name)
        team = sagemaker.CfnWorkteam(
            self,
            name,
            description=does,
            workforce_name=workforce,
            member_definitions=[
                {
                    "cognitoMemberDefinition": {
                        "cognitoUserPool": pool,
                        "cognitoClientId": client_id,
                        "cognitoUserGroup": group.ref,
                    }
                }
            ],
        )
        # The name alone is no reference that CloudFormation would see.
        team.add_resource_dependency(self.cfn_workforce)
        return team

    def _acknowledge(self) -> None:
        for resource in (self.cfn_workforce, *self.cfn_workteams.values()):
            acknowledge(
                resource,
                "The user says that the account used Ground Truth before it closed to new customers, for whom it goes "
                "on. https://docs.aws.amazon.com/sagemaker/latest/dg/sms.html",
                "Lifecycle-ClosedToNewCustomers",
            )


def _problems(teams: Mapping[str, str], ranges: Sequence[str]) -> Iterator[Problem]:
    if not teams:
        yield Problem("teams", dict(teams), "leaves nobody to label", "Name at least one team, and what it does")
    for name, does in teams.items():
        if not _TEAM.fullmatch(name):
            fix = "Use a name in PascalCase of at most 63 letters and digits"
            yield Problem("teams", name, "is no name of a team", fix)
        if not is_token(does) and not (does.strip() and "\n" not in does and len(does) <= 200):
            yield Problem("teams", does, "does not say what a team does", "Use a line of 1 to 200 characters")
    if not is_token(ranges) and len(ranges) > _RANGES:
        yield Problem(
            "source_ip_ranges", [*ranges], f"are more than {_RANGES}", "Join ranges that are beside each other"
        )
    for given in ranges:
        if not is_token(given) and not _is_range(given):
            yield Problem("source_ip_ranges", given, "is no range of addresses", "Write one such as 192.0.2.0/24")


def _is_range(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
