"""A model that a role may ask with a guardrail only: IAM refuses a prompt that does not name it.

Code decides what it sends. A condition on the permission decides what comes of it, so that neither a mistake nor a
change of the code gets around the guardrail.
https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cdk_ml.genai.guardrails.applied import GuardrailBase
from cdk_ml.genai.models.invokable import INVOKE, InvokableModel
from cdk_ml.workspace import Statement

_NAMED = "bedrock:GuardrailIdentifier"


def ask_guarded(model: InvokableModel, guardrail: GuardrailBase | None) -> list[Statement]:
    """What a role needs to ask ``model``: with ``guardrail``, in the version that is published, if there is one."""
    return guarded(model.invoke_statements(), guardrail)


def guarded(statements: Sequence[Statement], guardrail: GuardrailBase | None) -> list[Statement]:
    """The same for what lets a role ask whatever models."""
    if guardrail is None:
        return [*statements]
    named = f"{guardrail.guardrail_arn}:{guardrail.version}"
    return [*(_conditioned(statement, named) for statement in statements), *guardrail.apply_statements()]


def _conditioned(statement: Statement, named: str) -> Statement:
    # What a profile needs besides, such as reading it, knows no guardrails.
    if not {*statement.actions} <= {*INVOKE}:
        return statement
    conditions = {operator: dict(keys) for operator, keys in (statement.conditions or {}).items()}
    conditions["StringEquals"] = {**conditions.get("StringEquals", {}), _NAMED: named}
    return replace(statement, conditions=conditions)
