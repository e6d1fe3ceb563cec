"""A profile of a team's own for a model: what is asked through it carries the team's cost tags.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-create.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aws_cdk import Stack, Tags
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.models.arns import model_arn
from cdk_ml.genai.models.checks import model_problems
from cdk_ml.genai.models.cross_region_profile import CrossRegionProfile
from cdk_ml.genai.models.foundation_model import FoundationModel
from cdk_ml.genai.models.invokable import INVOKE, grant
from cdk_ml.genai.models.lifecycle import tell_of_model
from cdk_ml.genai.models.metrics import InvocationMetrics
from cdk_ml.genai.models.names import description_problems, replaceable_name
from cdk_ml.regions import region_problems
from cdk_ml.workspace import CostTags, Statement, Workspace
from cdk_ml.workspace.cost_tags import tag_problems

TYPE = "AWS::Bedrock::ApplicationInferenceProfile"


class ApplicationInferenceProfile(Construct, InvocationMetrics):
    """A model with cost tags: Cost Explorer and budgets see who asked, although everybody asks the same model.

    Creates an application inference profile that copies a foundation model or a cross-region profile. Who may use it
    cannot ask the model past it, so that nothing is asked without a tag.

    AWS replaces a profile when anything but its tags changes; its ARN changes then.

    Idle cost: nothing. The tokens cost what they cost without it.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import ApplicationInferenceProfile, CrossRegionProfile
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="care-ml", cost_center="4711"),
    ... )
    >>> profile = ApplicationInferenceProfile(
    ...     stack,
    ...     "Answers",
    ...     workspace=workspace,
    ...     source=CrossRegionProfile("amazon.nova-2-lite-v1:0", "us"),
    ...     tags=CostTags(project="support", owner="claims", cost_center="0815", extra={"team": "claims"}),
    ... )
    >>> alarm = profile.metric_throttles()

    See https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-create.html

    :ivar cfn_profile: the profile.
    :ivar profile_arn: its ARN, which is also what ``Converse`` takes.
    :ivar profile_id: its id.
    :ivar source: what it copies.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        source: FoundationModel | CrossRegionProfile,
        tags: CostTags | None = None,
        description: str | None = None,
    ) -> None:
        """
        :param workspace: tags and profile.
        :param source: the model, or the profile whose regions it keeps.
        :param tags: who pays for what is asked through it, by default who pays for the workspace.
        :param description: what it is for: 200 letters, digits, ``:`` and ``.``, with single spaces, ``_`` and ``-``.
        :raises cdk_ml.errors.ConfigurationError: a model that cannot be asked in this region, a region without such
            profiles, or tags that AWS would refuse.
        """
        super().__init__(scope, id)
        region = Stack.of(self).region
        reject(self, _problems(source, region, workspace, tags, description))
        workspace.adopt(self)
        tell_of_model(self, source.foundation_model_id)
        self.source = source
        self.cfn_profile = bedrock.CfnApplicationInferenceProfile(
            self,
            "Resource",
            inference_profile_name=replaceable_name(self, source.model_id, description),
            description=description,
            model_source={"copyFrom": model_arn(source)},
        )
        self.profile_arn = self.cfn_profile.attr_inference_profile_arn
        self.profile_id = self.cfn_profile.attr_inference_profile_id
        if tags is not None:
            for key, value in tags.named(workspace.profile.name).items():
                Tags.of(self.cfn_profile).add(key, value)

    @property
    def model_id(self) -> str:
        """The ARN, as ``Converse`` takes it."""
        return self.profile_arn

    @property
    def foundation_model_id(self) -> str:
        """Id of the model that answers."""
        return self.source.foundation_model_id

    @property
    def metric_model_id(self) -> str:
        """CloudWatch counts by the id of the profile."""
        return self.profile_id

    def invoke_statements(self, *, actions: Sequence[str] = INVOKE) -> list[Statement]:
        """What a role needs: this profile, and the model wherever it may be asked, through this profile only."""
        profile = Statement(actions=actions, resources=[self.profile_arn])
        return [profile, *self.source.routed_statements(self.profile_arn, actions=actions)]

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        """Let a role of your own ask through this profile."""
        grant(grantee, self.invoke_statements())


def _problems(
    source: FoundationModel | CrossRegionProfile,
    region: str,
    workspace: Workspace,
    tags: CostTags | None,
    description: str | None,
) -> Iterator[Problem]:
    yield from region_problems(region, TYPE, instead="Ask the model without a profile there, or use another region")
    yield from model_problems(source, region, argument="source")
    if tags is not None:
        yield from tag_problems(tags, workspace.profile.name)
    yield from description_problems(description)
