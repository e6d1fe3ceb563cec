"""What SageMaker Model Monitor looks for, for accounts that used it before it closed: its four kinds of jobs.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_MonitoringScheduleConfig.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.jobs.data import Data, data_problems
from cdk_ml.sagemaker.monitoring.kinds import ModelProblem
from cdk_ml.tokens import is_token, outside

PROBLEMS = {
    ModelProblem.BINARY: "BinaryClassification",
    ModelProblem.MULTICLASS: "MulticlassClassification",
    ModelProblem.REGRESSION: "Regression",
}
_LONGEST_PREFIX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class DataQualityCheck:
    """Features against the statistics and constraints of a baseline.

    :param baseline: prefix that holds ``statistics.json`` and ``constraints.json``, as a baseline job leaves them.
    """

    baseline: Data


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelQualityCheck:
    """Answers against what came true.

    :param baseline: prefix that holds ``constraints.json``.
    :param ground_truth: prefix of the labels, which Model Monitor wants filed by hour.
    :param problem: what the model answers.
    :param inference: index or JSONPath of the answer.
    :param probability: index or JSONPath of the score of a class.
    :param positive_from: score from which on an answer is positive.
    :param labels_after_hours: hours until labels are there.
    """

    baseline: Data
    ground_truth: Data
    problem: ModelProblem
    inference: str | None = None
    probability: str | None = None
    positive_from: float | None = None
    labels_after_hours: int = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelBiasCheck:
    """Whether answers are as good for one group as for another.

    :param config: object with Clarify's ``analysis_config.json``.
    :param baseline: prefix that holds ``constraints.json``.
    :param ground_truth: prefix of the labels, which Model Monitor wants filed by hour.
    :param labels_after_hours: hours until labels are there.
    """

    config: Data
    baseline: Data
    ground_truth: Data
    labels_after_hours: int = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelExplainabilityCheck:
    """Whether the same features matter as before. Each run makes an endpoint of its own, asks it, and deletes it.

    :param config: object with Clarify's ``analysis_config.json``, which names the model.
    :param baseline: prefix that holds ``constraints.json``.
    :param model_name: the model that the configuration names.
    :param endpoint_name_prefix: what the configuration says the endpoint of a run begins with.
    """

    config: Data
    baseline: Data
    model_name: str
    endpoint_name_prefix: str


MonitorCheck = DataQualityCheck | ModelQualityCheck | ModelBiasCheck | ModelExplainabilityCheck
MONITORING_TYPES = {
    DataQualityCheck: "DataQuality",
    ModelQualityCheck: "ModelQuality",
    ModelBiasCheck: "ModelBias",
    ModelExplainabilityCheck: "ModelExplainability",
}


def read_of(check: MonitorCheck) -> list[Data]:
    """What a check reads besides what was captured."""
    every = (getattr(check, name, None) for name in ("config", "baseline", "ground_truth"))
    return [data for data in every if data is not None]


def check_problems(check: MonitorCheck) -> Iterator[Problem]:
    """What Model Monitor would refuse about a check."""
    for name in ("config", "baseline", "ground_truth"):
        data = getattr(check, name, None)
        if data is not None:
            yield from data_problems(f"check.{name}", data)
    hours = getattr(check, "labels_after_hours", 0)
    if is_token(hours) or not 0 <= hours <= 720:
        rule = "is not a time to wait for labels that is known at synth"
        yield Problem("check.labels_after_hours", hours, rule, "Use 0 to 720")
    match check:
        case ModelQualityCheck(positive_from=score) if score is not None and outside(score, 0, 1):
            yield Problem("check.positive_from", score, "is no score", "Use 0 to 1")
        case ModelExplainabilityCheck(endpoint_name_prefix=prefix) if not is_token(prefix) and not (
            prefix and prefix[0].isalnum() and prefix.replace("-", "").isalnum() and len(prefix) <= _LONGEST_PREFIX
        ):
            fix = f"Use at most {_LONGEST_PREFIX} letters, digits and hyphens, as the configuration has them"
            yield Problem("check.endpoint_name_prefix", prefix, "is no beginning of a name", fix)
