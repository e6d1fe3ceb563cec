"""What answers a prompt: the one thing that every construct which calls a model asks for.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-prereq.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from aws_cdk import aws_iam as iam

from cdk_ml.workspace import Statement

INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
"""What ``Converse`` and ``ConverseStream`` need, the first action for whole answers and the second for streams."""


class InvokableModel(Protocol):
    """A foundation model, a profile that routes to one, or a model of your own: whatever Bedrock takes as a model.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/inference-prereq.html
    """

    @property
    def model_id(self) -> str:
        """What ``Converse`` and ``InvokeModel`` take as ``modelId``."""

    def invoke_statements(self, *, actions: Sequence[str] = INVOKE) -> list[Statement]:
        """What a role needs to ask this model, and no other.

        :param actions: how it asks; :data:`INVOKE` for whole answers and for streams.
        """

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        """Let a role of your own ask this model."""


def grant(grantee: iam.IGrantable, statements: Iterable[Statement]) -> None:
    """Give ``statements`` to a role of the user's own. Roles that the library makes take them when they are made."""
    for statement in statements:
        grantee.grant_principal.add_to_principal_policy(iam.PolicyStatement.from_json(statement.document()))
