"""A model registry in one account, and what is deployed from it in another: the registry's side.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html#model-registry-deploy-xaccount
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.mlops.permissions import retrain_statement
from cdk_ml.mlops.registry_account import DECIDED, bus_problems, role_problems
from cdk_ml.sagemaker.names import account_problems
from cdk_ml.sagemaker.pipelines.pipeline import Pipeline
from cdk_ml.sagemaker.registry.model_package_group import ModelPackageGroup
from cdk_ml.sagemaker.registry.packages import DECISIONS, decided
from cdk_ml.tokens import is_token
from cdk_ml.workflow import EventTrigger, Target
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.permissions import managed_policy


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
        :raises cdk_ml.errors.ConfigurationError: a group that does not let the account deploy, and names that are none.
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
            detail=decided(models.model_package_group_name, DECIDED),
            target=Target(arn=bus_arn, statements=[send]),
        )
        self.role = None if pipeline is None else self._retraining_role(account, pipeline, role_name)

    def _retraining_role(self, account: str, pipeline: Pipeline, role_name: str | None) -> iam.Role:
        policy = managed_policy(self, "RetrainPolicy", statements=[retrain_statement(pipeline.pipeline_arn)])
        # Which of its roles may assume this one is the other account's to say, as with everything that it is given.
        return iam.Role(
            self,
            "Retrain",
            role_name=role_name,
            assumed_by=iam.AccountPrincipal(account),
            managed_policies=[policy],
            permissions_boundary=self._workspace.permissions_boundary,
        )


def _sharing_problems(account: str, models: ModelPackageGroup) -> Iterator[Problem]:
    if is_token(account) or [*account_problems("account", account)]:
        return
    sharing = models.sharing
    if sharing is None or not sharing.may_deploy or account not in sharing.accounts:
        rule = "may not deploy versions of the group, whose policy does not say so"
        fix = f'Give the group sharing=ModelSharing(accounts=["{account}"], may_deploy=True, artifacts=...)'
        yield Problem("account", account, rule, fix)
    elif not sharing.artifacts:
        rule = "may deploy versions of the group, but not read their artifacts"
        yield Problem("account", account, rule, 'Name their prefix in the sharing of the group: artifacts="churn/"')
