"""Which guardrail something has that calls a model: yours, the workspace's, or none, with an argument.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use.html
"""

from __future__ import annotations

from dataclasses import dataclass

from constructs import IConstruct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.guardrails.applied import GuardrailBase
from cdk_ml.genai.guardrails.guardrail import Guardrail
from cdk_ml.workspace import Workspace, acknowledge

_ID = "Guardrail"


@dataclass(frozen=True, slots=True)
class NoGuardrail:
    """What calls a model has no guardrail. Creates nothing.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails.html

    :param reason: why it needs none, for the person who audits it.
    :raises cdk_ml.errors.ConfigurationError: without a reason.
    """

    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            fix = "Say why nothing has to stand between users and the model, or use a guardrail"
            reject("NoGuardrail", [Problem("reason", self.reason, "is no argument", fix)])


def default_guardrail(workspace: Workspace) -> Guardrail:
    """The workspace's guardrail, which everything has that names no other: made once, with what is usual."""
    made = workspace.node.try_find_child(_ID)
    return made if isinstance(made, Guardrail) else Guardrail(workspace, _ID, workspace=workspace)


def acknowledge_none(resource: IConstruct, guardrail: GuardrailBase | NoGuardrail | None) -> None:
    """Record why ``resource`` calls a model without a guardrail, where somebody said so."""
    if isinstance(guardrail, NoGuardrail):
        acknowledge(resource, guardrail.reason, "ML-ModelGuarded")


def chosen_guardrail(workspace: Workspace, guardrail: GuardrailBase | NoGuardrail | None) -> GuardrailBase | None:
    """What ``guardrail=`` of a construct that calls a model means: none only where somebody said why."""
    if isinstance(guardrail, NoGuardrail):
        return None
    return default_guardrail(workspace) if guardrail is None else guardrail


def guardrail_environment(guardrail: GuardrailBase | None) -> dict[str, str]:
    """What a function has to know of its guardrail, as variables of its environment; nothing where there is none."""
    return {} if guardrail is None else {"GUARDRAIL": guardrail.guardrail_id, "GUARDRAIL_VERSION": guardrail.version}
