"""The explainability part of a report: SHAP values, and how much of what a model answers each feature accounts for.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-shapley-values.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from dataset import UnusableError, column, features
from model import Model

AGGREGATIONS: dict[str, Any] = {
    "mean_abs": lambda values: np.abs(values).mean(axis=0),
    "median": lambda values: np.median(values, axis=0),
    "mean_sq": lambda values: (values**2).mean(axis=0),
}


def analyze(rows: Any, told: dict[str, Any], model: Model, folder: Path) -> dict[str, Any]:
    """The report as Clarify writes it, and what of the whole each feature accounts for.

    :param told: the configuration of the report.
    :param folder: where the values of each row are left, if they are asked for.
    """
    asked = told["shap"]
    seen = _plain(features(rows, told))
    names = [*seen.columns]
    for name in names:
        if seen[name].isna().all():
            raise UnusableError(f"{name} has no value in any row")
    explained = seen.sample(n=min(asked["rows"], len(seen)), random_state=asked["seed"]).sort_index()
    baseline = _baseline(seen, asked["baseline"])
    explain = _tree if asked["algorithm"] == "tree" else _kernel
    values, expected, answers = explain(model, explained, baseline, asked)
    labels = {}
    shares = {}
    for output in range(values.shape[2]):
        of_output = values[:, :, output]
        whole = AGGREGATIONS[asked["aggregation"]](of_output)
        each = np.abs(of_output).mean(axis=0)
        ranked = sorted(range(len(names)), key=lambda index: -each[index])
        label = f"label{output}"
        labels[label] = {
            "global_shap_values": {names[index]: float(whole[index]) for index in ranked},
            "expected_value": float(expected[output]),
        }
        total = each.sum()
        shares[label] = {names[index]: float(each[index] / total) if total else 0.0 for index in ranked}
    if asked["save_local"]:
        _save(values, names, folder)
    off = np.abs(values.sum(axis=1) + expected - answers).max()
    return {
        # Where Clarify has them, and SageMaker's SDK looks for them when it fills a model card.
        "explanations": {"kernel_shap": labels},
        "algorithm": asked["algorithm"],
        "shares": shares,
        "baseline": baseline.to_dict(orient="records"),
        "rows": len(explained),
        "largest_additivity_error": float(off),
    }


def _plain(frame: Any) -> Any:
    """Every number as a fraction: what stands in for a whole number, such as a median, is none."""
    plain = frame.copy()
    for name in frame.columns:
        if pd.api.types.is_numeric_dtype(frame[name]):
            plain[name] = frame[name].astype(float)
    return plain


def _baseline(seen: Any, given: list[dict[str, Any]]) -> Any:
    """The rows that stand for a feature that is not there: what was given, or what is usual."""
    if not given:
        usual = {
            name: [seen[name].median() if pd.api.types.is_float_dtype(seen[name]) else seen[name].mode().iloc[0]]
            for name in seen.columns
        }
        return pd.DataFrame(usual)
    frame = pd.DataFrame(given)
    for name in seen.columns:
        if name not in frame.columns:
            raise UnusableError(f"the baseline has no {name}")
    for name in frame.columns:
        column(seen, name)
    return _plain(frame[[*seen.columns]])


def _kernel(model: Model, explained: Any, baseline: Any, asked: dict[str, Any]) -> tuple[Any, Any, Any]:
    import shap

    numeric = [name for name in explained.columns if pd.api.types.is_float_dtype(explained[name])]

    def answer(table: Any) -> Any:
        frame = pd.DataFrame(table, columns=explained.columns).astype(dict.fromkeys(numeric, float))
        scores = model.scores(frame)
        return _log_odds(scores) if asked["use_logit"] else scores

    # The samples are drawn from the one generator of numpy.
    np.random.seed(asked["seed"])
    explainer = shap.KernelExplainer(answer, baseline)
    samples = "auto" if asked["samples"] is None else asked["samples"]
    # Without regularization an additive model is explained exactly, however few samples there are.
    values = explainer.shap_values(explained, nsamples=samples, l1_reg=False, silent=True)
    return _cube(values), np.atleast_1d(explainer.expected_value), answer(explained)


def _tree(model: Model, explained: Any, baseline: Any, _: dict[str, Any]) -> tuple[Any, Any, Any]:
    import shap

    for name in explained.columns:
        if not pd.api.types.is_float_dtype(explained[name]):
            raise UnusableError(f"{name} is no number, which trees need: use algorithm='kernel'")
    output = "probability" if hasattr(model.plain, "predict_proba") else "raw"
    named = hasattr(model.plain, "feature_names_in_")
    data = explained if named else explained.to_numpy()
    explainer = shap.TreeExplainer(
        model.plain,
        data=baseline if named else baseline.to_numpy(),
        feature_perturbation="interventional",
        model_output=output,
    )
    values, expected = _cube(explainer.shap_values(data)), np.atleast_1d(explainer.expected_value)
    if values.shape[2] == 2:
        values, expected = values[:, :, 1:], expected[1:]
    return values, expected[-values.shape[2] :], model.scores(explained)


def _cube(values: Any) -> Any:
    """SHAP values by row, feature and output; versions of the package differ in how they give them."""
    if isinstance(values, list):
        return np.stack(values, axis=2)
    return values[:, :, None] if values.ndim == 2 else values


def _log_odds(scores: Any) -> Any:
    if ((scores < 0) | (scores > 1)).any():
        raise UnusableError("the model answers with no probabilities, of which use_logit takes the log-odds")
    inside = np.clip(scores, 1e-6, 1 - 1e-6)
    return np.log(inside / (1 - inside))


def _save(values: Any, names: list[str], folder: Path) -> None:
    target = folder / "explanations_shap"
    target.mkdir(parents=True, exist_ok=True)
    columns = [f"{name}_label{output}" for output in range(values.shape[2]) for name in names]
    flat = np.concatenate([values[:, :, output] for output in range(values.shape[2])], axis=1)
    pd.DataFrame(flat, columns=columns).to_csv(target / "out.csv", index=False)
