"""A model card: what a model is for, how good it is, and what could go wrong, for whoever has to decide on it.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.names import name_problems, own_name
from cdk_ml.sagemaker.registry.card_content import CardContent, CardStatus, card_problems
from cdk_ml.sagemaker.registry.model_package import ModelPackage
from cdk_ml.sagemaker.registry.model_package_group import ModelPackageGroup
from cdk_ml.workspace import Statement, Workspace

_AS_THEY_ARE = ("custom_details",)
_TYPE = "AWS::SageMaker::ModelCard"

READ = ("sagemaker:DescribeModelCard",)
WRITE = ("sagemaker:DescribeModelCard", "sagemaker:UpdateModelCard")


class ModelCard(Construct):
    """A model card under the workspace's key, linked to the group or to the version that it is about.

    Creates the card. A change of its content makes a further version of it, in place; its name and its key are there
    for good. It stays when its stack goes, whatever the profile says: it is the record of a decision. A card that waits
    for review or is approved has to say what the model is for, what the risk is and why, and how it was evaluated.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import CardContent, IntendedUses, ModelCard, ModelPackageGroup, RiskRating
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> card = ModelCard(
    ...     stack,
    ...     "Card",
    ...     workspace=workspace,
    ...     group=ModelPackageGroup(stack, "Models", workspace=workspace),
    ...     content=CardContent(
    ...         intended_uses=IntendedUses(
    ...             purpose_of_model="Who will leave within a month",
    ...             risk_rating=RiskRating.LOW,
    ...         )
    ...     ),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards-create.html

    :ivar cfn_model_card: the card.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        content: CardContent,
        status: CardStatus = CardStatus.DRAFT,
        group: ModelPackageGroup | None = None,
        package: ModelPackage | None = None,
        model_card_name: str | None = None,
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param content: what it says.
        :param status: where it is in its review.
        :param group: the group of versions that it is about.
        :param package: the version that it is about.
        :param model_card_name: a name of your own.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, a card to be reviewed that does not say
            enough, or a region without model cards.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *card_problems(content, status),
                *name_problems("model_card_name", model_card_name),
                *region_problems(Stack.of(self).region, _TYPE),
            ],
        )
        workspace.adopt(self)
        document = content.document()
        evaluations = document.pop("evaluation_details", [])
        self.cfn_model_card = sagemaker.CfnModelCard(
            self,
            "Resource",
            model_card_name=own_name(self, model_card_name),
            model_card_status=status.value,
            content={**_properties(document), **_about(group, package)},
            security_config={"kmsKeyId": workspace.key.key_arn},
        )
        if evaluations:
            # The CDK's class has objects for the values of metrics, and refuses the numbers that they are.
            self.cfn_model_card.add_property_override("Content.EvaluationDetails", _properties(evaluations, _pascal))
        self.cfn_model_card.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)

    @property
    def model_card_arn(self) -> str:
        """ARN of the card."""
        return Stack.of(self).format_arn(
            service="sagemaker",
            resource="model-card",
            resource_name=self.cfn_model_card.ref,
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )

    def read_statements(self) -> list[Statement]:
        """Who reads the card needs this."""
        return [Statement(actions=READ, resources=[self.model_card_arn])]

    def write_statements(self) -> list[Statement]:
        """What adds to the card and moves it through its review needs this."""
        return [Statement(actions=WRITE, resources=[self.model_card_arn])]

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` read the card."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=[*READ], resource_arns=[self.model_card_arn])


def _about(group: ModelPackageGroup | None, package: ModelPackage | None) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if group is not None:
        details["modelPackageGroupName"] = group.cfn_model_package_group.model_package_group_name
    if package is not None:
        details["modelPackageArn"] = package.model_package_arn
    return {"modelPackageDetails": details} if details else {}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _properties(document: Any, spelling: Callable[[str], str] = _camel) -> Any:
    """A document in the words of the published schema as the CDK, or the template, spells them."""
    match document:
        case dict():
            return {
                spelling(name): value if name in _AS_THEY_ARE else _properties(value, spelling)
                for name, value in document.items()
            }
        case list():
            return [_properties(item, spelling) for item in document]
        case _:
            return document
