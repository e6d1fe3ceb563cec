"""A private hub: the models of JumpStart that an organization allows, and no others.

https://docs.aws.amazon.com/sagemaker/latest/dg/jumpstart-curated-hubs.html
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.names import name_problems, own_name
from cdk_ml.tokens import is_token
from cdk_ml.workflow import AsyncProvider
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import ANYTHING, Statement, Workspace

_VERSION = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}")
_LONGEST_DESCRIPTION, _LONGEST_DISPLAY_NAME = 1_023, 255
_USE = ("sagemaker:DescribeHub", "sagemaker:ListHubContents")
_USE_CONTENT = ("sagemaker:DescribeHubContent", "sagemaker:ListHubContentVersions")
_PUBLIC = "SageMakerPublicHub"
_PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/jumpstart-curated-hubs-admin-guide-permissions.html"


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model of JumpStart.

    :param name: its id, such as ``huggingface-llm-falcon-7b-bf16``.
    :param minimum_version: oldest version that may be used, such as ``2.0.1``; any when not given.
    """

    name: str
    minimum_version: str | None = None


class PrivateHub(Construct):
    """A hub with references to the models of JumpStart that may be used.

    Creates the hub, and keeps its references as ``models`` lists them: CloudFormation has the hub but not its content.
    References follow the public hub: what AWS fixes in a model is fixed here.

    A hub hides nothing by itself. Whoever may use it is granted it; who has no permission for the public hub then finds
    these models and no others.

    Idle cost: the alarm of what keeps the references, on two metrics, 0.20 USD a month.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import HubModel, PrivateHub
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> hub = PrivateHub(
    ...     stack,
    ...     "Hub",
    ...     workspace=workspace,
    ...     description="Models that legal has looked at",
    ...     models=[HubModel("huggingface-llm-falcon-7b-bf16", "2.0.1"), HubModel("catboost-classification-model")],
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/jumpstart-curated-hubs.html

    :ivar hub_name: name of the hub.
    :ivar cfn_hub: the hub.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        description: str,
        models: Sequence[HubModel] = (),
        display_name: str | None = None,
        hub_name: str | None = None,
    ) -> None:
        """
        :param workspace: key, topic, tags and profile.
        :param description: what people read about the hub.
        :param models: what may be used.
        :param display_name: what people read as its name.
        :param hub_name: a name of your own; callers outside this app may rely on it.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse.
        """
        super().__init__(scope, id)
        region = Stack.of(self).region
        reject(
            self,
            [
                *name_problems("hub_name", hub_name),
                *_text_problems(description, display_name),
                *_model_problems(models),
                *region_problems(region, "AWS::SageMaker::Hub"),
            ],
        )
        workspace.adopt(self)
        self.hub_name = own_name(self, hub_name)
        self.cfn_hub = sagemaker.CfnHub(
            self, "Resource", hub_name=self.hub_name, hub_description=description, hub_display_name=display_name
        )
        if models:
            self._reference(workspace, models)

    @property
    def hub_arn(self) -> str:
        """ARN of the hub."""
        return self.cfn_hub.attr_hub_arn

    def statements(self) -> Sequence[Statement]:
        """What a user of the hub needs: for a domain's ``statements``, for example."""
        return (
            Statement(
                actions=["sagemaker:ListHubs"],
                resources=ANYTHING,
                wildcard=f"sagemaker:ListHubs takes no resource. {_PAGE}",
            ),
            Statement(actions=_USE, resources=[self._arn]),
            Statement(
                actions=_USE_CONTENT,
                resources=[self._arn, self._contents],
                wildcard=f"Everything in this one hub. {_PAGE}",
            ),
        )

    def grant_use(self, grantee: iam.IGrantable) -> None:
        """Let ``grantee`` find the hub's models."""
        for statement in self.statements():
            iam.Grant.add_to_principal(
                grantee=grantee, actions=[*statement.actions], resource_arns=[*statement.resources]
            )

    @property
    def _arn(self) -> str:
        return f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:hub/{self.hub_name}"

    @property
    def _contents(self) -> str:
        return f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:hub-content/{self.hub_name}/*"

    def _reference(self, workspace: Workspace, models: Sequence[HubModel]) -> None:
        public = f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:aws:hub-content/{_PUBLIC}"
        provider = AsyncProvider(
            self,
            "Provider",
            workspace=workspace,
            code=runtime_code("hub_content"),
            statements=[
                Statement(actions=["sagemaker:ListHubContents"], resources=[self._arn]),
                Statement(
                    actions=[
                        "sagemaker:CreateHubContentReference",
                        "sagemaker:DeleteHubContentReference",
                        "sagemaker:UpdateHubContentReference",
                    ],
                    resources=[self._arn, self._contents, *(f"{public}/Model/{model.name}" for model in models)],
                    wildcard=f"Everything in this one hub, which goes with its content. {_PAGE}",
                ),
            ],
        )
        provider.resource(
            self,
            "Models",
            type="Custom::HubModels",
            properties={
                # A reference to the hub, so that it is emptied before it goes.
                "HubName": self.cfn_hub.hub_name,
                "HubArn": self.cfn_hub.attr_hub_arn,
                "PublicHub": public,
                "Models": json.dumps({model.name: model.minimum_version or "" for model in models}, sort_keys=True),
            },
        )


def _text_problems(description: str, display_name: str | None) -> Iterator[Problem]:
    for name, text, longest in (
        ("description", description, _LONGEST_DESCRIPTION),
        ("display_name", display_name, _LONGEST_DISPLAY_NAME),
    ):
        if text is not None and not is_token(text) and (len(text) > longest or "\n" in text):
            yield Problem(name, text, "is too long for SageMaker", f"Use at most {longest} characters on one line")
    if not is_token(description) and not description.strip():
        yield Problem("description", description, "says nothing", "Say what the models in the hub are for")


def _model_problems(models: Sequence[HubModel]) -> Iterator[Problem]:
    for model in models:
        yield from name_problems("models.name", model.name)
        version = model.minimum_version
        if version is not None and not is_token(version) and not _VERSION.fullmatch(version):
            yield Problem("models.minimum_version", version, "is no version", "Write one such as 2.0.1")
    for name, count in Counter(model.name for model in models).items():
        if count > 1:
            yield Problem("models.name", name, f"is listed {count} times", "List each model once")
