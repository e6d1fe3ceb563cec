"""A model registry in one account, and what is deployed from it in another: the registry's side, and how it is named.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html#model-registry-deploy-xaccount
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.names import name_problems
from cdk_ml.sagemaker.pipelines.pipeline import Pipeline
from cdk_ml.sagemaker.registry.model_package_group import ModelPackageGroup
from cdk_ml.tokens import is_token
from cdk_ml.workflow import EventTrigger, Target
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.permissions import managed_policy

DECISIONS = "SageMaker Model Package State Change"
DECIDED = ("Approved", "Rejected")
_LONGEST_PIPELINE = 256
_ACCOUNT = re.compile(r"\d{12}")
_BUS = re.compile(r"[A-Za-z0-9._-]{1,256}")
_KEY = re.compile(r"[A-Za-z0-9-]{1,256}")
_ROLE = re.compile(r"[\w+=,.@-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryAccount:
    """How a deployment reaches a registry in another account.

    :param event_bus_name: name of the event bus that the deployment makes, for the registry's account to send to.
    :param key_id: id of the key that encrypts the artifacts there.
    """

    event_bus_name: str
    key_id: str

    def key_arn(self, account: str | None) -> str:
        """ARN of the key."""
        return f"arn:{Aws.PARTITION}:kms:{Aws.REGION}:{account}:key/{self.key_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePipeline:
    """A pipeline in another account, in the same region.

    :param account: id of the account.
    :param pipeline_name: name of the pipeline.
    :param role_name: role in that account that may start it, which :class:`SharedRegistry` makes.
    """

    account: str
    pipeline_name: str
    role_name: str

    @property
    def pipeline_arn(self) -> str:
        """ARN of the pipeline."""
        return f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{self.account}:pipeline/{self.pipeline_name}"

    @property
    def role_arn(self) -> str:
        """ARN of the role."""
        return f"arn:{Aws.PARTITION}:iam::{self.account}:role/{self.role_name}"


class SharedRegistry(Construct):
    """The side of a closed loop that has the registry: tells another account what is decided, and lets it retrain.

    Creates an event rule that sends every approval and rejection of the group to an event bus of the other account,
    and, with a pipeline, a role that the other account assumes to start it. The group itself says in its ``sharing``
    that the account may deploy, and read the artifacts. An image in a repository of your own has to say so in the
    repository's policy.

    The bus has to be there first: deploy the other account's side before this one.

    Idle cost: nothing; what is sent to another account costs 1 USD for a million events.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.mlops import SharedRegistry
    >>> from cdk_ml.sagemaker import ModelPackageGroup, ModelSharing
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Registry")
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
    ...     sharing=ModelSharing(accounts=["222222222222"], may_deploy=True, artifacts="churn/"),
    ... )
    >>> shared = SharedRegistry(
    ...     stack,
    ...     "Shared",
    ...     workspace=workspace,
    ...     models=models,
    ...     account="222222222222",
    ...     event_bus_name="churn-registry",
    ... )

    See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html

    :ivar trigger: what sends the decisions.
    :ivar role: what the other account assumes to retrain; ``None`` without a pipeline.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        models: ModelPackageGroup,
        account: str,
        event_bus_name: str,
        pipeline: Pipeline | None = None,
        role_name: str | None = None,
    ) -> None:
        """
        :param workspace: queue, tags and profile.
        :param models: the group, shared with the account.
        :param account: id of the account that deploys.
        :param event_bus_name: the bus there, as its :class:`RegistryAccount` names it.
        :param pipeline: what retrains.
        :param role_name: name of the role that starts it, which the other account has to know before.
        :raises cdk_ml.errors.ConfigurationError: a group that does not let the account deploy.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *account_problems("account", account),
                *_sharing_problems(account, models),
                *bus_problems("event_bus_name", event_bus_name),
                *role_problems("role_name", role_name),
            ],
        )
        workspace.adopt(self)
        self._workspace = workspace
        bus_arn = f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{account}:event-bus/{event_bus_name}"
        send = Statement(actions=["events:PutEvents"], resources=[bus_arn])
        self.trigger = EventTrigger(
            self,
            "Decided",
            workspace=workspace,
            source="aws.sagemaker",
            detail_types=[DECISIONS],
            detail=decided(models.model_package_group_name),
            target=Target(arn=bus_arn, statements=[send]),
        )
        self.role = None if pipeline is None else self._retraining_role(account, pipeline, role_name)

    def _retraining_role(self, account: str, pipeline: Pipeline, role_name: str | None) -> iam.Role:
        start = Statement(
            actions=["sagemaker:ListPipelineExecutions", "sagemaker:StartPipelineExecution"],
            resources=[pipeline.pipeline_arn],
        )
        policy = managed_policy(self, "RetrainPolicy", statements=[start])
        # Which of its roles may assume this one is the other account's to say, as with everything that it is given.
        return iam.Role(
            self,
            "Retrain",
            role_name=role_name,
            assumed_by=iam.AccountPrincipal(account),
            managed_policies=[policy],
            permissions_boundary=self._workspace.permissions_boundary,
        )


def decided(model_package_group_name: str) -> dict[str, list[str]]:
    """Pattern of events about decisions in a group."""
    return {"ModelPackageGroupName": [model_package_group_name], "ModelApprovalStatus": [*DECIDED]}


def registry_problems(account: str | None, registry: RegistryAccount | None) -> Iterator[Problem]:
    """Why a registry in ``account`` cannot be deployed from."""
    if account is not None and registry is None:
        rule = f"leaves out how the registry in account {account} is reached: its events and its artifacts"
        fix = "Give RegistryAccount(event_bus_name=..., key_id=...)"
        yield Problem("registry", None, rule, fix)
    if registry is None:
        return
    if account is None:
        fix = "Name its account in ModelPackageGroup.from_model_package_group_name, or leave registry out"
        yield Problem("registry", registry.event_bus_name, "is for a group that is in another account", fix)
    yield from bus_problems("registry.event_bus_name", registry.event_bus_name)
    if not is_token(registry.key_id) and not _KEY.fullmatch(registry.key_id):
        fix = "Copy it from the registry's account, such as 1234abcd-12ab-34cd-56ef-1234567890ab"
        yield Problem("registry.key_id", registry.key_id, "is no id of a key", fix)


def remote_problems(pipeline: RemotePipeline) -> Iterator[Problem]:
    """What is wrong about how a pipeline in another account is named."""
    yield from account_problems("pipeline.account", pipeline.account)
    yield from name_problems("pipeline.pipeline_name", pipeline.pipeline_name, _LONGEST_PIPELINE)
    yield from role_problems("pipeline.role_name", pipeline.role_name)


def account_problems(argument: str, account: str) -> Iterator[Problem]:
    """Why ``account`` is no account id."""
    if not is_token(account) and not _ACCOUNT.fullmatch(account):
        yield Problem(argument, account, "is not an account id", "Write its twelve digits")


def role_problems(argument: str, name: str | None) -> Iterator[Problem]:
    """Why IAM would not take ``name`` for a role."""
    if name is not None and not is_token(name) and not _ROLE.fullmatch(name):
        fix = "Use at most 64 letters, digits and +=,.@_-"
        yield Problem(argument, name, "is no name of a role", fix)


def bus_problems(argument: str, name: str) -> Iterator[Problem]:
    """Why EventBridge would not take ``name`` for a bus, or events of another account not arrive there."""
    if is_token(name):
        return
    if name == "default" or name.startswith("aws.") or not _BUS.fullmatch(name):
        fix = "Use at most 256 letters, digits and ._-, not beginning with aws."
        yield Problem(argument, name, "is no name of an event bus of your own", fix)


def _sharing_problems(account: str, models: ModelPackageGroup) -> Iterator[Problem]:
    if is_token(account) or not _ACCOUNT.fullmatch(account):
        return
    sharing = models.sharing
    if sharing is None or not sharing.may_deploy or account not in sharing.accounts:
        rule = "may not deploy versions of the group, whose policy does not say so"
        fix = f'Give the group sharing=ModelSharing(accounts=["{account}"], may_deploy=True, artifacts=...)'
        yield Problem("account", account, rule, fix)
    elif not sharing.artifacts:
        rule = "may deploy versions of the group, but not read their artifacts"
        yield Problem("account", account, rule, 'Name their prefix in the sharing of the group: artifacts="churn/"')
