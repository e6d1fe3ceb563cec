"""A guardrail that every request of the account goes through, whatever the caller asks for.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-enforcements.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from aws_cdk import Stack
from aws_cdk import aws_bedrock as bedrock
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.guardrails.applied import GuardrailBase
from cdk_ml.genai.texts import twice_problems
from cdk_ml.regions import region_problems
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Workspace

_MODEL = re.compile(r"[a-z0-9-]{1,63}[.][a-z0-9-]{1,63}(:[a-z0-9-]{1,63}){0,2}(/[a-z0-9]{12})?")
ALL_MODELS = ("ALL",)


class Guarding(StrEnum):
    """How much of a request is checked."""

    COMPREHENSIVE = "COMPREHENSIVE"
    """All of it, whatever callers mark."""

    SELECTIVE = "SELECTIVE"
    """What callers mark as content to guard."""


class EnforcedGuardrail(Construct):
    """Applies a guardrail to every request for a model in this account and region.

    Creates the account's enforcement. Callers cannot opt out of it, and their own guardrails apply as well. It is
    deleted with the stack; an account has few of them, so that this belongs into a stack of its own.

    Who calls a model needs the guardrail's ``apply_statements`` from then on.

    Idle cost: nothing beyond the guardrail. Each request is paid once more, by the guardrail's filters.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import EnforcedGuardrail, Guardrail
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Baseline")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="baseline", owner="security", cost_center="4711"),
    ... )
    >>> guardrail = Guardrail(stack, "Guardrail", workspace=workspace)
    >>> enforced = EnforcedGuardrail(stack, "Enforced", workspace=workspace, guardrail=guardrail)

    See https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-enforcements.html

    :ivar cfn_enforcement: the enforcement.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        guardrail: GuardrailBase,
        models: Sequence[str] = ALL_MODELS,
        except_models: Sequence[str] = (),
        system: Guarding = Guarding.COMPREHENSIVE,
        messages: Guarding = Guarding.COMPREHENSIVE,
    ) -> None:
        """
        :param workspace: tags and profile.
        :param guardrail: what every request goes through, without automated reasoning.
        :param models: ids of the models that it is enforced for; all of them without it.
        :param except_models: ids of models that it is not enforced for.
        :param system: how much of the system prompt is checked.
        :param messages: how much of the messages is checked.
        :raises cdk_ml.errors.ConfigurationError: what Bedrock would refuse, or a region without enforcement.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *_model_problems(models, except_models),
                *region_problems(Stack.of(self).region, "AWS::Bedrock::EnforcedGuardrailConfiguration"),
            ],
        )
        workspace.adopt(self)
        self.cfn_enforcement = bedrock.CfnEnforcedGuardrailConfiguration(
            self,
            "Resource",
            guardrail_identifier=guardrail.guardrail_arn,
            guardrail_version=guardrail.version,
            model_enforcement={"includedModels": [*models], "excludedModels": [*except_models]},
            selective_content_guarding={"system": str(system), "messages": str(messages)},
        )


def _model_problems(models: Sequence[str], except_models: Sequence[str]) -> Iterator[Problem]:
    if not models:
        yield Problem("models", [], "enforces nothing", "Name models, or leave the argument out for all of them")
    if "ALL" in models and len(models) > 1:
        yield Problem("models", [*models], "names all models and some", "Name either")
    yield from twice_problems("models", models, "model")
    yield from twice_problems("except_models", except_models, "model")
    for argument, named in (("models", [each for each in models if each != "ALL"]), ("except_models", except_models)):
        for each in named:
            if not is_token(each) and not _MODEL.fullmatch(each):
                fix = "Write it as amazon.nova-lite-v1:0"
                yield Problem(argument, each[:60], "is not the id of a model", fix)
    for each in sorted({*models} & {*except_models}):
        yield Problem("except_models", each, "is named in models as well", "Leave it out of one of them")
