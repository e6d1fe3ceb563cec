"""Hyper-parameters of a built-in algorithm are refused before its instances run."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.errors import Problem
from cdk_ml.sagemaker import Parameter
from cdk_ml.sagemaker.jobs.algorithm import algorithm_problems

XGBOOST = {"num_round": 10}
KMEANS = {"k": 3, "feature_dim": 4}


@pytest.mark.parametrize(
    ("algorithm", "values", "expected"),
    [
        (
            "xgboost",
            {**XGBOOST, "max_dept": 5},
            ("hyperparameters", "max_dept", "is no hyper-parameter of xgboost", "Use max_depth, if you meant that"),
        ),
        (
            "xgboost",
            {**XGBOOST, "eta": 1.5},
            ("hyperparameters['eta']", 1.5, "is not within [0,1]", "Use a number within [0,1]"),
        ),
        (
            "xgboost",
            {**XGBOOST, "subsample": 0},
            ("hyperparameters['subsample']", 0, "is not within (0,1]", "Use a number within (0,1]"),
        ),
        (
            "xgboost",
            {"num_round": 0},
            ("hyperparameters['num_round']", 0, "is not within [1,)", "Use an integer of at least 1"),
        ),
        (
            "xgboost",
            {"num_round": 10.5},
            ("hyperparameters['num_round']", 10.5, "is not an integer", "Use an integer of at least 1"),
        ),
        (
            "xgboost",
            {**XGBOOST, "booster": "gbtre"},
            (
                "hyperparameters['booster']",
                "gbtre",
                "is no booster that the algorithm has",
                "Use gbtree, if you meant that",
            ),
        ),
        (
            "xgboost",
            {},
            (
                "hyperparameters['num_round']",
                None,
                "is missing: xgboost does not start without it",
                "Use an integer of at least 1",
            ),
        ),
        (
            "xgboost",
            {**XGBOOST, "objective": "multi:softmax"},
            (
                "hyperparameters['num_class']",
                None,
                "is missing: objective='multi:softmax' needs it",
                "Use an integer of at least 2",
            ),
        ),
        (
            "kmeans",
            {**KMEANS, "extra_center_factor": "many"},
            (
                "hyperparameters['extra_center_factor']",
                "many",
                "is not an integer",
                "Use an integer of at least 1 or 'auto'",
            ),
        ),
        (
            "linear-learner",
            {"predictor_type": "classifier"},
            (
                "hyperparameters['predictor_type']",
                "classifier",
                "is no predictor_type that the algorithm has",
                "Use binary_classifier, if you meant that",
            ),
        ),
        (
            "linear-learner",
            {},
            (
                "hyperparameters['predictor_type']",
                None,
                "is missing: linear-learner does not start without it",
                "Use one of binary_classifier, multiclass_classifier, regressor",
            ),
        ),
        (
            "randomcutforest",
            {"feature_dim": 3, "num_trees": 10},
            ("hyperparameters['num_trees']", 10, "is not within [50,1000]", "Use an integer within [50,1000]"),
        ),
    ],
)
def test_a_value_that_the_algorithm_would_refuse_is_refused(
    algorithm: str, values: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    assert [*algorithm_problems(algorithm, values)] == [Problem(*expected)]


@pytest.mark.parametrize(
    ("algorithm", "values"),
    [
        (
            "xgboost",
            {**XGBOOST, "objective": "binary:logistic", "eval_metric": "auc,error", "save_model_on_termination": True},
        ),
        ("xgboost", {"num_round": "100", "objective": "multi:softmax", "num_class": 3}),
        ("kmeans", {**KMEANS, "extra_center_factor": "auto"}),
        ("xgboost", {"num_round": Parameter("Rounds", 10), "eta": cdk.Token.as_number({"Ref": "Eta"})}),
        ("seq2seq", {"whatever": 1}),
        ("pytorch", {"epochs": -1}),
    ],
)
def test_what_it_takes_or_nobody_documented_or_only_the_deployment_knows_passes(
    algorithm: str, values: dict[str, Any]
) -> None:
    assert [*algorithm_problems(algorithm, values)] == []
