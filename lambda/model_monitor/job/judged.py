"""Judges data and answers with Evidently: a row for each feature and metric, and a report to look at.

https://docs.evidentlyai.com/metrics/all_metrics
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from evidently import BinaryClassification, DataDefinition, Dataset, MulticlassClassification, Regression, Report
from evidently.metrics import (
    MAE,
    MAPE,
    RMSE,
    Accuracy,
    F1Score,
    MissingValueCount,
    OutListValueCount,
    OutRangeValueCount,
    Precision,
    R2Score,
    Recall,
    ValueDrift,
)
from tables import LABEL, PREDICTION, Schema, texts

_OF_CLASSES = {"accuracy": Accuracy, "f1": F1Score, "precision": Precision, "recall": Recall}
_OF_NUMBERS = {"mae": MAE, "mape": MAPE, "rmse": RMSE, "r2": R2Score}
_HIGHER_IS_BETTER = (*_OF_CLASSES, "r2")
# What the setting that limits it is called, and so is the row.
_QUALITY = {
    "MissingValueCount": "missing_share",
    "OutRangeValueCount": "unseen_share",
    "OutListValueCount": "unseen_share",
}


def row(kind: str, feature: str, metric: str, value: float, threshold: float | None, breached: bool) -> dict[str, Any]:
    """What is said about one feature."""
    return {
        "kind": kind,
        "feature": feature,
        "metric": metric,
        "value": value,
        "threshold": threshold,
        "breached": breached,
    }


def judge_data(
    current: pd.DataFrame,
    baseline: pd.DataFrame,
    schema: Schema,
    *,
    quality: Mapping[str, Any] | None,
    drift: Mapping[str, Any] | None,
    invalid: Mapping[str, float],
    report: Path,
) -> list[dict[str, Any]]:
    """Whether what was asked is in order, and like the baseline.

    :param quality: the most of what is missing, invalid and unseen; not judged when not given.
    :param drift: by which method and from which distance on a feature has drifted; not judged when not given.
    :param invalid: by feature, the share that should be a number and is none.
    :param report: where the HTML goes.
    """
    there = [name for name in schema.features if name in current.columns and current[name].notna().any()]
    found = [] if quality is None else [*_gone(current, schema), *_invalid(invalid, quality)]
    if not there:
        return found
    numbers = [name for name in schema.numerical if name in there]
    asked: list[Any] = [] if quality is None else [*_quality_metrics(baseline, numbers, there)]
    if drift is not None:
        asked += [_drift_metric(name, name in numbers, drift) for name in there]
    definition = DataDefinition(
        numerical_columns=numbers, categorical_columns=[name for name in there if name not in numbers]
    )
    seen = baseline[there].copy()
    for name in there:
        seen[name] = seen[name].astype(float) if name in numbers else texts(seen[name])
    snapshot = Report(asked).run(Dataset.from_pandas(current[there], definition), Dataset.from_pandas(seen, definition))
    snapshot.save_html(str(report))
    return [*found, *(_said(metric, quality, drift) for metric in snapshot.dict()["metrics"])]


def _gone(current: pd.DataFrame, schema: Schema) -> list[dict[str, Any]]:
    gone = {name: name not in current.columns for name in schema.features}
    return [row("data_quality", name, "missing_column", float(is_), 0.0, is_) for name, is_ in gone.items()]


def _invalid(invalid: Mapping[str, float], quality: Mapping[str, Any]) -> list[dict[str, Any]]:
    most = quality["invalid_share"]
    return [row("data_quality", name, "invalid_share", share, most, share > most) for name, share in invalid.items()]


def _quality_metrics(baseline: pd.DataFrame, numbers: Sequence[str], there: Sequence[str]) -> list[Any]:
    asked: list[Any] = [MissingValueCount(column=name) for name in there]
    for name in there:
        known = baseline[name].dropna()
        if name in numbers:
            # Evidently leaves out what is on the borders, which the baseline has seen.
            low, high = float(known.min()), float(known.max())
            margin = 1e-9 * max(1.0, abs(low), abs(high))
            asked.append(OutRangeValueCount(column=name, left=low - margin, right=high + margin))
        else:
            asked.append(OutListValueCount(column=name, values=sorted({*texts(known)})))
    return asked


def _drift_metric(name: str, numerical: bool, drift: Mapping[str, Any]) -> Any:
    method = drift["numerical_method"] if numerical else drift["categorical_method"]
    return ValueDrift(column=name, method=method, threshold=drift["threshold"])


def _said(
    metric: Mapping[str, Any], quality: Mapping[str, Any] | None, drift: Mapping[str, Any] | None
) -> dict[str, Any]:
    """One metric of Evidently as a row."""
    config, value = metric["config"], metric["value"]
    name, kind = config["column"], config["type"].rpartition(":")[2]
    if kind == "ValueDrift":
        assert drift is not None
        return row("data_drift", name, config["method"], float(value), drift["threshold"], value > drift["threshold"])
    assert quality is not None
    called, share = _QUALITY[kind], float(value["share"])
    return row("data_quality", name, called, share, quality[called], share > quality[called])


def judge_model(rows: Sequence[Mapping[str, Any]], wanted: Mapping[str, Any], *, report: Path) -> list[dict[str, Any]]:
    """How good the answers were whose labels are known.

    :param rows: predictions and labels.
    :param wanted: problem, metric, threshold, and for two classes which is positive, and from which score on.
    :param report: where the HTML goes.
    """
    table, definition = _answers(rows, wanted)
    known = _OF_NUMBERS if wanted["problem"] == "regression" else _OF_CLASSES
    snapshot = Report([make() for make in known.values()]).run(Dataset.from_pandas(table, definition))
    snapshot.save_html(str(report))
    said = []
    for name, metric in zip(known, snapshot.dict()["metrics"], strict=True):
        value = metric["value"]
        number = float(value["mean"] if isinstance(value, Mapping) else value)
        threshold = wanted["threshold"] if name == wanted["metric"] else None
        bad = threshold is not None and (number < threshold if name in _HIGHER_IS_BETTER else number > threshold)
        said.append(row("model_quality", "", name, number, threshold, bad))
    return said


def _answers(rows: Sequence[Mapping[str, Any]], wanted: Mapping[str, Any]) -> tuple[pd.DataFrame, DataDefinition]:
    table = pd.DataFrame([*rows])[[PREDICTION, LABEL]]
    if wanted["problem"] == "regression":
        table = table.apply(pd.to_numeric, errors="coerce").dropna()
        kinds = {"regression": [Regression(target=LABEL, prediction=PREDICTION)]}
        return table, DataDefinition(numerical_columns=[LABEL, PREDICTION], **kinds)
    if wanted["problem"] == "binary":
        positive, score = wanted["positive"], wanted["positive_from"]
        table = table.map(lambda value: _is_positive(value, positive, score))
        kinds = {"classification": [BinaryClassification(target=LABEL, prediction_labels=PREDICTION, pos_label=1)]}
    else:
        table = table.apply(texts)
        kinds = {"classification": [MulticlassClassification(target=LABEL, prediction_labels=PREDICTION)]}
    return table, DataDefinition(categorical_columns=[LABEL, PREDICTION], **kinds)


def _is_positive(value: Any, positive: str, score: float) -> int:
    if str(value).strip() == positive:
        return 1
    try:
        return int(float(value) >= score)
    except ValueError:
        return 0
