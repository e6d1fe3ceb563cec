"""The analysis configuration of SageMaker Clarify.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.explainability import rules
from cdk_ml.sagemaker.explainability.analysis import Facet, LabeledData, Outcome, PredictedLabels, Shap


def analysis_config(
    data: LabeledData,
    facets: Sequence[Facet],
    outcome: Outcome | None,
    predictions: PredictedLabels | None,
    endpoint_name: str | None,
    group: str | None,
    shap: Shap | None,
) -> dict[str, Any]:
    """The analysis as Clarify's schema has it, without what is not asked."""
    methods: dict[str, Any] = {"report": {"name": "report", "title": "Analysis"}}
    if facets:
        methods["pre_training_bias"] = {"methods": "all"}
        if predictions is not None or endpoint_name is not None:
            methods["post_training_bias"] = {"methods": "all"}
    if shap is not None:
        methods["shap"] = _shap(shap, data, predictions)
    asked = {
        "version": "1.0",
        "dataset_type": "text/csv",
        "headers": [*data.headers],
        "label": data.label,
        "label_values_or_threshold": None if outcome is None else _values(outcome),
        "facet": [{"name_or_index": facet.name, "value_or_threshold": _values(facet)} for facet in facets],
        "group_variable": group,
        "excluded_columns": [*data.excluded],
        "predicted_label": None if predictions is None else predictions.column,
        "probability_threshold": None if predictions is None else predictions.threshold,
        "methods": methods,
        "predictor": None
        if endpoint_name is None
        else {"endpoint_name": endpoint_name, "content_type": "text/csv", "accept_type": "text/csv"},
    }
    return {name: value for name, value in asked.items() if value is not None and value != []}


def _values(rule: Facet | Outcome) -> list[Any]:
    return [*rule.values] if rule.threshold is None else [rule.threshold]


def _shap(shap: Shap, data: LabeledData, predictions: PredictedLabels | None) -> dict[str, Any]:
    aside = {data.label, *data.excluded, *(() if predictions is None else (predictions.column,))}
    features = [name for name in data.headers if name not in aside]
    asked = {
        "baseline": [[row.get(name) for name in features] for row in shap.baseline],
        "num_samples": shap.samples,
        "agg_method": shap.aggregation,
        "use_logit": shap.use_logit,
        "save_local_shap_values": shap.save_local,
        "seed": shap.seed,
    }
    return {name: value for name, value in asked.items() if value is not None and value != []}


def analysis_problems(
    data: LabeledData,
    facets: Sequence[Facet],
    outcome: Outcome | None,
    predictions: PredictedLabels | None,
    endpoint_name: str | None,
    group: str | None,
    shap: Shap | None,
) -> Iterator[Problem]:
    """What Clarify could make nothing of."""
    yield from rules.data_problems(data)
    yield from rules.prediction_problems(predictions, data)
    if not data.headers:
        yield Problem("data.headers", [], "does not say what columns are called", "Name each column in its order")
    if not facets and shap is None:
        yield Problem("facets", [], "asks for nothing, and neither does shap", "Give facets, shap or both")
    if bool(facets) != (outcome is not None):
        fix = "Give both, or neither"
        yield Problem("outcome", outcome, "goes with facets, and they with an outcome", fix)
    elif outcome is not None:
        yield from rules.bias_problems(data, facets, outcome, group)
    if predictions is not None and endpoint_name is not None:
        rule = "is asked for what is among the rows already"
        yield Problem("endpoint_name", endpoint_name, rule, "Give predictions or an endpoint")
    if shap is not None:
        yield from rules.shap_problems(shap, data)
        if endpoint_name is None:
            yield Problem("endpoint_name", None, "leaves nobody to explain", "Name the endpoint that shap explains")
        if shap.algorithm != "kernel":
            rule = "is nothing that Clarify has"
            yield Problem("shap.algorithm", shap.algorithm, rule, "Use 'kernel', or an ExplainabilityReport")
