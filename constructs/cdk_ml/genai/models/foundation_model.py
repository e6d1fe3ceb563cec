"""A foundation model of Bedrock, asked in the region of the stack.

https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from cdk_ml.genai.models.invokable import INVOKE, grant
from cdk_ml.workspace import Statement


@dataclass(frozen=True, slots=True)
class FoundationModel:
    """A model that Bedrock offers, by its id.

    Creates nothing. See https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html

    :param id: such as ``amazon.titan-embed-text-v2:0``.
    """

    id: str

    @property
    def model_id(self) -> str:
        """The id, as ``Converse`` takes it."""
        return self.id

    @property
    def model_arn(self) -> str:
        """ARN of the model in the region of the stack."""
        return f"arn:{Aws.PARTITION}:bedrock:{Aws.REGION}::foundation-model/{self.id}"

    def invoke_statements(self, *, actions: Sequence[str] = INVOKE) -> list[Statement]:
        """What a role needs to ask this model in the region of the stack."""
        return [Statement(actions=actions, resources=[self.model_arn])]

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        """Let a role of your own ask this model."""
        grant(grantee, self.invoke_statements())
