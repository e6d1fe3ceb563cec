"""What an AutoML job solves: a column of a table, or series that go on.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoMLProblemTypeConfig.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token, outside

TabularKind = Literal["BinaryClassification", "MulticlassClassification", "Regression"]
TabularMode = Literal["AUTO", "ENSEMBLING", "HYPERPARAMETER_TUNING"]
AutoMlMetric = Literal[
    "AUC",
    "Accuracy",
    "AverageWeightedQuantileLoss",
    "BalancedAccuracy",
    "F1",
    "F1macro",
    "MAE",
    "MAPE",
    "MASE",
    "MSE",
    "Precision",
    "PrecisionMacro",
    "R2",
    "RMSE",
    "Recall",
    "RecallMacro",
    "WAPE",
]

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoMLJobObjective.html
METRICS: Mapping[str, tuple[AutoMlMetric, ...]] = {
    "BinaryClassification": ("Accuracy", "AUC", "BalancedAccuracy", "F1", "Precision", "Recall"),
    "MulticlassClassification": ("Accuracy", "BalancedAccuracy", "F1macro", "PrecisionMacro", "RecallMacro"),
    "Regression": ("MAE", "MSE", "R2", "RMSE"),
    "forecasting": ("AverageWeightedQuantileLoss", "MAPE", "MASE", "RMSE", "WAPE"),
}
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoMLAlgorithmConfig.html
ALGORITHMS: Mapping[str, tuple[str, ...]] = {
    "ENSEMBLING": (
        "catboost",
        "extra-trees",
        "fastai",
        "lightgbm",
        "linear-learner",
        "nn-torch",
        "randomforest",
        "xgboost",
    ),
    "HYPERPARAMETER_TUNING": ("linear-learner", "mlp", "xgboost"),
    "forecasting": ("arima", "cnn-qr", "deepar", "ets", "npts", "prophet"),
}
_FREQUENCY = re.compile(r"1?Y|([1-9]|1[01])M|[1-4]W|[1-6]D|([1-9]|1[0-9]|2[0-3])H|([1-9]|[1-5][0-9])min")
_QUANTILE = re.compile(r"p[1-9][0-9]?")
_MOST_CANDIDATES, _LONGEST_HORIZON, _MOST_QUANTILES, _MOST_GROUPS = 750, 500, 5, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TabularProblem:
    """Predict a column of a table from the others.

    :param target: the column.
    :param kind: what the column holds; found out from the data when not given, and then judged by a metric that
        SageMaker chooses.
    :param mode: stack several models, or tune one; by the size of the data when not given.
    :param algorithms: which ones are tried, all of the mode when not given.
    :param max_candidates: how many models are trained at most.
    """

    target: str
    kind: TabularKind | None = None
    mode: TabularMode = "AUTO"
    algorithms: Sequence[str] = ()
    max_candidates: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastingProblem:
    """Say how series go on.

    :param target: column with the number that is forecast.
    :param timestamp: column with the time of an observation.
    :param item: column that tells the series apart.
    :param frequency: time between two forecasts, such as ``1D`` or ``15min``.
    :param horizon: how many times ahead are forecast: up to 500, and to a quarter of those in the data.
    :param groups: further columns that tell series apart, up to five.
    :param quantiles: such as ``p10``, up to five.
    :param algorithms: which ones are tried, all of them when not given.
    """

    target: str
    timestamp: str
    item: str
    frequency: str
    horizon: int
    groups: Sequence[str] = ()
    quantiles: Sequence[str] = ("p10", "p50", "p90")
    algorithms: Sequence[str] = ()


AutoMlProblem = TabularProblem | ForecastingProblem


def problem_config(problem: AutoMlProblem, criteria: Mapping[str, Any]) -> dict[str, Any]:
    """The problem as SageMaker's API takes it.

    :param criteria: when the job is done.
    """
    tried = {"CandidateGenerationConfig": {"AlgorithmsConfig": [{"AutoMLAlgorithms": [*problem.algorithms]}]}}
    common = tried if problem.algorithms else {}
    if isinstance(problem, TabularProblem):
        most = {} if problem.max_candidates is None else {"MaxCandidates": problem.max_candidates}
        kind = {} if problem.kind is None else {"ProblemType": problem.kind}
        table = {"TargetAttributeName": problem.target, "Mode": problem.mode, **kind, **common}
        return {"TabularJobConfig": {**table, "CompletionCriteria": {**criteria, **most}}}
    series: dict[str, Any] = {
        "TargetAttributeName": problem.target,
        "TimestampAttributeName": problem.timestamp,
        "ItemIdentifierAttributeName": problem.item,
    }
    if problem.groups:
        series["GroupingAttributeNames"] = [*problem.groups]
    return {
        "TimeSeriesForecastingJobConfig": {
            "TimeSeriesConfig": series,
            "ForecastFrequency": problem.frequency,
            "ForecastHorizon": problem.horizon,
            "ForecastQuantiles": [*problem.quantiles],
            "CompletionCriteria": {**criteria},
            **common,
        }
    }


def automl_problems(problem: AutoMlProblem, objective: AutoMlMetric | None) -> Iterator[Problem]:
    """What SageMaker would refuse about a problem and what its solutions are judged by."""
    if isinstance(problem, TabularProblem):
        yield from _tabular_problems(problem, objective)
    else:
        yield from _forecasting_problems(problem)
        yield from _objective_problems(objective, "forecasting")
    for column in _columns(problem):
        if not is_token(column) and not column.strip():
            yield Problem("problem", problem, "names no column", "Write the names as they are in the data's header")
            return


def _tabular_problems(problem: TabularProblem, objective: AutoMlMetric | None) -> Iterator[Problem]:
    if problem.kind is None and objective is not None:
        rule = "needs to know what is predicted"
        yield Problem("objective", objective, rule, f"Say problem.kind as well: one of {', '.join([*METRICS][:3])}")
    elif problem.kind is not None and objective is None:
        fix = f"Say objective as well: one of {', '.join(METRICS[problem.kind])}"
        yield Problem("problem.kind", problem.kind, "needs to know what is best", fix)
    elif problem.kind is not None:
        yield from _objective_problems(objective, problem.kind)
    if problem.mode == "AUTO" and problem.algorithms:
        rule = "cannot be chosen before the mode is"
        yield Problem("problem.algorithms", [*problem.algorithms], rule, "Say problem.mode, or leave them out")
    elif problem.mode != "AUTO":
        yield from _algorithm_problems(problem.algorithms, problem.mode)
    if problem.max_candidates is not None and outside(problem.max_candidates, 1, _MOST_CANDIDATES):
        rule = "is not a number of candidates"
        yield Problem("problem.max_candidates", problem.max_candidates, rule, f"Use 1 to {_MOST_CANDIDATES}")


def _forecasting_problems(problem: ForecastingProblem) -> Iterator[Problem]:
    yield from _algorithm_problems(problem.algorithms, "forecasting")
    if not is_token(problem.frequency) and not _FREQUENCY.fullmatch(problem.frequency):
        fix = "Use a number and Y, M, W, D, H or min that is less than one of the next larger, such as 1D or 15min"
        yield Problem("problem.frequency", problem.frequency, "is not a time between forecasts", fix)
    if outside(problem.horizon, 1, _LONGEST_HORIZON):
        rule = "is not a number of times ahead"
        yield Problem("problem.horizon", problem.horizon, rule, f"Use 1 to {_LONGEST_HORIZON}")
    if len(problem.groups) > _MOST_GROUPS:
        rule = f"are {len(problem.groups)} columns"
        yield Problem("problem.groups", [*problem.groups], rule, f"Use at most {_MOST_GROUPS}")
    if not 1 <= len(problem.quantiles) <= _MOST_QUANTILES:
        rule = f"are {len(problem.quantiles)} quantiles"
        yield Problem("problem.quantiles", [*problem.quantiles], rule, f"Use 1 to {_MOST_QUANTILES}")
    for quantile in problem.quantiles:
        if not is_token(quantile) and not _QUANTILE.fullmatch(quantile):
            yield Problem("problem.quantiles", quantile, "is no quantile", "Use p1 to p99")


def _objective_problems(objective: AutoMlMetric | None, kind: str) -> Iterator[Problem]:
    if objective is not None and not is_token(objective) and objective not in METRICS[kind]:
        rule = f"is no metric for {kind}"
        yield Problem("objective", objective, rule, f"Use one of {', '.join(METRICS[kind])}")


def _algorithm_problems(algorithms: Sequence[str], kind: str) -> Iterator[Problem]:
    for algorithm in algorithms:
        if not is_token(algorithm) and algorithm not in ALGORITHMS[kind]:
            rule = f"is no algorithm of {kind}"
            yield Problem("problem.algorithms", algorithm, rule, f"Use some of {', '.join(ALGORITHMS[kind])}")


def _columns(problem: AutoMlProblem) -> tuple[str, ...]:
    if isinstance(problem, TabularProblem):
        return (problem.target,)
    return (problem.target, problem.timestamp, problem.item, *problem.groups)
