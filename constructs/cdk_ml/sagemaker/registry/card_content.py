"""What a model card says, in types, and as the JSON that SageMaker publishes a schema for.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards-json-schema.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.registry.texts import text_problems
from cdk_ml.tokens import is_token

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_LARGEST = 100_000  # Bytes of a card.


class CardStatus(StrEnum):
    """Where a card is in its review."""

    DRAFT = "Draft"
    """Somebody works on it."""

    PENDING_REVIEW = "PendingReview"
    """It is complete, and waits for whoever decides."""

    APPROVED = "Approved"
    """It has been approved."""

    ARCHIVED = "Archived"
    """The model is no longer used."""


class RiskRating(StrEnum):
    """How much harm the model could do."""

    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOverview:
    """What the model is. Each text has up to 1024 characters.

    :param model_artifact: addresses of what was trained, at most 15.
    """

    model_name: str = ""
    model_description: str = ""
    problem_type: str = ""
    algorithm_type: str = ""
    model_owner: str = ""
    model_creator: str = ""
    model_artifact: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IntendedUses:
    """What it is for, and what could go wrong. Each text has up to 2048 characters."""

    purpose_of_model: str = ""
    intended_uses: str = ""
    factors_affecting_model_efficiency: str = ""
    risk_rating: RiskRating = RiskRating.UNKNOWN
    explanations_for_risk_rating: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessDetails:
    """Why it pays. Each text has up to 2048 characters."""

    business_problem: str = ""
    business_stakeholders: str = ""
    line_of_business: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSummary:
    """How it was trained. Each text has up to 1024 characters.

    :param objective: whether training made ``objective_facet`` as large or as small as it could.
    :param objective_facet: such as ``AUC``, at most 63 characters.
    :param training_datasets: addresses of the data, at most 15.
    :param hyper_parameters: at most 100.
    :param training_metrics: at most 50.
    """

    objective: Literal["Maximize", "Minimize"] | None = None
    objective_facet: str = ""
    training_observations: str = ""
    training_datasets: Sequence[str] = ()
    hyper_parameters: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    training_metrics: Mapping[str, float] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSummary:
    """How good it is, on what.

    :param name: at most 63 characters.
    :param datasets: addresses of the data, at most 10.
    :param metrics: values by name.
    """

    name: str
    evaluation_observation: str = ""
    datasets: Sequence[str] = ()
    metrics: Mapping[str, float] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdditionalInformation:
    """What else has to be known. Each text has up to 2048 characters, those of ``custom_details`` 1024."""

    ethical_considerations: str = ""
    caveats_and_recommendations: str = ""
    custom_details: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardContent:
    """What a model card says."""

    model_overview: ModelOverview = ModelOverview()
    intended_uses: IntendedUses = IntendedUses()
    business_details: BusinessDetails = BusinessDetails()
    training_details: TrainingSummary = TrainingSummary()
    evaluation_details: Sequence[EvaluationSummary] = ()
    additional_information: AdditionalInformation = AdditionalInformation()

    def document(self) -> dict[str, Any]:
        """The card as SageMaker's JSON schema has it, without what is not said."""
        return _said(
            {
                "model_overview": _plain(self.model_overview),
                "intended_uses": _plain(self.intended_uses),
                "business_details": _plain(self.business_details),
                "training_details": _training(self.training_details),
                "evaluation_details": [_evaluation(one) for one in self.evaluation_details],
                "additional_information": _plain(self.additional_information),
            }
        )

    def package_json(self) -> str:
        """The card of a version in the registry, which says of the model only who made it and what was trained."""
        document = self.document()
        overview = document.pop("model_overview", {})
        short = {name: overview[name] for name in ("model_artifact", "model_creator") if name in overview}
        return json.dumps(_said({"model_overview": short, **document}), sort_keys=True)


def _said(section: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in section.items() if value is not None and value not in ("", [], {})}


def _plain(section: Any) -> dict[str, Any]:
    found = {one.name: getattr(section, one.name) for one in fields(section)}
    return _said({name: _value(value) for name, value in found.items()})


def _value(value: Any) -> Any:
    match value:
        case StrEnum():
            return value.value
        case Mapping():
            return {**value}
        case str():
            return value
        case _:
            return [*value]


def _training(training: TrainingSummary) -> dict[str, Any]:
    function = _said({"function": training.objective, "facet": training.objective_facet})
    job = _said(
        {
            "training_datasets": [*training.training_datasets],
            "user_provided_hyper_parameters": [{"name": n, "value": v} for n, v in training.hyper_parameters.items()],
            "user_provided_training_metrics": [{"name": n, "value": v} for n, v in training.training_metrics.items()],
        }
    )
    return _said(
        {
            "objective_function": _said({"function": function}),
            "training_observations": training.training_observations,
            "training_job_details": job,
        }
    )


def _evaluation(evaluation: EvaluationSummary) -> dict[str, Any]:
    data = [{"name": name, "type": "number", "value": value} for name, value in evaluation.metrics.items()]
    return _said(
        {
            "name": evaluation.name,
            "evaluation_observation": evaluation.evaluation_observation,
            "datasets": [*evaluation.datasets],
            "metric_groups": [{"name": "metrics", "metric_data": data}] if data else [],
        }
    )


def card_problems(content: CardContent, status: CardStatus) -> Iterator[Problem]:
    """What SageMaker would refuse about a card, or nobody could review."""
    sections = {name: getattr(content, name) for name in ("intended_uses", "business_details")}
    sections |= {"additional_information": content.additional_information}
    yield from _lengths("model_overview", content.model_overview, 1024)
    for name, section in sections.items():
        yield from _lengths(name, section, 2048)
    training = content.training_details
    yield from _lengths("training_details", training, 1024)
    yield from text_problems("training_details.objective_facet", training.objective_facet, 63)
    yield from _many("training_details.hyper_parameters", training.hyper_parameters, 100)
    yield from _many("training_details.training_metrics", training.training_metrics, 50)
    yield from _names("training_details.hyper_parameters", [*training.hyper_parameters])
    yield from _names("training_details.hyper_parameters", [*training.hyper_parameters.values()])
    yield from _numbers("training_details.training_metrics", training.training_metrics)
    for evaluation in content.evaluation_details:
        yield from _names("evaluation_details.name", [evaluation.name], longest=63)
        yield from text_problems("evaluation_details.evaluation_observation", evaluation.evaluation_observation, 2096)
        yield from _many("evaluation_details.datasets", evaluation.datasets, 10)
        yield from _numbers("evaluation_details.metrics", evaluation.metrics)
    yield from _details(content.additional_information.custom_details)
    if (size := len(json.dumps(content.document()).encode())) > _LARGEST:
        rule = f"makes a card of {size} bytes, but SageMaker takes {_LARGEST}"
        yield Problem("content", "…", rule, "Say less, and name where the rest is")
    if status in (CardStatus.PENDING_REVIEW, CardStatus.APPROVED):
        yield from _incomplete(content, status)


def _incomplete(content: CardContent, status: CardStatus) -> Iterator[Problem]:
    uses = content.intended_uses
    rule = f"says nothing, and a card cannot be {status.value} without it"
    for name in ("purpose_of_model", "intended_uses", "explanations_for_risk_rating"):
        if not getattr(uses, name):
            yield Problem(f"intended_uses.{name}", "", rule, "Say it, or keep the card a draft")
    if uses.risk_rating is RiskRating.UNKNOWN:
        yield Problem("intended_uses.risk_rating", uses.risk_rating.value, rule, "Rate the risk High, Medium or Low")
    if not content.evaluation_details:
        yield Problem("evaluation_details", (), rule, "Add an EvaluationSummary with its metrics")


def _lengths(argument: str, section: Any, longest: int) -> Iterator[Problem]:
    for one in fields(section):
        value = getattr(section, one.name)
        if isinstance(value, str):
            yield from text_problems(f"{argument}.{one.name}", value, longest)
        elif isinstance(value, Sequence):
            yield from _many(f"{argument}.{one.name}", value, 15)


def _many(argument: str, values: Sequence[str] | Mapping[str, Any], most: int) -> Iterator[Problem]:
    if len(values) > most:
        rule = f"has {len(values)} entries, but a card has at most {most}"
        yield Problem(argument, [*values][:3], rule, "Name the most important ones")
    if not isinstance(values, Mapping):
        for value in values:
            yield from text_problems(argument, value, 1024)


def _names(argument: str, names: Sequence[str], longest: int = 255) -> Iterator[Problem]:
    for name in names:
        if not is_token(name) and not (1 <= len(name) <= longest and name.isprintable()):
            yield Problem(argument, name[:20], "is not a text of one line", f"Use 1 to {longest} characters")
        else:
            yield from text_problems(argument, name, longest)


def _numbers(argument: str, metrics: Mapping[str, float]) -> Iterator[Problem]:
    yield from _names(argument, [*metrics])
    for name, value in metrics.items():
        if not is_token(value) and not math.isfinite(value):
            yield Problem(argument, value, f"of {name} is no number that JSON has", "Leave it out, or say why in words")


def _details(details: Mapping[str, str]) -> Iterator[Problem]:
    for name, value in details.items():
        if not is_token(name) and not (name.isascii() and name.isidentifier()):
            fix = "Start with a letter or _, and use letters, digits and _"
            yield Problem("additional_information.custom_details", name, "is not a name that a card takes", fix)
        yield from text_problems("additional_information.custom_details", value, 1024)
