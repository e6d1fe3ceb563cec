"""What a report is about: rows with a label, a model or its predictions, sensitive groups, and limits.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-detect-data-bias.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cdk_ml.sagemaker.jobs.data import Data
from cdk_ml.sagemaker.jobs.script import Script

Scalar = str | float


@dataclass(frozen=True, slots=True)
class LabeledData:
    """Rows that are analyzed: CSV files under a prefix.

    :param data: where they are, such as what a processing job leaves.
    :param label: column with what was observed.
    :param headers: names of the columns, where the files do not begin with them.
    :param excluded: columns that the model does not get, such as the id of a customer, or a sensitive attribute.
    """

    data: Data
    label: str
    headers: Sequence[str] = ()
    excluded: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class AnalyzedModel:
    """A model whose answers are analyzed, loaded in the job itself: no endpoint is made.

    :param archive: its ``model.tar.gz``, such as ``train.model``.
    :param inference: functions ``model_fn`` and ``predict_fn``, where ``code/inference.py`` of the archive does not
        have them. ``predict_fn`` gets a data frame. A scikit-learn model in one ``.joblib`` file needs neither.
    :param threshold: the answers are probabilities, and those above it are positive. Otherwise they are labels.
    """

    archive: Data
    inference: Script | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class PredictedLabels:
    """Predictions that are among the rows already.

    :param column: which column holds them.
    :param threshold: they are probabilities, and those above it are positive. Otherwise they are labels.
    """

    column: str
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which labels are positive: what people hope for, such as a loan.

    :param values: labels.
    :param threshold: instead of values: numbers above it.
    """

    values: Sequence[Scalar] = ()
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """A sensitive attribute, and the group that may be at a disadvantage. It is compared with everybody else.

    :param name: the column.
    :param values: what is in it for members of the group.
    :param threshold: instead of values: members have more than that.
    """

    name: str
    values: Sequence[Scalar] = ()
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """What a number in a report has to be for the report to pass. One that is undefined does not pass.

    :param name: a metric of bias, such as ``DPPL``; or a feature, whose share of what the model answers is limited.
    :param minimum: the least it may be.
    :param maximum: the most it may be.
    :param facet: of which facet the metric is; of every one when not named.
    """

    name: str
    minimum: float | None = None
    maximum: float | None = None
    facet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shap:
    """How answers are attributed to features.

    :param algorithm: ``kernel`` asks any model; ``tree`` looks into the trees of one and is exact and fast.
    :param baseline: rows that stand for features that are not there, by name; without them a row with the median of
        each number, and what is most frequent of the rest.
    :param samples: how many combinations of features ``kernel`` asks about for each row; it chooses when not named.
    :param rows: how many rows are explained.
    :param aggregation: what is made of the values of all rows: the mean of their sizes, their median, or the mean of
        their squares.
    :param use_logit: explain the log-odds of a probability.
    :param save_local: leave the values of each row as well.
    :param seed: of what is drawn.
    """

    algorithm: Literal["kernel", "tree"] = "kernel"
    baseline: Sequence[Mapping[str, Scalar]] = ()
    samples: int | None = None
    rows: int = 200
    aggregation: Literal["mean_abs", "median", "mean_sq"] = "mean_abs"
    use_logit: bool = False
    save_local: bool = False
    seed: int = 0
