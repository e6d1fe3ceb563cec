"""Steps are read from what DataBrew downloads, and checked against the columns that there are."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from cdk_ml.data.databrew import steps as module
from cdk_ml.data.databrew.steps import column_problems, read_steps
from tests.data.databrew.conftest import CLEAN, COLUMNS


def step(operation: Any, **parameters: Any) -> dict[str, Any]:
    return {"Action": {"Operation": operation, "Parameters": parameters}}


def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    problems, read = read_steps(CLEAN)
    assert (problems, len(read)) == ([], 4)
    file = tmp_path / "clean.yaml"
    file.write_text(yaml.safe_dump(read))
    assert read_steps(file) == ([], read)
    assert read_steps(read) == ([], read)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ([], "steps=[] do nothing. Write at least one"),
        ([step("upper case")], "steps[0].Action.Operation='upper case' is no operation of DataBrew. Use capitals"),
        ([{"Operation": "SORT"}], "is no step. Write"),
        ([{**step("SORT"), "If": 1}], "steps[0]=['If'] is no step"),
        ([step("SORT", limit=5)], "steps[0].Action.Parameters.limit=5 is no text, and DataBrew takes nothing else"),
        ([{"Action": {"Operation": "SORT", "Parameters": {"a b": "c"}}}], "'a b' is no name of a parameter"),
        ([{"Action": {"Operation": "SORT", "Parameters": ["age"]}}], "are no names with texts"),
        ([{**step("SORT"), "ConditionExpressions": [{"Condition": "IS_MISSING"}]}], "is no condition. Write"),
        (
            [{**step("SORT"), "ConditionExpressions": [{"Condition": "missing", "TargetColumn": "age"}]}],
            "'missing' is no condition of DataBrew. Use capitals",
        ),
    ],
)
def test_what_is_no_step_is_refused(given: list[Any], why: str) -> None:
    (problem,), _ = read_steps(given)
    assert why in str(problem)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.json", "[{", "steps='a.json' cannot be read: Expecting property name"),
        ("a.json", '{"Action": {}}', "steps='a.json' is no list of steps. Download the recipe again"),
        ("a.yml", "a: [b", "steps='a.yml' cannot be read: while parsing"),
    ],
)
def test_what_is_no_recipe_is_refused(tmp_path: Path, name: str, text: str, why: str) -> None:
    (tmp_path / name).write_text(text)
    (problem,), read = read_steps(tmp_path / name)
    assert why in str(problem)
    assert read == []


def test_a_file_that_is_not_there_and_yaml_without_its_parser_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (problem,), _ = read_steps(tmp_path / "none.json")
    assert "is no file. Name the file that DataBrew downloaded" in str(problem)
    (tmp_path / "a.yaml").write_text("[]")
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "yaml" else find_spec(name))
    (problem,), _ = read_steps(tmp_path / "a.yaml")
    assert "is YAML, which needs PyYAML. pip install pyyaml, or use JSON" in str(problem)


@pytest.mark.parametrize(
    "given",
    [
        [step("RENAME", sourceColumn="plan", targetColumn="tariff"), step("UPPER_CASE", sourceColumn="tariff")],
        [step("DELETE", sourceColumns=json.dumps(["age"])), step("SORT", sourceColumn="plan")],
        [step("MULTIPLY", sourceColumn1="age", sourceColumn2="age", targetColumn="b"), step("SORT", sourceColumn="b")],
        # Nobody knows here which columns come of a pivot.
        [step("PIVOT", sourceColumn="plan"), step("SORT", sourceColumn="whatever")],
    ],
)
def test_steps_follow_the_columns_that_others_make(given: list[Any]) -> None:
    assert list(column_problems(given, COLUMNS)) == []
    assert list(column_problems([step("SORT", sourceColumn="nope")], ())) == [], "nothing is known"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (
            [step("SORT", sourceColumn="aeg")],
            "recipe='aeg' is no column when steps[0] (SORT) runs. Use one of customer_id",
        ),
        ([step("DELETE", sourceColumn="age"), step("SORT", sourceColumn="age")], "when steps[1] (SORT) runs"),
        (
            [step("RENAME", sourceColumn="plan", targetColumn="t"), step("SORT", sourceColumn="plan")],
            "customer_id, age, t.",
        ),
        ([step("DELETE", sourceColumns=json.dumps(["age", "x"]))], "recipe='x' is no column"),
    ],
)
def test_a_step_about_a_column_that_is_not_there_is_refused(given: list[Any], why: str) -> None:
    (problem,) = column_problems(given, COLUMNS)
    assert why in str(problem)
