"""Thresholds that are never crossed, or always, and metrics that say nothing, are refused."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.sagemaker import DataDrift, DataQuality, DriftMethod, ModelProblem, ModelQuality, QualityMetric
from cdk_ml.sagemaker.monitoring.kinds import kind_problems

TOKEN = cdk.Token.as_number({"Ref": "Parameter"})


def model(**options: Any) -> ModelQuality:
    given: dict[str, Any] = {
        "ground_truth": "labels/",
        "problem": ModelProblem.BINARY,
        "metric": QualityMetric.F1,
        "threshold": 0.8,
    }
    return ModelQuality(**{**given, **options})


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (
            DataQuality(missing_share=1.0),
            "DataQuality.missing_share=1.0 is no share that can be exceeded. Use 0 to 0.99.",
        ),
        (DataDrift(share=-0.1), "DataDrift.share=-0.1 is no share that can be exceeded. Use 0 to 0.99."),
        (
            DataDrift(threshold=1.5),
            "DataDrift.threshold=1.5 is no distance that a feature can be from the baseline. Use 0.001 to 0.99.",
        ),
        (
            DataDrift(numerical_method=DriftMethod.PSI, categorical_method=DriftMethod.PSI, threshold=11),
            "DataDrift.threshold=11 is never reached, or always. Use 0.001 to 10.",
        ),
        (
            DataDrift(categorical_method=DriftMethod.WASSERSTEIN),
            "DataDrift.categorical_method='wasserstein' is for numbers only. Use DriftMethod.JENSEN_SHANNON, HELLINGER "
            "or PSI.",
        ),
        (
            model(ground_truth="/labels"),
            "ModelQuality.ground_truth='/labels' is no prefix of labels. Name a prefix such as churn/labels/, without "
            "a slash before it.",
        ),
        (
            model(metric=QualityMetric.RMSE),
            "ModelQuality.metric='rmse' says nothing about a binary model. Use accuracy, f1, precision, recall.",
        ),
        (
            model(problem=ModelProblem.REGRESSION, metric=QualityMetric.F1),
            "ModelQuality.metric='f1' says nothing about a regression model. Use mae, mape, rmse, r2.",
        ),
        (model(threshold=80), "ModelQuality.threshold=80 is no value that f1 has. Use 0 to 1."),
        (
            model(labels_after_hours=-1),
            "ModelQuality.labels_after_hours=-1 is not a time to wait for labels. Use 0 to 8760.",
        ),
        (model(positive_from=50), "ModelQuality.positive_from=50 is no score. Use 0 to 1."),
    ],
)
def test_a_kind_that_finds_nothing_or_everything_is_refused(kind: Any, message: str) -> None:
    assert [str(problem) for problem in kind_problems([kind])] == [message]


def test_one_kind_twice_is_refused() -> None:
    (problem,) = kind_problems([DataDrift(), DataDrift(share=0.5)])
    assert str(problem) == (
        "kinds=['data_drift', 'data_drift'] has one twice. Use one of each; make another monitor for other thresholds."
    )


@pytest.mark.parametrize(
    "kind",
    [
        DataQuality(missing_share=TOKEN),
        DataDrift(threshold=TOKEN),
        model(threshold=TOKEN),
        model(problem=ModelProblem.REGRESSION, metric=QualityMetric.R2, threshold=-0.5),
    ],
)
def test_what_can_be_raised_is_not_refused(kind: Any) -> None:
    assert list(kind_problems([kind])) == []
