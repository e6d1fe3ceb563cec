"""The bias part of a report: for each sensitive group, what the data says, and what the model makes of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
from bias_metrics import UndefinedError, posttraining, pretraining
from dataset import column, divided, features, meant, numbers, said
from model import Model

NAMES = {
    "CI": "Class Imbalance: how many fewer members the sensitive group has",
    "DPL": "Difference in Proportions of Labels: how much more often others have a positive label",
    "KL": "Kullback-Leibler Divergence of the labels of both groups",
    "JS": "Jensen-Shannon Divergence of the labels of both groups",
    "LP": "L2 norm of the difference between the labels of both groups",
    "TVD": "Total Variation Distance: half of the L1 norm of the difference between the labels of both groups",
    "KS": "Kolmogorov-Smirnov: the largest difference between the labels of both groups",
    "CDDL": "Conditional Demographic Disparity in Labels",
    "DPPL": "Difference in Positive Proportions in Predicted Labels",
    "DI": "Disparate Impact: positive predictions of the sensitive group, in proportion to those of others",
    "DCAcc": "Difference in Conditional Acceptance: positive labels to positive predictions",
    "DCR": "Difference in Conditional Rejection: negative labels to negative predictions",
    "SD": "Specificity Difference",
    "RD": "Recall Difference",
    "DAR": "Difference in Acceptance Rates: precision of positive predictions",
    "DRR": "Difference in Rejection Rates: precision of negative predictions",
    "AD": "Accuracy Difference",
    "TE": "Treatment Equality: false negatives to false positives",
    "FT": "Counterfactual Fliptest: whether similar members of the other group are treated better",
    "GE": "Generalized Entropy: how uneven the benefit of predictions is",
    "CDDPL": "Conditional Demographic Disparity in Predicted Labels",
}


def analyze(rows: Any, told: dict[str, Any], model: Model | None) -> dict[str, Any]:
    """The report as Clarify writes it, and how many rows it left out because label or facet are missing.

    :param told: the configuration of the report.
    :raises UnusableError: when a group, or an outcome, is in none of the rows, or in all.
    """
    asked, label = told["bias"], told["data"]["label"]
    needed = [label, *(facet["name"] for facet in asked["facets"]), *([asked["group"]] if asked["group"] else [])]
    for name in needed:
        column(rows, name)
    complete = rows.dropna(subset=needed).reset_index(drop=True)
    positive = divided(complete[label], asked["outcome"])
    predicted = _predicted(complete, told, model)
    groups = complete[asked["group"]].astype(str).to_numpy(dtype=str) if asked["group"] else None
    # A threshold makes two labels of many numbers.
    labels = positive if asked["outcome"]["threshold"] is not None else complete[label].astype(str).to_numpy(dtype=str)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for facet in asked["facets"]:
        inside = divided(complete[facet["name"]], facet)
        before[facet["name"]] = _facet(facet, pretraining(inside, labels, positive, groups))
        if predicted is not None:
            others = numbers(features(complete, told).drop(columns=facet["name"], errors="ignore"))
            after[facet["name"]] = _facet(facet, posttraining(inside, positive, predicted, others, groups))
    head = {"label": label, "label_value_or_threshold": said(asked["outcome"])}
    report = {"pre_training_bias_metrics": {**head, "facets": before}}
    if predicted is not None:
        report["post_training_bias_metrics"] = {**head, "facets": after}
    return {**report, "rows": len(complete), "rows_left_out": len(rows) - len(complete)}


def _predicted(rows: Any, told: dict[str, Any], model: Model | None) -> Any:
    """Which rows the model calls positive."""
    predictions, outcome = told["predictions"], told["bias"]["outcome"]
    if predictions is None:
        return None
    threshold = predictions["threshold"]
    if model is None:
        answers = column(rows, predictions["column"])
    elif threshold is not None:
        answers = pd.Series(model.scores(features(rows, told))[:, -1])
    else:
        answers = pd.Series(model.labels(features(rows, told)))
    return meant(answers, outcome if threshold is None else {"threshold": threshold})


def _facet(facet: dict[str, Any], metrics: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"value_or_threshold": said(facet), "metrics": [_metric(name, metrics[name]) for name in metrics]}]


def _metric(name: str, value: float | UndefinedError) -> dict[str, Any]:
    described = {"name": name, "description": NAMES[name]}
    if isinstance(value, UndefinedError):
        return {**described, "value": None, "error": str(value)}
    return {**described, "value": value}


def values(report: dict[str, Any]) -> dict[str, dict[str, float | None]]:
    """Every metric by facet and name, ``None`` where it is undefined."""
    found: dict[str, dict[str, float | None]] = {}
    for part in ("pre_training_bias_metrics", "post_training_bias_metrics"):
        for name, (facet,) in report.get(part, {}).get("facets", {}).items():
            found.setdefault(name, {}).update({each["name"]: each["value"] for each in facet["metrics"]})
    return found
