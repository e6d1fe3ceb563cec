"""Ways to make a model of your own from one of Bedrock's.

https://docs.aws.amazon.com/bedrock/latest/userguide/custom-models.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cdk_ml.errors import Problem
from cdk_ml.genai.models.checks import model_problems
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.tokens import is_token, outside

DataStyle = Literal["conversations", "pairs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTuning:
    """Training on examples of what to answer.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/custom-model-fine-tuning.html

    :param style: lines of conversations, or of a prompt and its completion.
    :param epochs: how often the data is gone through.
    :param hyperparameters: further ones, as the base model's page names them, such as ``learningRateMultiplier``.
    """

    style: DataStyle = "conversations"
    epochs: int = 2
    hyperparameters: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuedPreTraining:
    """Training on plain text of your domain, one ``input`` a line.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/custom-model-supported.html

    :param epochs: how often the data is gone through.
    :param hyperparameters: further ones, as the base model's page names them.
    """

    epochs: int = 1
    hyperparameters: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Distillation:
    """A small model learns what a large one answers to your prompts.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/model-distillation.html

    :param teacher: the large model.
    :param max_response_tokens: tokens of one answer of the teacher.
    """

    teacher: InvokableModel
    max_response_tokens: int = 1_000


Method = FineTuning | ContinuedPreTraining | Distillation


def customization_type(method: Method) -> str:
    """What Bedrock calls the method."""
    match method:
        case FineTuning():
            return "FINE_TUNING"
        case ContinuedPreTraining():
            return "CONTINUED_PRE_TRAINING"
        case Distillation():
            return "DISTILLATION"


def data_style(method: Method) -> str:
    """What lines of training data have to be."""
    match method:
        case FineTuning(style=style):
            return style
        case ContinuedPreTraining():
            return "text"
        case Distillation():
            return "conversations"


def epochs(method: Method) -> int:
    """How often the data is gone through, and paid for."""
    return 1 if isinstance(method, Distillation) else method.epochs


def method_request(method: Method) -> dict[str, Any]:
    """What a job is told about the method."""
    told: dict[str, Any] = {"CustomizationType": customization_type(method)}
    if isinstance(method, Distillation):
        teacher = {
            "TeacherModelIdentifier": method.teacher.model_id,
            "MaxResponseLengthForInference": method.max_response_tokens,
        }
        return {**told, "CustomizationConfig": {"DistillationConfig": {"TeacherModelConfig": teacher}}}
    further = {} if method.hyperparameters is None else method.hyperparameters
    return {**told, "HyperParameters": {"epochCount": str(method.epochs), **further}}


def method_problems(method: Method, region: str) -> Iterator[Problem]:
    """Why no model would take the method."""
    if isinstance(method, Distillation):
        yield from model_problems(method.teacher, region, argument="method.teacher", gives="text")
        if outside(method.max_response_tokens, 1, 65_536):
            rule = "is not a length of an answer"
            yield Problem("method.max_response_tokens", method.max_response_tokens, rule, "Use 1 to 65536")
        return
    if outside(method.epochs, 1, 1_000):
        yield Problem("method.epochs", method.epochs, "is not a number of epochs", "Use 1 to 1000; few models need 10")
    for name, value in ({} if method.hyperparameters is None else method.hyperparameters).items():
        if name == "epochCount":
            yield Problem("method.hyperparameters", name, "is said twice", "Say it with epochs=")
        elif not is_token(value) and not isinstance(value, str):
            fix = f'Use "{value}"'
            yield Problem("method.hyperparameters", value, f"is the {name} and no text, which Bedrock takes", fix)
