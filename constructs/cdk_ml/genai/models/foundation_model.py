"""A foundation model of Bedrock, asked in the region of the stack.

https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from cdk_ml.errors import reject
from cdk_ml.genai.models.geography import profile_id_problems
from cdk_ml.genai.models.invokable import INVOKE, grant
from cdk_ml.genai.models.lifecycle import ended_problems
from cdk_ml.workspace import Statement


@dataclass(frozen=True, slots=True)
class FoundationModel:
    """A model that Bedrock offers, by its id.

    Creates nothing. A model that is not known here passes: new ones appear every week. See
    https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html

    :param id: such as ``amazon.titan-embed-text-v2:0``.
    :param also_in: regions where AWS has offered it since our facts were read.
    :raises cdk_ml.errors.ConfigurationError: a model that ended, where the message names its successor, or the id of a
        profile.
    """

    id: str
    also_in: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        reject("FoundationModel", [*profile_id_problems(self.id, argument="id"), *ended_problems(self.id)])

    @property
    def model_id(self) -> str:
        """The id, as ``Converse`` takes it."""
        return self.id

    @property
    def foundation_model_id(self) -> str:
        """The id: it is the model that answers."""
        return self.id

    @property
    def model_arn(self) -> str:
        """ARN of the model in the region of the stack."""
        return foundation_model_arn(self.id, Aws.REGION)

    def invoke_statements(self, *, actions: Sequence[str] = INVOKE) -> list[Statement]:
        """What a role needs to ask this model in the region of the stack."""
        return [Statement(actions=actions, resources=[self.model_arn])]

    def routed_statements(self, profile_arn: str, *, actions: Sequence[str] = INVOKE) -> list[Statement]:
        """What a role needs so that a profile may ask this model for it, and it cannot ask the model itself."""
        return [Statement(actions=actions, resources=[self.model_arn], conditions=through(profile_arn))]

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        """Let a role of your own ask this model."""
        grant(grantee, self.invoke_statements())


def foundation_model_arn(id: str, region: str) -> str:
    """ARN of a model in a region; of what a global profile uses, where ``region`` is empty."""
    return f"arn:{Aws.PARTITION}:bedrock:{region}::foundation-model/{id}"


def through(profile_arn: str) -> dict[str, dict[str, str]]:
    """The condition that a request comes through a profile.

    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    """
    return {"StringEquals": {"bedrock:InferenceProfileArn": profile_arn}}
