"""A bias report reads rows and a model, needs no endpoint, and refuses what cannot be compared."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.errors import ConfigurationError, Problem
from cdk_ml.sagemaker import (
    AnalyzedModel,
    BiasReport,
    Cache,
    Compute,
    Data,
    Facet,
    JsonGet,
    LabeledData,
    Limit,
    Outcome,
    PredictedLabels,
    Script,
)
from cdk_ml.sagemaker.explainability import rules
from cdk_ml.sagemaker.pipelines.conditions import Compare
from tests.conftest import ROOT

Make = Callable[..., BiasReport]
WOMEN = Facet("sex", values=["female"])
METRICS = "CI, DPL, KL, JS, LP, TVD, KS, CDDL, DPPL, DI, DCAcc, DCR, SD, RD, DAR, DRR, AD, TE, FT, GE, CDDPL"


def test_the_job_reads_the_rows_and_the_model_and_leaves_a_report(bias: Make, model: AnalyzedModel) -> None:
    request = bias(predictions=model).request
    assert [each["InputName"] for each in request["ProcessingInputs"]] == ["data", "model", "code"]
    (output,) = request["ProcessingOutputConfig"]["Outputs"]
    assert output["OutputName"] == "report"
    assert request["NetworkConfig"]["EnableNetworkIsolation"] is True
    assert request["AppSpecification"]["ContainerEntrypoint"][-1] == "report.py"


def test_a_column_of_predictions_needs_no_model(bias: Make) -> None:
    request = bias(predictions=PredictedLabels("called", threshold=0.5)).request
    assert [each["InputName"] for each in request["ProcessingInputs"]] == ["data", "code"]


def test_the_step_runs_after_what_leaves_its_rows(bias: Make) -> None:
    first = bias("First")
    second = bias("Second", data=LabeledData(first.output("report"), "granted"))
    step = second.step(after=["Other"], cache=Cache("P7D"))
    assert (step.name, step.needs) == ("Second", {"First", "Other"})
    assert [(file.name, file.output, file.path) for file in step.files] == [
        ("Evaluation", "report", "evaluation.json"),
        ("Analysis", "report", "analysis.json"),
    ]


def test_conditions_look_into_the_evaluation(bias: Make) -> None:
    report = bias(facets=[Facet("marital status", values=["single"])])
    assert report.passed == Compare(JsonGet("Bias", "Evaluation", "gate.status"), "==", "PASSED")
    assert report.value("DPL", "marital status") == JsonGet("Bias", "Evaluation", "metrics.marital_status.DPL")


def test_the_same_arguments_make_the_same_asset(bias: Make) -> None:
    one, other = bias("One"), bias("One2")
    hashes = [report.node.find_child("Script").asset_hash for report in (one, other)]  # type: ignore[attr-defined]
    assert hashes[0] != hashes[1], "the title of the report is in it"
    assert not [*(ROOT / "lambda" / "model_report").rglob("config.json")]


def problem(argument: str, value: Any, rule: str, fix: str) -> Problem:
    return Problem(argument, value, rule, fix)


ONE = "Give one of the two"
BOTH = "Give a minimum, a maximum or both"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"facets": []}, problem("facets", [], "leaves nobody to compare", "Name at least one sensitive attribute")),
        (
            {"facets": [Facet("granted", values=[1])]},
            problem(
                "facets[0].name",
                "granted",
                "is the label",
                "Name the column that says who somebody is, and not what was decided",
            ),
        ),
        (
            {"facets": [Facet("sex")]},
            problem("facets[0]", "neither values nor a threshold", "does not say who is meant", ONE),
        ),
        (
            {"outcome": Outcome(values=[1], threshold=0.5)},
            problem("outcome", "both values and a threshold", "does not say who is meant", ONE),
        ),
        (
            {"facets": [WOMEN, Facet("sex", values=["male"])]},
            problem(
                "facets", ["sex", "sex"], "are not told apart by their letters and digits", "Name each column once"
            ),
        ),
        (
            {"limits": [Limit("DPPX", maximum=1)]},
            problem("limits[0].name", "DPPX", "is no metric of bias", f"Use one of {METRICS}"),
        ),
        (
            {"limits": [Limit("DPPL", maximum=1)]},
            problem("limits[0].name", "DPPL", "is a metric of predictions", "Give predictions"),
        ),
        (
            {"limits": [Limit("CDDL", maximum=1)]},
            problem(
                "limits[0].name", "CDDL", "looks at each group of a column, and there is none", "Give a group_variable"
            ),
        ),
        (
            {"limits": [Limit("CI", maximum=1, facet="age")]},
            problem("limits[0].facet", "age", "is no facet", "Use one of sex"),
        ),
        ({"limits": [Limit("CI")]}, problem("limits[0]", "CI", "is limited by nothing", BOTH)),
        (
            {"limits": [Limit("CI", minimum=0.5, maximum=0.1)]},
            problem("limits[0]", "0.5 to 0.1", "holds no number", "Give a minimum below the maximum"),
        ),
        (
            {"limits": [Limit("CI", maximum=math.inf)]},
            problem("limits[0]['maximum']", math.inf, "is no number that is known at synth", "Write a finite number"),
        ),
        (
            {"group_variable": "sex"},
            problem(
                "group_variable",
                "sex",
                "is the label or a facet, within whose groups there is nothing to compare",
                "Name a column that may explain a difference",
            ),
        ),
        (
            {"predictions": PredictedLabels("granted")},
            problem(
                "predictions.column",
                "granted",
                "is the label itself, with which predictions are compared",
                "Name the column that the model filled",
            ),
        ),
        (
            {"predictions": PredictedLabels("called", threshold=1.5)},
            problem("predictions.threshold", 1.5, "is no probability", "Use 0 to 1, such as 0.5"),
        ),
        (
            {"compute": Compute(instance_type="ml.m5.xlarge", instance_count=2)},
            problem(
                "compute.instance_count", 2, "would make the same report on each", "Use 1, and a larger instance type"
            ),
        ),
    ],
)
def test_what_cannot_be_measured_is_refused(bias: Make, options: dict[str, Any], expected: Problem) -> None:
    with pytest.raises(ConfigurationError) as caught:
        bias(**options)
    assert caught.value.problems == (expected,)
    assert caught.value.path == "Churn/Bias"


def test_columns_are_looked_for_where_they_are_known(bias: Make, rows: Data) -> None:
    data = LabeledData(rows, "granted", headers=["granted", "age", "age"], excluded=["granted", "id"])
    with pytest.raises(ConfigurationError) as caught:
        bias(data=data, group_variable="city", predictions=PredictedLabels("called"))
    missing = "is not among the headers granted, age, age"
    assert caught.value.problems == (
        problem("data.headers", ["granted", "age", "age"], "names one twice", "Name each column differently"),
        problem(
            "data.excluded",
            ["granted", "id"],
            "holds the label, which the model does not get anyway",
            "Leave it out there",
        ),
        problem("data.headers", "id", missing, "Name one of those"),
        problem("predictions.column", "called", missing, "Name one of those"),
        problem("facets[0].name", "sex", missing, "Name one of those"),
        problem("group_variable", "city", missing, "Name one of those"),
    )


def test_a_label_needs_a_name(bias: Make, rows: Data) -> None:
    with pytest.raises(ConfigurationError, match=r"data\.label='' is no column\. Name the column with"):
        bias(data=LabeledData(rows, ""))


def test_functions_that_are_not_there_are_named(bias: Make, model: AnalyzedModel, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=re.escape("script.entry_point='inference.py' is not in")):
        bias(predictions=AnalyzedModel(model.archive, inference=Script(tmp_path, "inference.py")))


def test_what_only_the_deployment_knows_cannot_be_packed(bias: Make) -> None:
    with pytest.raises(ConfigurationError) as caught:
        bias(facets=[Facet(cdk.Aws.STACK_NAME, values=["female"])])
    (found,) = caught.value.problems
    assert found.rule == "is known to the deployment only, but is packed with the script before"
    assert found.argument == "bias['facets'][0]['name']"
    assert found.fix == "Write the value itself"


def test_the_script_knows_the_metrics_that_limits_may_name() -> None:
    text = (ROOT / "lambda" / "model_report" / "bias.py").read_text()
    assert tuple(re.findall(r'^    "(\w+)": "', text, re.MULTILINE)) == (*rules.PRETRAINING, *rules.POSTTRAINING)
