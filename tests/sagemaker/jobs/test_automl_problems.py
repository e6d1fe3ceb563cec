"""What AutoML solves is said as SageMaker's API takes it; what it would refuse is said with its fix."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import aws_cdk as cdk
import pytest
from botocore.session import get_session  # type: ignore[import-untyped]

from cdk_ml.errors import Problem
from cdk_ml.sagemaker import ForecastingProblem, TabularProblem
from cdk_ml.sagemaker.jobs.automl_problems import (
    ALGORITHMS,
    METRICS,
    AutoMlMetric,
    AutoMlProblem,
    automl_problems,
    problem_config,
)

TABLE = TabularProblem(target="churned")
BINARY = replace(TABLE, kind="BinaryClassification")
SERIES = ForecastingProblem(target="sold", timestamp="day", item="product", frequency="1D", horizon=28)


def enum(shape: str) -> set[str]:
    """What SageMaker's API knows."""
    return {*get_session().get_service_model("sagemaker").shape_for(shape).enum}


def test_metrics_and_algorithms_are_those_of_the_api() -> None:
    assert {metric for known in METRICS.values() for metric in known} == enum("AutoMLMetricEnum")
    assert {*get_args(AutoMlMetric)} == enum("AutoMLMetricEnum")
    assert {each for known in ALGORITHMS.values() for each in known} == enum("AutoMLAlgorithm")


def test_series_are_said_as_the_api_takes_them() -> None:
    given = replace(SERIES, groups=["store"], quantiles=["p50"], algorithms=["deepar"])
    assert problem_config(given, {"MaxAutoMLJobRuntimeInSeconds": 60}) == {
        "TimeSeriesForecastingJobConfig": {
            "TimeSeriesConfig": {
                "TargetAttributeName": "sold",
                "TimestampAttributeName": "day",
                "ItemIdentifierAttributeName": "product",
                "GroupingAttributeNames": ["store"],
            },
            "ForecastFrequency": "1D",
            "ForecastHorizon": 28,
            "ForecastQuantiles": ["p50"],
            "CompletionCriteria": {"MaxAutoMLJobRuntimeInSeconds": 60},
            "CandidateGenerationConfig": {"AlgorithmsConfig": [{"AutoMLAlgorithms": ["deepar"]}]},
        }
    }


def test_what_is_not_said_is_left_out() -> None:
    config = problem_config(SERIES, {})["TimeSeriesForecastingJobConfig"]
    assert {"CandidateGenerationConfig", "HolidayConfig", "Transformations"}.isdisjoint(config)
    assert "GroupingAttributeNames" not in config["TimeSeriesConfig"]
    assert "ProblemType" not in problem_config(TABLE, {})["TabularJobConfig"]


@pytest.mark.parametrize(
    ("problem", "objective"),
    [(TABLE, None), (SERIES, None), *((replace(TABLE, kind=kind), METRICS[kind][0]) for kind in [*METRICS][:3])]
    + [(SERIES, metric) for metric in METRICS["forecasting"]],
)
def test_what_belongs_together_is_taken(problem: AutoMlProblem, objective: AutoMlMetric | None) -> None:
    assert [*automl_problems(problem, objective)] == []


@pytest.mark.parametrize("frequency", ["1D", "6D", "15min", "59min", "1H", "23H", "4W", "11M", "1Y", "Y"])
def test_a_time_between_forecasts_is_taken(frequency: str) -> None:
    assert [*automl_problems(replace(SERIES, frequency=frequency), None)] == []


@pytest.mark.parametrize("frequency", ["60min", "24H", "7D", "5W", "12M", "2Y", "day", "0D", ""])
def test_a_time_that_is_one_of_the_next_larger_is_refused(frequency: str) -> None:
    (found,) = automl_problems(replace(SERIES, frequency=frequency), None)
    assert (found.argument, found.value) == ("problem.frequency", frequency)
    assert found.fix.endswith("such as 1D or 15min")


@pytest.mark.parametrize(
    ("problem", "objective", "expected"),
    [
        (
            BINARY,
            "RMSE",
            Problem(
                "objective",
                "RMSE",
                "is no metric for BinaryClassification",
                "Use one of Accuracy, AUC, BalancedAccuracy, F1, Precision, Recall",
            ),
        ),
        (
            replace(TABLE, kind="Regression"),
            None,
            Problem(
                "problem.kind",
                "Regression",
                "needs to know what is best",
                "Say objective as well: one of MAE, MSE, R2, RMSE",
            ),
        ),
        (
            SERIES,
            "AUC",
            Problem(
                "objective",
                "AUC",
                "is no metric for forecasting",
                "Use one of AverageWeightedQuantileLoss, MAPE, MASE, RMSE, WAPE",
            ),
        ),
        (
            replace(TABLE, algorithms=["xgboost"]),
            None,
            Problem(
                "problem.algorithms",
                ["xgboost"],
                "cannot be chosen before the mode is",
                "Say problem.mode, or leave them out",
            ),
        ),
        (
            replace(TABLE, mode="HYPERPARAMETER_TUNING", algorithms=["catboost"]),
            None,
            Problem(
                "problem.algorithms",
                "catboost",
                "is no algorithm of HYPERPARAMETER_TUNING",
                "Use some of linear-learner, mlp, xgboost",
            ),
        ),
        (
            replace(TABLE, max_candidates=751),
            None,
            Problem("problem.max_candidates", 751, "is not a number of candidates", "Use 1 to 750"),
        ),
        (
            replace(SERIES, horizon=501),
            None,
            Problem("problem.horizon", 501, "is not a number of times ahead", "Use 1 to 500"),
        ),
        (
            replace(SERIES, quantiles=[]),
            None,
            Problem("problem.quantiles", [], "are 0 quantiles", "Use 1 to 5"),
        ),
        (
            replace(SERIES, quantiles=["p100"]),
            None,
            Problem("problem.quantiles", "p100", "is no quantile", "Use p1 to p99"),
        ),
        (
            replace(SERIES, groups=["a", "b", "c", "d", "e", "f"]),
            None,
            Problem("problem.groups", ["a", "b", "c", "d", "e", "f"], "are 6 columns", "Use at most 5"),
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_named(
    problem: AutoMlProblem, objective: AutoMlMetric | None, expected: Problem
) -> None:
    assert [*automl_problems(problem, objective)] == [expected]


@pytest.mark.parametrize("problem", [replace(TABLE, target=" "), replace(SERIES, groups=[""])])
def test_a_column_without_a_name_is_refused(problem: AutoMlProblem) -> None:
    (found,) = automl_problems(problem, None)
    assert found.rule == "names no column"


def test_tokens_pass() -> None:
    number: Any = cdk.Token.as_number({"Ref": "Number"})
    text: Any = cdk.Token.as_string({"Ref": "Text"})
    assert [*automl_problems(replace(TABLE, target=text, max_candidates=number), None)] == []
    assert [*automl_problems(replace(BINARY), text)] == []
    series = replace(SERIES, frequency=text, horizon=number, quantiles=[text], algorithms=[text])
    assert [*automl_problems(series, text)] == []
