"""A model of your own that is in Bedrock already: imported, deployed, or with throughput that is paid for.

https://docs.aws.amazon.com/bedrock/latest/userguide/use-custom-models.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.models.invokable import INVOKE, grant
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement

_KINDS = "custom-model-deployment|imported-model|provisioned-model"
_ARN = re.compile(rf"arn:aws[a-z-]*:bedrock:[a-z0-9-]+:[0-9]{{12}}:({_KINDS})/[a-z0-9]{{12}}")


@dataclass(frozen=True, slots=True)
class CustomModel:
    """A model of your own, by the ARN that ``Converse`` takes.

    Creates nothing. See https://docs.aws.amazon.com/bedrock/latest/userguide/use-custom-models.html

    :param arn: of a deployment for on-demand inference, of an imported model, or of provisioned throughput.
    :raises cdk_ml.errors.ConfigurationError: for an ARN that cannot be asked, such as a custom model's own.
    """

    arn: str

    def __post_init__(self) -> None:
        reject("CustomModel", _problems(self.arn))

    @property
    def model_id(self) -> str:
        """The ARN, as ``Converse`` takes it."""
        return self.arn

    def invoke_statements(self, *, actions: Sequence[str] = INVOKE) -> list[Statement]:
        """What a role needs to ask this model."""
        return [Statement(actions=actions, resources=[self.arn])]

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        """Let a role of your own ask this model."""
        grant(grantee, self.invoke_statements())


def _problems(arn: str) -> Iterator[Problem]:
    if is_token(arn) or _ARN.fullmatch(arn):
        return
    if ":custom-model/" in arn:
        fix = "Deploy it for on-demand inference, or buy throughput, and name that"
        yield Problem("arn", arn, "is a model that nothing serves", fix)
    else:
        fix = "Name a custom-model-deployment, an imported-model or a provisioned-model"
        yield Problem("arn", arn, "is no ARN of a model of your own in Bedrock", fix)
