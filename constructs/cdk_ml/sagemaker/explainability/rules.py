"""What cannot be analyzed, told before a job runs for it.

Metrics: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-data-bias.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-post-training-bias.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.explainability.analysis import (
    AnalyzedModel,
    Facet,
    LabeledData,
    Limit,
    Outcome,
    PredictedLabels,
    Shap,
)
from cdk_ml.sagemaker.jobs.script import script_problems
from cdk_ml.tokens import is_token, outside

PRETRAINING = ("CI", "DPL", "KL", "JS", "LP", "TVD", "KS", "CDDL")
POSTTRAINING = ("DPPL", "DI", "DCAcc", "DCR", "SD", "RD", "DAR", "DRR", "AD", "TE", "FT", "GE", "CDDPL")
_OF_GROUPS = ("CDDL", "CDDPL")
_FEWEST_SAMPLES, _MOST_SAMPLES, _MOST_ROWS, _LONGEST_BASELINE = 10, 100_000, 100_000, 1_000
_LARGEST_SEED = 2**32 - 1


def key(name: str) -> str:
    """What the path of a condition calls a column."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def known_problems(argument: str, value: object) -> Iterator[Problem]:
    """What of a configuration, which is packed beside the script, the deployment alone knows, or JSON cannot hold."""
    match value:
        case str() if is_token(value):
            rule = "is known to the deployment only, but is packed with the script before"
            yield Problem(argument, value, rule, "Write the value itself")
        case float() if is_token(value) or not math.isfinite(value):
            yield Problem(argument, value, "is no number that is known at synth", "Write a finite number")
        case Mapping():
            for name, inner in value.items():
                yield from known_problems(f"{argument}[{name!r}]", inner)
        case list() | tuple():
            for index, inner in enumerate(value):
                yield from known_problems(f"{argument}[{index}]", inner)


def data_problems(data: LabeledData) -> Iterator[Problem]:
    """What is wrong with the columns of ``data``."""
    if not data.label:
        yield Problem("data.label", data.label, "is no column", "Name the column with what was observed")
    if len({*data.headers}) < len(data.headers):
        yield Problem("data.headers", [*data.headers], "names one twice", "Name each column differently")
    if data.label in data.excluded:
        rule = "holds the label, which the model does not get anyway"
        yield Problem("data.excluded", [*data.excluded], rule, "Leave it out there")
    for name in (data.label, *data.excluded):
        yield from _unknown_column("data.headers", data, name)


def prediction_problems(predictions: AnalyzedModel | PredictedLabels | None, data: LabeledData) -> Iterator[Problem]:
    """What is wrong with how predictions are come by."""
    match predictions:
        case AnalyzedModel(inference=inference, threshold=threshold):
            if inference is not None:
                yield from script_problems(inference)
        case PredictedLabels(column=column, threshold=threshold):
            if column == data.label:
                rule = "is the label itself, with which predictions are compared"
                yield Problem("predictions.column", column, rule, "Name the column that the model filled")
            yield from _unknown_column("predictions.column", data, column)
        case None:
            return
    if threshold is not None and outside(threshold, 0, 1):
        yield Problem("predictions.threshold", threshold, "is no probability", "Use 0 to 1, such as 0.5")


def bias_problems(data: LabeledData, facets: Sequence[Facet], outcome: Outcome, group: str | None) -> Iterator[Problem]:
    """What is wrong with how groups and outcomes are told apart."""
    yield from _rule_problems("outcome", outcome)
    if not facets:
        yield Problem("facets", [], "leaves nobody to compare", "Name at least one sensitive attribute")
    names = [facet.name for facet in facets]
    if len({key(name) for name in names}) < len(names):
        yield Problem("facets", names, "are not told apart by their letters and digits", "Name each column once")
    for index, facet in enumerate(facets):
        argument = f"facets[{index}]"
        yield from _rule_problems(argument, facet)
        yield from _unknown_column(f"{argument}.name", data, facet.name)
        if facet.name == data.label:
            fix = "Name the column that says who somebody is, and not what was decided"
            yield Problem(f"{argument}.name", facet.name, "is the label", fix)
    if group is not None:
        yield from _unknown_column("group_variable", data, group)
        if group in (data.label, *names):
            rule = "is the label or a facet, within whose groups there is nothing to compare"
            yield Problem("group_variable", group, rule, "Name a column that may explain a difference")


def metric_limit_problems(
    limits: Sequence[Limit], *, facets: Sequence[Facet], predicted: bool, grouped: bool
) -> Iterator[Problem]:
    """What is wrong with limits on metrics of bias."""
    names = [facet.name for facet in facets]
    for index, limit in enumerate(limits):
        argument = f"limits[{index}]"
        yield from _bounds_problems(argument, limit)
        if limit.facet is not None and limit.facet not in names:
            yield Problem(f"{argument}.facet", limit.facet, "is no facet", f"Use one of {', '.join(names)}")
        if limit.name not in PRETRAINING + POSTTRAINING:
            fix = f"Use one of {', '.join(PRETRAINING + POSTTRAINING)}"
            yield Problem(f"{argument}.name", limit.name, "is no metric of bias", fix)
        if limit.name in POSTTRAINING and not predicted:
            yield Problem(f"{argument}.name", limit.name, "is a metric of predictions", "Give predictions")
        if limit.name in _OF_GROUPS and not grouped:
            rule = "looks at each group of a column, and there is none"
            yield Problem(f"{argument}.name", limit.name, rule, "Give a group_variable")


def share_limit_problems(limits: Sequence[Limit], data: LabeledData) -> Iterator[Problem]:
    """What is wrong with limits on shares of features."""
    for index, limit in enumerate(limits):
        argument = f"limits[{index}]"
        yield from _bounds_problems(argument, limit)
        yield from _unknown_column(f"{argument}.name", data, limit.name)
        if limit.facet is not None:
            yield Problem(f"{argument}.facet", limit.facet, "is for bias reports", "Leave it out")
        if limit.name in (data.label, *data.excluded):
            yield Problem(f"{argument}.name", limit.name, "is nothing that the model gets", "Name a feature")
        for bound in ("minimum", "maximum"):
            share = getattr(limit, bound)
            if share is not None and outside(share, 0, 1):
                yield Problem(f"{argument}.{bound}", share, "is no share", "Use 0 to 1")


def shap_problems(shap: Shap, data: LabeledData) -> Iterator[Problem]:
    """What is wrong with how answers are attributed."""
    if shap.samples is not None and outside(shap.samples, _FEWEST_SAMPLES, _MOST_SAMPLES):
        rule = "is not a number of combinations that tells features apart in time"
        yield Problem("shap.samples", shap.samples, rule, f"Use {_FEWEST_SAMPLES} to {_MOST_SAMPLES}")
    if outside(shap.rows, 1, _MOST_ROWS):
        yield Problem("shap.rows", shap.rows, "is not a number of rows to explain", f"Use 1 to {_MOST_ROWS}")
    if outside(shap.seed, 0, _LARGEST_SEED):
        yield Problem("shap.seed", shap.seed, "is no seed that numpy takes", f"Use 0 to {_LARGEST_SEED}")
    if shap.algorithm == "tree":
        for name, asked in (("use_logit", shap.use_logit), ("samples", shap.samples is not None)):
            if asked:
                rule = "is for algorithm='kernel'"
                yield Problem(f"shap.{name}", getattr(shap, name), rule, "Leave it out, or use that algorithm")
    if len(shap.baseline) > _LONGEST_BASELINE:
        rule = f"has {len(shap.baseline)} rows, and each combination is asked with all of them"
        yield Problem("shap.baseline", "...", rule, f"Use at most {_LONGEST_BASELINE}, such as one for each cluster")
    for index, row in enumerate(shap.baseline):
        argument = f"shap.baseline[{index}]"
        if {*row} != {*shap.baseline[0]}:
            yield Problem(argument, sorted(row), "has other columns than the first row", "Give all rows the same")
        for name in row:
            yield from _unknown_column(argument, data, name)
            if name in (data.label, *data.excluded):
                yield Problem(argument, name, "is nothing that the model gets", "Give features only")


def _rule_problems(argument: str, rule: Facet | Outcome) -> Iterator[Problem]:
    if bool(rule.values) == (rule.threshold is not None):
        given = "both values and a threshold" if rule.values else "neither values nor a threshold"
        yield Problem(argument, given, "does not say who is meant", "Give one of the two")


def _bounds_problems(argument: str, limit: Limit) -> Iterator[Problem]:
    low, high = limit.minimum, limit.maximum
    if low is None and high is None:
        yield Problem(argument, limit.name, "is limited by nothing", "Give a minimum, a maximum or both")
    elif low is not None and high is not None and low > high:
        yield Problem(argument, f"{low} to {high}", "holds no number", "Give a minimum below the maximum")


def _unknown_column(argument: str, data: LabeledData, name: str) -> Iterator[Problem]:
    if data.headers and name not in data.headers:
        yield Problem(argument, name, f"is not among the headers {', '.join(data.headers)}", "Name one of those")
