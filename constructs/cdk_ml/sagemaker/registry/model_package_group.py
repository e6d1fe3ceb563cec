"""A group of model versions: what training registers in, what people approve, and what deployment reads from.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-model-group.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.names import account_problems, name_problems
from cdk_ml.sagemaker.registry.packages import DEPLOY, READ_GROUP, READ_VERSIONS, REGISTER, ModelPackageGroupBase
from cdk_ml.sagemaker.registry.texts import line_problems
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Workspace

LONGEST_DESCRIPTION = 1024
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
_PREFIX = re.compile(r"[A-Za-z0-9_.=-]+(/[A-Za-z0-9_.=-]+)*/")
_MOST_ACCOUNTS = 100
_TYPE = "AWS::SageMaker::ModelPackageGroup"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSharing:
    """Other accounts that use the versions of a group.

    :param accounts: account ids that may look versions up.
    :param organization: id of the organization that these accounts have to be in, such as ``o-abcdefghij``.
    :param may_register: whether they may register versions as well.
    :param may_deploy: whether they may make models of versions, and reject one that fails.
    :param artifacts: prefix of the workspace's artifact bucket that they may read, ending in ``/``; none when empty. A
        bucket or a key of your own has to say so in its own policy.
    """

    accounts: Sequence[str]
    organization: str | None = None
    may_register: bool = False
    may_deploy: bool = False
    artifacts: str = ""


class ModelPackageGroup(ModelPackageGroupBase):
    """Versions of one model, each with its approval.

    Creates a model package group, which other accounts may share. It stays when its stack goes, whatever the profile
    says: its versions are the record of what was approved, and SageMaker deletes no group that has any. Its name is
    made of its path; name and description are there for good, because CloudFormation would have to replace the group.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import ModelPackageGroup, ModelSharing
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> models = ModelPackageGroup(
    ...     stack,
    ...     "Models",
    ...     workspace=workspace,
    ...     description="Who will leave within a month",
    ...     sharing=ModelSharing(accounts=["222222222222"], organization="o-abcdefghij"),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html

    :ivar cfn_model_package_group: the group.
    :ivar sharing: other accounts that use it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        description: str = "",
        sharing: ModelSharing | None = None,
        model_package_group_name: str | None = None,
    ) -> None:
        """
        :param workspace: artifact bucket, key, tags and profile.
        :param description: what the model is for, as the registry shows it.
        :param sharing: other accounts that use it.
        :param model_package_group_name: a name of your own; pipelines of other apps may rely on it.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, or a region without model registry.
        """
        super().__init__(scope, id, workspace=workspace, model_package_group_name=model_package_group_name)
        reject(
            self,
            [
                *name_problems("model_package_group_name", model_package_group_name),
                *line_problems("description", description, LONGEST_DESCRIPTION),
                *region_problems(Stack.of(self).region, _TYPE),
                *(_sharing_problems(sharing) if sharing is not None else ()),
            ],
        )
        workspace.adopt(self)
        self.sharing = sharing
        self.cfn_model_package_group = sagemaker.CfnModelPackageGroup(
            self,
            "Resource",
            model_package_group_name=self.model_package_group_name,
            model_package_group_description=description or None,
            model_package_group_policy=self._policy(sharing) if sharing is not None else None,
        )
        self.cfn_model_package_group.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        if sharing is not None and sharing.artifacts:
            self._share_artifacts(sharing)

    @staticmethod
    def from_model_package_group_name(
        scope: Construct,
        id: str,
        model_package_group_name: str,
        *,
        workspace: Workspace,
        account: str | None = None,
    ) -> ModelPackageGroupBase:
        """A group that exists, to register in, to approve in, and to be told by.

        :param account: id of the account that it is in, where that is another one, which has to share it.
        """
        return ModelPackageGroupBase(
            scope, id, workspace=workspace, model_package_group_name=model_package_group_name, account=account
        )

    def _policy(self, sharing: ModelSharing) -> dict[str, Any]:
        group, versions = self.model_package_group_arn, self.versions_arn
        allowed = [("LookUpGroup", READ_GROUP, [group]), ("LookUpVersions", READ_VERSIONS, [versions])]
        if sharing.may_register:
            allowed.append(("Register", REGISTER, [versions]))
        if sharing.may_deploy:
            allowed.append(("Deploy", DEPLOY, [versions]))
        return {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": sid, "Action": [*actions], "Resource": resources, **_allow(sharing)}
                for sid, actions, resources in allowed
            ],
        }

    def _share_artifacts(self, sharing: ModelSharing) -> None:
        bucket, key = self._workspace.artifact_bucket, self._workspace.key
        for target, action, resource in (
            (bucket, "s3:GetObject", bucket.arn_for_objects(f"{sharing.artifacts}*")),
            (key, "kms:Decrypt", "*"),
        ):
            document = {"Action": action, "Resource": resource, **_allow(sharing)}
            target.add_to_resource_policy(iam.PolicyStatement.from_json(document))


def _allow(sharing: ModelSharing) -> dict[str, Any]:
    principals = [f"arn:{Aws.PARTITION}:iam::{account}:root" for account in sharing.accounts]
    allow: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": principals}}
    if sharing.organization is not None:
        allow["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": sharing.organization}}
    return allow


def _sharing_problems(sharing: ModelSharing) -> Iterator[Problem]:
    if not 1 <= len(sharing.accounts) <= _MOST_ACCOUNTS:
        rule = f"are {len(sharing.accounts)}, but a group is shared with 1 to {_MOST_ACCOUNTS}"
        yield Problem("sharing.accounts", [*sharing.accounts][:3], rule, "Name the accounts, or leave sharing out")
    for account in sharing.accounts:
        yield from account_problems("sharing.accounts", account)
    organization, artifacts = sharing.organization, sharing.artifacts
    if organization is not None and not is_token(organization) and not _ORGANIZATION.fullmatch(organization):
        fix = "Write it as o-abcdefghij"
        yield Problem("sharing.organization", organization, "is not the id of an organization", fix)
    if artifacts and not is_token(artifacts) and not (len(artifacts) <= 256 and _PREFIX.fullmatch(artifacts)):
        fix = "Write it as models/churn/: letters, digits and _.=-/, ending in /"
        yield Problem("sharing.artifacts", artifacts, "is not a prefix for objects", fix)
