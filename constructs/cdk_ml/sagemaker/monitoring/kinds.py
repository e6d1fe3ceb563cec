"""What a monitor looks for: whether data is in order, whether it has drifted, and whether the model is still right.

https://docs.evidentlyai.com/metrics/preset_data_drift
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token, outside

_A_YEAR_OF_HOURS = 8_760


class DriftMethod(StrEnum):
    """How far apart two distributions are. All are 0 for two that are the same, and none asks for a sample size."""

    WASSERSTEIN = "wasserstein"
    """For numbers: by how much values moved, in standard deviations of the baseline."""

    JENSEN_SHANNON = "jensenshannon"
    """For numbers and categories, from 0 to 1."""

    HELLINGER = "hellinger"
    """For numbers and categories, from 0 to 1; sees small shares better."""

    PSI = "psi"
    """Population stability index, for numbers and categories: 0.1 is a little, 0.25 a lot."""


class ModelProblem(StrEnum):
    """What the model answers."""

    BINARY = "binary"
    """One of two classes, or the score of one."""

    MULTICLASS = "multiclass"
    """One of many classes."""

    REGRESSION = "regression"
    """A number."""


class QualityMetric(StrEnum):
    """How right a model is."""

    ACCURACY = "accuracy"
    F1 = "f1"
    PRECISION = "precision"
    RECALL = "recall"
    MAE = "mae"
    MAPE = "mape"
    RMSE = "rmse"
    R2 = "r2"

    @property
    def of_numbers(self) -> bool:
        """Whether it is about answers that are numbers."""
        return self in (QualityMetric.MAE, QualityMetric.MAPE, QualityMetric.RMSE, QualityMetric.R2)

    @property
    def higher_is_better(self) -> bool:
        return self not in (QualityMetric.MAE, QualityMetric.MAPE, QualityMetric.RMSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataQuality:
    """Whether each feature is there, and what the baseline leads to expect. Each share is of the rows of a run, 0 to 1.

    :param missing_share: the most that may have no value.
    :param invalid_share: the most that may be no number where the baseline has numbers.
    :param unseen_share: the most that may be outside the baseline's range, or a category that it does not have.
    """

    missing_share: float = 0.05
    invalid_share: float = 0.0
    unseen_share: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDrift:
    """Whether features are distributed as in the baseline.

    :param share: the alarm is raised when more than this share of the features drifted, 0 to 1.
    :param threshold: distance from which on a feature has drifted.
    :param numerical_method: distance of numbers.
    :param categorical_method: distance of categories.
    """

    share: float = 0.3
    threshold: float = 0.1
    numerical_method: DriftMethod = DriftMethod.WASSERSTEIN
    categorical_method: DriftMethod = DriftMethod.JENSEN_SHANNON


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelQuality:
    """Whether the model was right, once that is known.

    Labels are merged with the answers by the id of the inference: what the caller gave as ``InferenceId``, or the event
    id that SageMaker made. They are lines such as ``{"inference_id": "8a1f", "label": 1}``, those of Model Monitor's
    ground truth, or CSV with these columns; of two for one answer the later counts.

    :param ground_truth: prefix of the labels, in the bucket of what is watched.
    :param problem: what the model answers.
    :param metric: what the alarm looks at; the others are in the results as well.
    :param threshold: where the alarm is raised: below it for accuracy and its like, above it for errors.
    :param labels_after_hours: hours until labels are there: a run judges the answers of a window so long ago.
    :param positive: the positive one of two classes, as the labels write it.
    :param positive_from: score from which on an answer is positive.
    """

    ground_truth: str
    problem: ModelProblem
    metric: QualityMetric
    threshold: float
    labels_after_hours: int = 24
    positive: str = "1"
    positive_from: float = 0.5


MonitorKind = DataQuality | DataDrift | ModelQuality
_NAMES = {DataQuality: "data_quality", DataDrift: "data_drift", ModelQuality: "model_quality"}


def kinds_plan(kinds: Sequence[MonitorKind]) -> dict[str, Any]:
    """What the job is told about them."""
    return {_NAMES[type(kind)]: asdict(kind) for kind in kinds}


def kind_problems(kinds: Sequence[MonitorKind]) -> Iterator[Problem]:
    """What could never be raised, always would be, or cannot be computed."""
    names = [_NAMES[type(kind)] for kind in kinds]
    if not kinds:
        yield Problem("kinds", [], "looks for nothing", "Use DataQuality(), DataDrift() or ModelQuality(...)")
    if len({*names}) < len(names):
        yield Problem("kinds", names, "has one twice", "Use one of each; make another monitor for other thresholds")
    for kind in kinds:
        match kind:
            case DataQuality():
                for name in ("missing_share", "invalid_share", "unseen_share"):
                    yield from _share_problems(f"DataQuality.{name}", getattr(kind, name))
            case DataDrift():
                yield from _drift_problems(kind)
            case ModelQuality():
                yield from _model_problems(kind)


def _share_problems(argument: str, share: float) -> Iterator[Problem]:
    # What only the deployment knows passes: it is a number by the time that the job reads its plan.
    if outside(share, 0, 0.99):
        yield Problem(argument, share, "is no share that can be exceeded", "Use 0 to 0.99")


def _drift_problems(drift: DataDrift) -> Iterator[Problem]:
    yield from _share_problems("DataDrift.share", drift.share)
    bounded = {drift.numerical_method, drift.categorical_method} & {DriftMethod.JENSEN_SHANNON, DriftMethod.HELLINGER}
    most = 0.99 if bounded else 10
    if outside(drift.threshold, 0.001, most):
        rule = "is no distance that a feature can be from the baseline" if bounded else "is never reached, or always"
        yield Problem("DataDrift.threshold", drift.threshold, rule, f"Use 0.001 to {most}")
    if drift.categorical_method is DriftMethod.WASSERSTEIN:
        fix = "Use DriftMethod.JENSEN_SHANNON, HELLINGER or PSI"
        yield Problem("DataDrift.categorical_method", str(drift.categorical_method), "is for numbers only", fix)


def _model_problems(model: ModelQuality) -> Iterator[Problem]:
    prefix = model.ground_truth
    if not is_token(prefix) and (prefix.startswith("/") or not prefix.strip()):
        fix = "Name a prefix such as churn/labels/, without a slash before it"
        yield Problem("ModelQuality.ground_truth", prefix, "is no prefix of labels", fix)
    numbers = model.problem is ModelProblem.REGRESSION
    if model.metric.of_numbers is not numbers:
        usual = [str(metric) for metric in QualityMetric if metric.of_numbers is numbers]
        rule = f"says nothing about a {model.problem} model"
        yield Problem("ModelQuality.metric", str(model.metric), rule, f"Use {', '.join(usual)}")
    highest = float("inf") if numbers else 1
    lowest = float("-inf") if model.metric is QualityMetric.R2 else 0
    if outside(model.threshold, lowest, highest) or model.threshold in (float("inf"), float("-inf")):
        fix = "Use 0 to 1" if not numbers else "Use a number that the metric can have"
        yield Problem("ModelQuality.threshold", model.threshold, f"is no value that {model.metric} has", fix)
    if outside(model.labels_after_hours, 0, _A_YEAR_OF_HOURS):
        rule = "is not a time to wait for labels"
        yield Problem("ModelQuality.labels_after_hours", model.labels_after_hours, rule, f"Use 0 to {_A_YEAR_OF_HOURS}")
    if outside(model.positive_from, 0, 1):
        yield Problem("ModelQuality.positive_from", model.positive_from, "is no score", "Use 0 to 1")
