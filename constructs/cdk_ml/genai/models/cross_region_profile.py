"""A profile of Bedrock that routes a request to whichever region of a geography has room.

https://docs.aws.amazon.com/bedrock/latest/userguide/cross-region-inference.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from cdk_ml.errors import Problem, reject
from cdk_ml.facts.foundation_models import destinations, find
from cdk_ml.genai.models.foundation_model import foundation_model_arn, through
from cdk_ml.genai.models.geography import Geography, profile_id_problems
from cdk_ml.genai.models.invokable import INVOKE, grant
from cdk_ml.genai.models.lifecycle import ended_problems
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement

_UNSPECIFIED = "unspecified"
"""The region of a request that a global profile has passed on, as IAM sees it."""


@dataclass(frozen=True, slots=True)
class CrossRegionProfile:
    """The profile that AWS has made for a model in a geography: more room for bursts at the price of the region.

    Creates nothing, and costs nothing beyond the tokens. Prompts and answers may be processed in any region of the
    geography, and travel there within AWS's network.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html

    >>> from cdk_ml.genai import CrossRegionProfile
    >>> CrossRegionProfile("amazon.nova-2-lite-v1:0", "eu").model_id
    'eu.amazon.nova-2-lite-v1:0'

    :param model: id of the model, such as ``amazon.nova-2-lite-v1:0``.
    :param geography: ``us``, ``eu``, ``apac``, ``au``, ``jp``, ``ca``, ``in``, ``us-gov`` or ``global``.
    :param also_in: regions that the profile has come to use since our facts were read.
    :raises cdk_ml.errors.ConfigurationError: a model that ended; a geography for which the model has no profile.
    """

    model: str
    geography: Geography | str
    also_in: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        about_id = [*profile_id_problems(self.model, argument="model"), *ended_problems(self.model, argument="model")]
        reject("CrossRegionProfile", [*about_id, *_problems(self)])

    @property
    def model_id(self) -> str:
        """Id of the profile, as ``Converse`` takes it."""
        return f"{self.geography}.{self.model}"

    @property
    def foundation_model_id(self) -> str:
        """Id of the model that answers."""
        return self.model

    @property
    def profile_arn(self) -> str:
        """ARN of the profile in the region of the stack."""
        return f"arn:{Aws.PARTITION}:bedrock:{Aws.REGION}:{Aws.ACCOUNT_ID}:inference-profile/{self.model_id}"

    def invoke_statements(self, *, actions: Sequence[str] = INVOKE) -> list[Statement]:
        """What a role needs: the profile here, and the model wherever the profile may ask it, through it only."""
        profile = Statement(actions=actions, resources=[self.profile_arn])
        return [profile, *self.routed_statements(self.profile_arn, actions=actions)]

    def routed_statements(self, profile_arn: str, *, actions: Sequence[str] = INVOKE) -> list[Statement]:
        """What a role needs so that this profile, or one that copies it, may ask the model for it.

        :param profile_arn: of this profile, or of the one that copies it.
        """
        if self.geography != Geography.GLOBAL:
            regions = sorted(destinations(self.model, self.geography) | {*self.also_in})
            arns = [foundation_model_arn(self.model, region) for region in regions]
            return [Statement(actions=actions, resources=arns, conditions=through(profile_arn))]
        # IAM authorizes a global profile's requests twice: in the region that asked, and for a model without a region.
        # https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html
        here, anywhere = foundation_model_arn(self.model, Aws.REGION), foundation_model_arn(self.model, "")
        condition = through(profile_arn)["StringEquals"]
        elsewhere = {"StringEquals": {**condition, "aws:RequestedRegion": _UNSPECIFIED}}
        return [
            Statement(actions=actions, resources=[here], conditions=through(profile_arn)),
            Statement(actions=actions, resources=[anywhere], conditions=elsewhere),
        ]

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        """Let a role of your own ask through this profile."""
        grant(grantee, self.invoke_statements())


def _problems(profile: CrossRegionProfile) -> Iterator[Problem]:
    if is_token(profile.model) or is_token(profile.geography):
        return
    geographies = [geography.value for geography in Geography]
    if profile.geography not in geographies:
        fix = f"Use one of {', '.join(geographies)}"
        yield Problem("geography", profile.geography, "is not a geography of Bedrock", fix)
        return
    known = find(profile.model)
    if known is not None and profile.geography not in known.profiles and not profile.also_in:
        there = ", ".join(known.profiles)
        instead = f"Use {there}" if there else f"Use FoundationModel({profile.model!r})"
        fix = f"{instead}, or name the regions of a newer profile in also_in"
        yield Problem("geography", str(profile.geography), f"has no profile for {profile.model}", fix)
