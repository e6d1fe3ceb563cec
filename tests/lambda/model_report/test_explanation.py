"""SHAP values are what their definition says, whatever the model is."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, median
from typing import Any

import pytest

from tests.toolkit import needs_toolkit

pytestmark = needs_toolkit

Report = Callable[..., dict[str, Any]]
NUMBERS = ("income", "age", "debt")
# What the models were not trained on.
ASIDE = ["city", "sex", "probability", "called"]
SHAP = {
    "algorithm": "kernel",
    "baseline": [],
    "samples": None,
    "rows": 10_000,
    "aggregation": "mean_abs",
    "use_logit": False,
    "save_local": False,
    "seed": 0,
}


@pytest.fixture
def explain(report: Report) -> Report:
    """Makes a report that explains a model."""

    def make(model: str, excluded: list[str] = ASIDE, **shap: Any) -> dict[str, Any]:
        options = {name: shap.pop(name) for name in ("limits", "code") if name in shap}
        return report(model=model, shap={**SHAP, **shap}, data_told={"excluded": excluded}, **options)

    return make


def columns(loans: Path) -> dict[str, list[float]]:
    with (loans / "people.csv").open(newline="") as file:
        rows = [*csv.DictReader(file)]
    return {name: [float(row[name]) for row in rows] for name in NUMBERS}


def values(found: dict[str, Any], label: str = "label0") -> dict[str, float]:
    explained: dict[str, Any] = found["analysis"]["explanations"]["kernel_shap"]
    shap: dict[str, float] = explained[label]["global_shap_values"]
    return shap


def test_a_linear_model_is_explained_by_its_weights(explain: Report, loans: Path) -> None:
    found = explain("linear")
    weights = json.loads((loans / "expected.json").read_text())["linear"]
    data = columns(loans)
    exact = {
        name: abs(weights[name]) * fmean(abs(value - median(data[name])) for value in data[name]) for name in NUMBERS
    }
    assert values(found) == pytest.approx(exact)
    assert found["analysis"]["baseline"] == [{name: pytest.approx(median(data[name])) for name in NUMBERS}]
    assert found["analysis"]["largest_additivity_error"] < 1e-9
    total = sum(exact.values())
    assert found["evaluation"]["shares"]["label0"] == pytest.approx({n: exact[n] / total for n in NUMBERS})
    assert found["evaluation"]["metrics"]["label0"] == values(found)
    assert [*values(found)] == sorted(exact, key=lambda name: -exact[name])
    assert found["gate"] == {"status": "PASSED", "violations": []}


def test_few_samples_explain_a_linear_model_as_well(explain: Report) -> None:
    assert values(explain("linear", rows=20, samples=10)) == pytest.approx(values(explain("linear", rows=20)))


@pytest.mark.parametrize("algorithm", ["tree", "kernel"])
def test_a_forest_is_explained_by_every_set_of_features(explain: Report, loans: Path, algorithm: str) -> None:
    found = explain("forest", algorithm=algorithm)
    expected = json.loads((loans / "expected.json").read_text())
    assert values(found) == pytest.approx(expected["forest"], abs=1e-6)
    assert found["analysis"]["algorithm"] == algorithm
    assert found["analysis"]["explanations"]["kernel_shap"]["label0"]["expected_value"] == pytest.approx(
        expected["usual"]
    )
    assert found["analysis"]["largest_additivity_error"] < 1e-6


def test_columns_of_texts_are_features_like_others(explain: Report) -> None:
    found = explain("mixed", ["sex", "probability", "called"], rows=40)
    assert {*values(found)} == {*NUMBERS, "city"}
    assert found["analysis"]["baseline"][0]["city"] in ("Basel", "Bern", "Zug")
    assert found["analysis"]["largest_additivity_error"] < 1e-6
    assert values(found)["income"] > values(found)["city"]


def test_log_odds_of_a_model_that_adds_up_are_additive(explain: Report, loans: Path) -> None:
    found = explain("own", use_logit=True)
    data = columns(loans)
    weights = {"income": 0.05, "age": -0.02, "debt": 0.0}
    assert values(found) == pytest.approx(
        {
            name: abs(weight) * fmean(abs(value - median(data[name])) for value in data[name])
            for name, weight in weights.items()
        },
        abs=1e-6,
    )


def test_a_baseline_of_ones_own_is_what_features_are_compared_with(explain: Report, loans: Path) -> None:
    baseline = [{"income": 40, "age": 30, "debt": 5}, {"income": 60, "age": 50, "debt": 15}]
    found = explain("linear", baseline=baseline, aggregation="mean_sq")
    weights = json.loads((loans / "expected.json").read_text())["linear"]
    data, middle = columns(loans), {"income": 50, "age": 40, "debt": 10}
    assert values(found) == pytest.approx(
        {name: fmean((weights[name] * (value - middle[name])) ** 2 for value in data[name]) for name in NUMBERS}
    )
    assert found["analysis"]["baseline"] == baseline


def test_each_of_several_classes_is_explained(explain: Report, tmp_path: Path) -> None:
    found = explain("classes", algorithm="tree", rows=30, save_local=True)
    (explained,) = found["analysis"]["explanations"].values()
    assert [*explained] == ["label0", "label1", "label2"]
    # Probabilities of all classes are one, so that what one gains others lose.
    assert sum(each["expected_value"] for each in explained.values()) == pytest.approx(1)
    with (tmp_path / "output" / "report" / "explanations_shap" / "out.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [f"{name}_label{output}" for output in range(3) for name in NUMBERS]
    assert len(rows) == 30
    for row in rows:
        assert sum(map(float, row)) == pytest.approx(0, abs=1e-6)


def test_the_same_rows_are_explained_each_time(explain: Report) -> None:
    first, second = explain("linear", rows=5), explain("linear", rows=5)
    assert first["analysis"] == second["analysis"]
    assert first["analysis"]["rows"] == 5
    assert explain("linear", rows=5, seed=1)["analysis"] != first["analysis"]


def test_a_feature_with_too_large_a_share_breaks_its_limit(explain: Report) -> None:
    limit = {"name": "income", "group": None, "minimum": None, "maximum": 0.1}
    found = explain("linear", limits=[limit])
    (violation,) = found["gate"]["violations"]
    assert (found["gate"]["status"], violation["name"], violation["group"]) == ("FAILED", "income", "label0")
    assert violation["value"] > 0.1
    assert "income of label0 is " in found["page"]


@pytest.mark.parametrize(
    ("model", "options", "says"),
    [
        ("mixed", {"excluded": [], "algorithm": "tree"}, "city is no number, which trees need: use algorithm='kernel'"),
        (
            "linear",
            {"use_logit": True},
            "the model answers with no probabilities, of which use_logit takes the log-odds",
        ),
        ("linear", {"baseline": [{"income": 1, "age": 2}]}, "the baseline has no debt"),
        ("linear", {"excluded": ["nothing"]}, "there is no column nothing, but income, age, debt, city, sex, granted"),
        ("two", {}, "the archive has 2 .joblib files and no model_fn: give one that loads it"),
    ],
)
def test_what_cannot_be_explained_is_said(explain: Report, model: str, options: dict[str, Any], says: str) -> None:
    assert explain(model, **options)["unusable"].startswith(says)
