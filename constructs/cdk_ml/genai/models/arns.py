"""How knowledge bases, routers, profiles and IAM name a model: by its ARN, where ``Converse`` takes an id as well.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_VectorKnowledgeBaseConfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.errors import Problem
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement

_MODEL = ":foundation-model/"


def model_arn(model: InvokableModel) -> str:
    """The ARN of a model, or of the profile that routes to one."""
    for name in ("model_arn", "profile_arn"):
        known = getattr(model, name, None)
        if isinstance(known, str):
            return known
    return model.model_id


def foundation_model_arns(model: InvokableModel) -> list[str]:
    """ARNs of the foundation models that may answer; a profile that leads to one is none."""
    return [arn for statement in model.invoke_statements() for arn in statement.resources if _MODEL in arn]


def ask_statements(model: InvokableModel) -> list[Statement]:
    """What the role of a knowledge base needs to ask a model, and to find out where a profile routes to."""
    found = model.invoke_statements(actions=["bedrock:InvokeModel"])
    profile = getattr(model, "profile_arn", None)
    if isinstance(profile, str):
        found.append(Statement(actions=["bedrock:GetInferenceProfile"], resources=[profile]))
    return found


def arn_problems(argument: str, model: InvokableModel) -> Iterator[Problem]:
    """Why a knowledge base cannot name this model."""
    arn = model_arn(model)
    if not is_token(arn) and not arn.startswith("arn:"):
        yield Problem(
            argument, model.model_id, "has no ARN", "Use a FoundationModel, or a model of your own by its ARN"
        )
