"""A card is what SageMaker's schema asks for, and complete before anybody has to review it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.sagemaker import (
    AdditionalInformation,
    CardContent,
    CardStatus,
    EvaluationSummary,
    IntendedUses,
    ModelOverview,
    TrainingSummary,
)
from cdk_ml.sagemaker.registry.card_content import card_problems


def test_a_document_has_the_names_of_the_published_schema(card: CardContent) -> None:
    document = card.document()
    assert document["intended_uses"] == {
        "purpose_of_model": "Who will leave within a month",
        "intended_uses": "Ranking for a person",
        "factors_affecting_model_efficiency": "Campaigns",
        "risk_rating": "Low",
        "explanations_for_risk_rating": "A wrong answer costs a phone call",
    }
    assert document["training_details"] == {
        "objective_function": {"function": {"function": "Maximize", "facet": "AUC"}},
        "training_observations": "Converged",
        "training_job_details": {
            "training_datasets": ["s3://data/train/"],
            "user_provided_hyper_parameters": [{"name": "max_depth", "value": "5"}],
            "user_provided_training_metrics": [{"name": "auc", "value": 0.91}],
        },
    }
    assert document["evaluation_details"][0]["metric_groups"] == [
        {"name": "metrics", "metric_data": [{"name": "auc", "type": "number", "value": 0.9}]}
    ]


def test_what_is_not_said_is_not_there() -> None:
    assert CardContent().document() == {"intended_uses": {"risk_rating": "Unknown"}}


def test_the_card_of_a_version_says_of_the_model_only_what_its_schema_knows(card: CardContent) -> None:
    document = json.loads(card.package_json())
    assert set(document["model_overview"]) == {"model_artifact", "model_creator"}
    assert "model_package_details" not in document
    assert "\n" not in card.package_json()


def test_a_complete_card_can_be_approved(card: CardContent) -> None:
    assert [*card_problems(card, CardStatus.APPROVED)] == []


@pytest.mark.parametrize("status", [CardStatus.PENDING_REVIEW, CardStatus.APPROVED])
def test_a_card_that_says_too_little_cannot_be_reviewed(status: CardStatus) -> None:
    found = {problem.argument for problem in card_problems(CardContent(), status)}
    assert found == {
        "intended_uses.purpose_of_model",
        "intended_uses.intended_uses",
        "intended_uses.explanations_for_risk_rating",
        "intended_uses.risk_rating",
        "evaluation_details",
    }


@pytest.mark.parametrize("status", [CardStatus.DRAFT, CardStatus.ARCHIVED])
def test_a_draft_may_say_nothing(status: CardStatus) -> None:
    assert [*card_problems(CardContent(), status)] == []


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (
            {"model_overview": ModelOverview(model_owner="x" * 1025)},
            f"model_overview.model_owner='{'x' * 20}…' has 1025 characters, but SageMaker takes 1024. Shorten it.",
        ),
        (
            {"model_overview": ModelOverview(model_artifact=["s3://a"] * 16)},
            "model_overview.model_artifact=['s3://a', 's3://a', 's3://a'] has 16 entries, "
            "but a card has at most 15. Name the most important ones.",
        ),
        (
            {"intended_uses": IntendedUses(purpose_of_model="in ${AWS::Region}")},
            "intended_uses.purpose_of_model='in ${AWS::Region}' holds ${...}, which CloudFormation takes for a "
            "reference that somebody forgot to resolve. "
            "Give the value itself, or a token of the CDK such as Aws.REGION.",
        ),
        (
            {"training_details": TrainingSummary(hyper_parameters={"": "1"})},
            "training_details.hyper_parameters='' is not a text of one line. Use 1 to 255 characters.",
        ),
        (
            {"training_details": TrainingSummary(objective_facet="x" * 64)},
            f"training_details.objective_facet='{'x' * 20}…' has 64 characters, but SageMaker takes 63. Shorten it.",
        ),
        (
            {"training_details": TrainingSummary(training_metrics={"loss": float("nan")})},
            "training_details.training_metrics=nan of loss is no number that JSON has. "
            "Leave it out, or say why in words.",
        ),
        (
            {"evaluation_details": [EvaluationSummary(name="a\nb")]},
            "evaluation_details.name='a\\nb' is not a text of one line. Use 1 to 63 characters.",
        ),
        (
            {"additional_information": AdditionalInformation(custom_details={"review board": "a"})},
            "additional_information.custom_details='review board' is not a name that a card takes. "
            "Start with a letter or _, and use letters, digits and _.",
        ),
        (
            {"evaluation_details": [EvaluationSummary(name=f"e{n}", datasets=["x" * 1000] * 10) for n in range(11)]},
            "content='…' makes a card of 111974 bytes, but SageMaker takes 100000. "
            "Say less, and name where the rest is.",
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_said_with_the_fix(
    card: CardContent, part: dict[str, Any], message: str
) -> None:
    assert [str(problem) for problem in card_problems(replace(card, **part), CardStatus.DRAFT)] == [message]


def test_what_is_known_only_at_deployment_passes(card: CardContent) -> None:
    owner = cdk.Token.as_string({"Ref": "Owner"}) * 200
    known_later = replace(card, model_overview=ModelOverview(model_owner=owner))
    assert [*card_problems(known_later, CardStatus.APPROVED)] == []
