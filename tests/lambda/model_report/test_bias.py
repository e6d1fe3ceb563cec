"""A bias report compares the right people, says what it cannot measure, and judges by its limits."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.toolkit import needs_toolkit

pytestmark = needs_toolkit

Report = Callable[..., dict[str, Any]]
WOMEN = {"name": "sex", "values": ["female"], "threshold": None}
OLD = {"name": "age", "values": [], "threshold": 60}
GRANTED = {"values": [1], "threshold": None}
CALLED = {"column": "called", "threshold": None}


def bias(*facets: dict[str, Any], outcome: dict[str, Any] = GRANTED, group: str | None = None) -> dict[str, Any]:
    return {"facets": list(facets), "outcome": outcome, "group": group}


def people(loans: Path) -> list[dict[str, str]]:
    with (loans / "people.csv").open(newline="") as file:
        return [*csv.DictReader(file)]


def share(rows: list[dict[str, str]], column: str, woman: bool) -> float:
    group = [row[column] == "1" for row in rows if (row["sex"] == "female") is woman]
    return sum(group) / len(group)


def write(folder: Path, rows: list[dict[str, str]], header: bool = True) -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / "data.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        if header:
            writer.writeheader()
        writer.writerows(rows)
    return folder


def test_the_report_has_the_form_of_clarify(report: Report, loans: Path) -> None:
    found = report(bias=bias(WOMEN, OLD, group="city"), predictions=CALLED)
    analysis, rows = found["analysis"], people(loans)
    before, after = analysis["pre_training_bias_metrics"], analysis["post_training_bias_metrics"]
    assert (before["label"], before["label_value_or_threshold"]) == ("granted", "1")
    assert [*before["facets"]] == [*after["facets"]] == ["sex", "age"]
    (women,) = before["facets"]["sex"]
    assert women["value_or_threshold"] == "female"
    assert [metric["name"] for metric in women["metrics"]] == ["CI", "DPL", "KL", "JS", "LP", "TVD", "KS", "CDDL"]
    dpl = next(metric for metric in women["metrics"] if metric["name"] == "DPL")
    assert dpl["value"] == pytest.approx(share(rows, "granted", False) - share(rows, "granted", True))
    assert dpl["description"].startswith("Difference in Proportions of Labels")
    assert after["facets"]["age"][0]["value_or_threshold"] == "more than 60"
    assert (analysis["rows"], analysis["rows_left_out"]) == (240, 0)
    metrics = found["evaluation"]["metrics"]
    assert metrics["sex"]["DPPL"] == pytest.approx(share(rows, "called", False) - share(rows, "called", True))
    old = sum(int(row["age"]) > 60 for row in rows)
    assert metrics["age"]["CI"] == pytest.approx((240 - 2 * old) / 240)
    assert len(metrics["sex"]) == 8 + 13


def test_without_predictions_only_the_data_is_measured(report: Report) -> None:
    found = report(bias=bias(WOMEN))
    assert "post_training_bias_metrics" not in found["analysis"]
    assert [*found["evaluation"]["metrics"]["sex"]] == ["CI", "DPL", "KL", "JS", "LP", "TVD", "KS"]


@pytest.mark.parametrize("model", [{"column": "probability", "threshold": 0.5}, CALLED])
def test_probabilities_are_positive_above_a_threshold(report: Report, model: dict[str, Any]) -> None:
    found = report(bias=bias(WOMEN), predictions=model)
    assert found["evaluation"]["metrics"] == report(bias=bias(WOMEN), predictions=CALLED)["evaluation"]["metrics"]


def test_a_model_is_asked_without_what_it_was_not_trained_on(report: Report, loans: Path, tmp_path: Path) -> None:
    aside = {"excluded": ["sex", "probability", "called"]}
    found = report(model="mixed", bias=bias(WOMEN), data_told=aside)
    called = json.loads((loans / "expected.json").read_text())["called"]
    rows = [{**row, "called": str(value)} for row, value in zip(people(loans), called, strict=True)]
    told = {**aside, "excluded": ["sex", "probability"]}
    same = report(data=write(tmp_path / "asked", rows), bias=bias(WOMEN), predictions=CALLED, data_told=told)
    assert found["evaluation"]["metrics"]["sex"] == pytest.approx(same["evaluation"]["metrics"]["sex"])
    likely = report(model="mixed", bias=bias(WOMEN), data_told=aside, predictions={"threshold": 0.5})
    assert likely["evaluation"] == found["evaluation"]


def test_labels_may_be_words(report: Report, loans: Path, tmp_path: Path) -> None:
    words = {"1": "yes", "0": "no"}
    rows = [{**row, "granted": words[row["granted"]]} for row in people(loans)]
    aside = {"excluded": ["sex", "city", "probability", "called"]}
    outcome = {"values": ["yes"], "threshold": None}
    found = report(
        model="words", data=write(tmp_path / "words", rows), bias=bias(WOMEN, outcome=outcome), data_told=aside
    )
    metrics = found["evaluation"]["metrics"]["sex"]
    assert metrics["DPL"] == pytest.approx(
        share(people(loans), "granted", False) - share(people(loans), "granted", True)
    )
    assert metrics["AD"] != 0


def test_a_function_of_ones_own_answers(report: Report) -> None:
    aside = {"excluded": ["sex", "city", "probability", "called"]}
    found = report(model="own", bias=bias(WOMEN), data_told=aside, predictions={"threshold": 0.9})
    assert 0 < found["evaluation"]["metrics"]["sex"]["DI"] < 1


def test_files_without_a_header_are_told_their_columns(report: Report, loans: Path, tmp_path: Path) -> None:
    rows = people(loans)
    data = write(tmp_path / "headless", rows, header=False)
    found = report(data=data, bias=bias(WOMEN), predictions=CALLED, data_told={"headers": [*rows[0]]})
    assert found["evaluation"] == report(bias=bias(WOMEN), predictions=CALLED)["evaluation"]


def test_rows_without_a_label_or_a_facet_are_left_out(report: Report, loans: Path, tmp_path: Path) -> None:
    rows = people(loans)
    gaps = [{**rows[0], "sex": ""}, {**rows[1], "granted": ""}]
    found = report(data=write(tmp_path / "gaps", [*rows, *gaps]), bias=bias(WOMEN), predictions=CALLED)
    assert (found["analysis"]["rows"], found["analysis"]["rows_left_out"]) == (240, 2)
    assert found["evaluation"] == report(bias=bias(WOMEN), predictions=CALLED)["evaluation"]


def test_constant_predictions_make_a_report_that_says_what_is_undefined(
    report: Report, loans: Path, tmp_path: Path
) -> None:
    rows = [{**row, "called": "0"} for row in people(loans)]
    limit = {"name": "DI", "group": "sex", "minimum": 0.8, "maximum": None}
    found = report(data=write(tmp_path / "never", rows), bias=bias(WOMEN), predictions=CALLED, limits=[limit])
    after = found["analysis"]["post_training_bias_metrics"]["facets"]["sex"][0]["metrics"]
    (disparate,) = (metric for metric in after if metric["name"] == "DI")
    assert (disparate["value"], disparate["error"]) == (None, "nobody of facet a is predicted positive")
    assert "DI" not in found["evaluation"]["metrics"]["sex"]
    assert found["evaluation"]["metrics"]["sex"]["DPPL"] == 0
    assert found["gate"]["status"] == "FAILED"
    assert "DI of sex is undefined, and has to be at least 0.8" in found["page"]
    assert "nobody of facet a is predicted positive" in found["page"]


@pytest.mark.parametrize(
    ("limit", "broken"),
    [
        ({"name": "DPPL", "minimum": -1, "maximum": 1}, []),
        ({"name": "CI", "minimum": None, "maximum": 0.1}, ["sex", "age"]),
        ({"name": "CI", "minimum": None, "maximum": 0.1, "group": "age"}, ["age"]),
        ({"name": "DI", "minimum": 0.99, "maximum": None, "group": "sex"}, ["sex"]),
        ({"name": "DI", "minimum": 0.01, "maximum": None}, []),
    ],
)
def test_limits_are_kept_or_not(report: Report, limit: dict[str, Any], broken: list[str]) -> None:
    found = report(bias=bias(WOMEN, OLD), predictions=CALLED, limits=[{"group": None, **limit}])
    gate = found["evaluation"]["gate"]
    assert gate == found["gate"]
    assert gate["status"] == ("FAILED" if broken else "PASSED")
    assert [each["group"] for each in gate["violations"]] == broken
    for each in gate["violations"]:
        assert each["value"] == found["evaluation"]["metrics"][each["group"]][limit["name"]]
    assert ("Every limit is kept." in found["page"]) is (not broken)
    assert found["page"].count('<tr class="broken">') == len(broken)


def test_names_of_columns_are_safe_in_paths_and_pages(report: Report, loans: Path, tmp_path: Path) -> None:
    name = "sex <b>at birth</b>"
    rows = [{name: row["sex"], **row} for row in people(loans)]
    found = report(data=write(tmp_path / "named", rows), bias=bias({**WOMEN, "name": name}), predictions=CALLED)
    assert [*found["evaluation"]["metrics"]] == ["sex__b_at_birth__b_"]
    assert name not in found["page"]
    assert "sex &lt;b&gt;at birth&lt;/b&gt;" in found["page"]


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (
            {"bias": bias({**WOMEN, "values": ["diverse"]})},
            "sex is diverse in 0 of 240 rows: there is nobody to compare with",
        ),
        (
            {"bias": bias({**WOMEN, "values": ["female", "male"]})},
            "sex is female, male in 240 of 240 rows: there is nobody to compare with",
        ),
        ({"bias": bias({**OLD, "threshold": 100})}, "age is more than 100 in 0 of 240 rows"),
        ({"bias": bias(WOMEN, outcome={"values": ["yes"], "threshold": None})}, "granted is yes in 0 of 240 rows"),
        ({"bias": bias({**WOMEN, "name": "gender"})}, "there is no column gender, but income, age, debt, city"),
        ({"bias": bias(WOMEN), "predictions": {"column": "guess", "threshold": None}}, "there is no column guess"),
        ({"bias": bias(WOMEN), "data_told": {"headers": ["a"]}}, "people.csv has the columns [0, 1, 2, 3"),
    ],
)
def test_what_cannot_be_compared_is_said(report: Report, told: dict[str, Any], says: str) -> None:
    assert report(**told)["unusable"].startswith(says)


def test_no_data_is_said(report: Report, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert report(data=tmp_path / "none", bias=bias(WOMEN))["unusable"] == "there is no CSV file among the data"
