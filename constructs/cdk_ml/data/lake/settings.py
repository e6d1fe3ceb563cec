"""The account's settings of Lake Formation: who administers it, and that IAM alone opens nothing.

https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aws_cdk import Fn, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lakeformation as lakeformation
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.workspace import Workspace
from cdk_ml.workspace.deletion import unless_creation_fails

_MOST_ADMINISTRATORS = 30
_CROSS_ACCOUNT_VERSION = "4"


class DataLakeSettings(Construct):
    """The one set of Lake Formation settings that an account has in a region. Put it into one stack of the account.

    **It replaces what is there**: the list of administrators, the defaults for new databases and tables, the version of
    cross-account sharing, the accounts and session tags of engines that filter by themselves. Before the first
    deployment, note what ``aws lakeformation get-data-lake-settings`` answers, and name here the administrators that
    shall stay.

    Afterwards the administrators are the deploying role, which has to be one to define tags and to grant, and those
    named here. New databases and tables are no longer open to ``IAMAllowedPrincipals``, that is, to everybody whom an
    IAM policy lets in; databases and tables that exist keep that grant until somebody revokes it. Sharing with other
    accounts is of version 4. CloudFormation was reported to pass over empty defaults
    (https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2197): look at the settings once after
    the first deployment.

    The settings stay when the stack goes, unless the workspace deletes data: an account without administrators is one
    in which nobody can grant.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import DataLakeSettings
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Account")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> settings = DataLakeSettings(stack, "Settings", workspace=workspace)

    See https://docs.aws.amazon.com/lake-formation/latest/dg/initial-lf-config.html

    :ivar deploying_role_arn: the role that CloudFormation deploys with.
    :ivar cfn_settings: the settings.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        administrators: Sequence[iam.IRole] = (),
        deploying_role_arn: str | None = None,
        full_table_access: bool = True,
    ) -> None:
        """
        :param workspace: tags and profile.
        :param administrators: who may grant everything, besides the deploying role.
        :param deploying_role_arn: the role that CloudFormation deploys with, where it is not the CDK's own.
        :param full_table_access: jobs on Glue and EMR get credentials for the files of a table that they may read or
            write whole. Without it Spark can neither write to a table of a lake nor read one outside of the engine's
            own filtering.
        :raises cdk_ml.errors.ConfigurationError: a deploying role that is not known, or too many administrators.
        """
        super().__init__(scope, id)
        deploying = deploying_role_arn if deploying_role_arn is not None else _deploying_role_arn(self)
        reject(self, _problems(administrators, deploying))
        workspace.adopt(self)
        self.deploying_role_arn = deploying
        arns = [deploying, *(role.role_arn for role in administrators)]
        self.cfn_settings = lakeformation.CfnDataLakeSettings(
            self,
            "Resource",
            admins=[{"dataLakePrincipalIdentifier": arn} for arn in arns],
            create_database_default_permissions=[],
            create_table_default_permissions=[],
            allow_full_table_external_data_access=full_table_access,
            # Appending could not take the defaults away.
            mutation_type="REPLACE",
            parameters={"CROSS_ACCOUNT_VERSION": _CROSS_ACCOUNT_VERSION},
        )
        self.cfn_settings.apply_removal_policy(unless_creation_fails(workspace.removal_policy))


def _deploying_role_arn(scope: Construct) -> str:
    """The role of the CDK's bootstrap stack; empty where an app deploys with credentials of its own."""
    arn = getattr(Stack.of(scope).synthesizer, "cloud_formation_execution_role_arn", None)
    return Fn.sub(arn) if arn else ""


def _problems(administrators: Sequence[iam.IRole], deploying: str) -> Iterator[Problem]:
    if not deploying:
        rule = "is not known: the stack is not deployed with a role of the CDK's bootstrap stack"
        yield Problem("deploying_role_arn", None, rule, "Name the role that CloudFormation deploys with")
    if len(administrators) >= _MOST_ADMINISTRATORS:
        rule = f"are more than Lake Formation takes, which is {_MOST_ADMINISTRATORS} with the deploying role"
        yield Problem("administrators", f"{len(administrators)} roles", rule, "Let roles be assumed by who administers")
