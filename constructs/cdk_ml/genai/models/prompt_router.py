"""A router that sends each prompt to the cheaper of two models, where that is good enough.

https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-routing.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aws_cdk import Stack
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.facts.foundation_models import find
from cdk_ml.genai.models.arns import model_arn
from cdk_ml.genai.models.checks import model_problems
from cdk_ml.genai.models.cross_region_profile import CrossRegionProfile
from cdk_ml.genai.models.foundation_model import FoundationModel
from cdk_ml.genai.models.invokable import INVOKE, grant
from cdk_ml.genai.models.lifecycle import tell_of_model
from cdk_ml.genai.models.names import description_problems, replaceable_name
from cdk_ml.regions import region_problems
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Statement, Workspace

TYPE = "AWS::Bedrock::IntelligentPromptRouter"


class PromptRouter(Construct):
    """Predicts for each prompt how good two models of one family would answer, and asks one of them.

    Creates a prompt router. The fallback answers unless the other model is predicted to be better by more than
    ``quality_difference``: with the cheaper model as the fallback, what is hard goes to the better one.

    Who may ask the router may also ask both models: Bedrock asks them in the caller's name.

    AWS replaces a router when anything but its tags changes; its ARN changes then.

    Idle cost: nothing. A request costs the tokens of the model that answered, and the routing of AWS's price list.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import CrossRegionProfile, PromptRouter
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="care-ml", cost_center="4711"),
    ... )
    >>> router = PromptRouter(
    ...     stack,
    ...     "Router",
    ...     workspace=workspace,
    ...     model=CrossRegionProfile("amazon.nova-pro-v1:0", "us"),
    ...     fallback=CrossRegionProfile("amazon.nova-lite-v1:0", "us"),
    ...     quality_difference=25,
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-routing.html

    :ivar cfn_router: the router.
    :ivar router_arn: its ARN, which is also what ``Converse`` takes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        model: FoundationModel | CrossRegionProfile,
        fallback: FoundationModel | CrossRegionProfile,
        quality_difference: float = 10,
        description: str | None = None,
    ) -> None:
        """
        :param workspace: tags and profile.
        :param model: the model that is asked where it is that much better.
        :param fallback: the model that is asked otherwise, of the same family.
        :param quality_difference: by how much, in percent, the predicted quality has to differ; 0 to 100.
        :param description: what it is for: 200 letters, digits, ``:`` and ``.``, with single spaces, ``_`` and ``-``.
        :raises cdk_ml.errors.ConfigurationError: models that cannot be asked here, give no text or are of two families;
            a region without routers.
        """
        super().__init__(scope, id)
        region = Stack.of(self).region
        reject(
            self,
            [
                *region_problems(region, TYPE),
                *model_problems(model, region, gives="text"),
                *model_problems(fallback, region, argument="fallback", gives="text"),
                *_pair_problems(model, fallback),
                *_difference_problems(quality_difference),
                *description_problems(description),
            ],
        )
        workspace.adopt(self)
        self._models = (model, fallback)
        for each in self._models:
            tell_of_model(self, each.foundation_model_id)
        self.cfn_router = bedrock.CfnIntelligentPromptRouter(
            self,
            "Resource",
            prompt_router_name=replaceable_name(
                self, model.model_id, fallback.model_id, quality_difference, description
            ),
            description=description,
            models=[{"modelArn": model_arn(model)}, {"modelArn": model_arn(fallback)}],
            fallback_model={"modelArn": model_arn(fallback)},
            routing_criteria={"responseQualityDifference": quality_difference},
        )
        self.router_arn = self.cfn_router.attr_prompt_router_arn

    @property
    def model_id(self) -> str:
        """The ARN, as ``Converse`` takes it."""
        return self.router_arn

    def invoke_statements(self, *, actions: Sequence[str] = INVOKE) -> list[Statement]:
        """What a role needs: the router, and both models."""
        router = Statement(actions=actions, resources=[self.router_arn])
        return [router, *(each for model in self._models for each in model.invoke_statements(actions=actions))]

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        """Let a role of your own ask through this router."""
        grant(grantee, self.invoke_statements())


def _pair_problems(
    model: FoundationModel | CrossRegionProfile, fallback: FoundationModel | CrossRegionProfile
) -> Iterator[Problem]:
    ids = (model.foundation_model_id, fallback.foundation_model_id)
    if any(map(is_token, ids)):
        return
    if ids[0] == ids[1]:
        yield Problem("fallback", ids[1], "is the model itself, so there is nothing to choose", "Use another model")
        return
    providers = [id.partition(".")[0] for id in ids]
    if providers[0] != providers[1]:
        known = find(ids[0])
        family = known.provider if known is not None else providers[0]
        rule = f"is of another family than {ids[0]}, and Bedrock routes within one"
        yield Problem("fallback", ids[1], rule, f"Use another model of {family}")


def _difference_problems(quality_difference: float) -> Iterator[Problem]:
    if outside(quality_difference, 0, 100):
        yield Problem("quality_difference", quality_difference, "is no share of quality", "Use 0 to 100 percent")
