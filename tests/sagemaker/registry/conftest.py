"""What the registry's tests start from."""

from __future__ import annotations

import pytest

from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    AdditionalInformation,
    BusinessDetails,
    CardContent,
    EvaluationSummary,
    IntendedUses,
    Model,
    ModelOverview,
    RiskRating,
    TrainingSummary,
)
from cdk_ml.workspace import Workspace


@pytest.fixture
def model(workspace: Workspace) -> Model:
    """A model in the workspace's artifact bucket."""
    image = images.deep_learning_container(purpose="inference", framework="pytorch", version="2.6", accelerator="cpu")
    return Model.from_artifact(workspace.artifact_bucket, "churn/model.tar.gz", image=image)


@pytest.fixture
def card() -> CardContent:
    """A card that says everything."""
    return CardContent(
        model_overview=ModelOverview(
            model_name="churn",
            model_description="Gradient boosted trees",
            problem_type="Binary classification",
            algorithm_type="XGBoost",
            model_owner="growth-ml",
            model_creator="growth-ml",
            model_artifact=["s3://models/churn/model.tar.gz"],
        ),
        intended_uses=IntendedUses(
            purpose_of_model="Who will leave within a month",
            intended_uses="Ranking for a person",
            factors_affecting_model_efficiency="Campaigns",
            risk_rating=RiskRating.LOW,
            explanations_for_risk_rating="A wrong answer costs a phone call",
        ),
        business_details=BusinessDetails(
            business_problem="Customers leave", business_stakeholders="Growth", line_of_business="Shop"
        ),
        training_details=TrainingSummary(
            objective="Maximize",
            objective_facet="AUC",
            training_observations="Converged",
            training_datasets=["s3://data/train/"],
            hyper_parameters={"max_depth": "5"},
            training_metrics={"auc": 0.91},
        ),
        evaluation_details=[
            EvaluationSummary(
                name="holdout", evaluation_observation="Stable", datasets=["s3://data/test/"], metrics={"auc": 0.9}
            )
        ],
        additional_information=AdditionalInformation(
            ethical_considerations="No protected attribute",
            caveats_and_recommendations="Retrain each month",
            custom_details={"review_board": "2026-03"},
        ),
    )
