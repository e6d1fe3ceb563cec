"""Rules are in DataBrew's language, about columns that are there, with a value for each name."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.data import DataBrewRule, RuleThreshold
from cdk_ml.data.databrew.expressions import rules_problems
from tests.data.databrew.conftest import COLUMNS

TOKEN = cdk.Token.as_string({"Ref": "Parameter"})


def rule(check: str, values: dict[str, str] | None = None, **options: Any) -> DataBrewRule:
    return DataBrewRule(name=options.pop("name", "it"), check=check, values={} if values is None else values, **options)


def problems(*rules: DataBrewRule) -> list[str]:
    return [str(problem) for problem in rules_problems(rules, COLUMNS)]


# As AWS's page of checks has them.
@pytest.mark.parametrize(
    "given",
    [
        rule("AGG(ROWS_COUNT) > :val", {":val": "10000"}),
        rule("AGG(DUPLICATE_ROWS_PERCENTAGE) < :val", {":val": "5"}),
        rule("AGG(MISSING_VALUES_PERCENTAGE) == :val", {":val": "0"}, column_names=["age"]),
        rule("AGG(MISSING_VALUES_PERCENTAGE) < :val", {":val": "10"}, column_pattern=".*"),
        rule("AGG(Z_SCORE_OUTLIERS_COUNT, :dev) < :val", {":dev": "4", ":val": "100"}, column_names=["age"]),
        rule("AGG(QUANTILE, :pct) > :val", {":pct": "0.25", ":val": "0"}, column_names=["age"]),
        rule(":col IN :list", {":col": "`plan`", ":list": '["S","M"]'}),
        rule(":col IS_BETWEEN :a and :b", {":col": "`age`", ":a": "0", ":b": "120"}, threshold=RuleThreshold(value=99)),
        rule(
            "(:a STARTS_WITH :x or :a STARTS_WITH :y) and :a ENDS_WITH :z",
            {":a": "`plan`", ":x": "s", ":y": "m", ":z": "l"},
        ),
        rule("length(:col) <= :most", {":col": "`plan`", ":most": "12"}),
        rule("> :val", {":val": "0"}, column_names=["age"]),
        rule(TOKEN),
    ],
    ids=lambda _: None,
)
def test_checks_of_databrew_are_taken(given: DataBrewRule) -> None:
    assert problems(given) == []


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (rule("`age` > :val", {":val": "0"}), "is no check. Use 4 to 1024 letters, digits, spaces"),
        (
            rule(":age > :val", {":val": "0"}),
            "':age' is in the check and stands for nothing. Give values={':age': ...}",
        ),
        (
            rule("> :val", {":val": "0", ":b": "1"}, column_names=["age"]),
            "':b' is not in the check. Use it in the check, where :val",
        ),
        (rule("(> :val", {":val": "0"}, column_names=["age"]), "leaves a bracket open"),
        (rule("> :val)", {":val": "0"}, column_names=["age"]), "closes a bracket that is not open"),
        (rule("AGG(ROWS_COUNT) > 5"), "compares with nothing: values are named, such as :most"),
        (rule("AGG(ROWS_COUNT) :val", {":val": "0"}), "compares nothing"),
        (
            rule("AGG(ROW_COUNT) > :val", {":val": "0"}),
            "'ROW_COUNT' is no statistic of DataBrew. Did you mean ROWS_COUNT",
        ),
        (rule("AGG(MAX) > :val", {":val": "0"}), "is about columns that are not named. Name them in column_names"),
        (rule("> :val", {":val": "0"}), "is about no column. Begin with one, such as :age, or give column_names"),
        (
            rule("AGG(MAX) > :val", {":val": "0"}, column_names=["aeg"]),
            "='aeg' is about a column that the dataset does not have. Did you mean age",
        ),
        (
            rule(":c > :val", {":c": "`salary`", ":val": "0"}),
            "'salary' is about a column that the dataset does not have",
        ),
        (
            rule(":c > :val", {":c": "`age`", ":val": "0"}, column_names=["age"]),
            "names a column beside column_names. Begin with the comparison: > :val",
        ),
        (rule("> :val", {":val": "0"}, column_names=["age"], column_pattern=".*"), "is given beside column_names"),
        (
            rule("AGG(ROWS_COUNT) > :val", {":val": "0"}, threshold=RuleThreshold(value=90)),
            "threshold=90 is for checks of rows, and this one is about a statistic",
        ),
        (
            rule("AGG(QUANTILE, :p) > :v", {":p": "0.9", ":v": "0"}, column_names=["age"]),
            "'0.9' is no quantile of DataBrew. Use one of 0.25",
        ),
        (
            rule(":c > :v or AGG(ROWS_COUNT) > :v", {":c": "`age`", ":v": "0"}),
            "mixes rows with statistics. Write two rules",
        ),
        (
            rule("> :v", {":v": "0"}, column_names=["age"], threshold=RuleThreshold(value=101)),
            "is no share and no number of rows",
        ),
        (rule("> :v", {":v": "0"}, column_names=["age"], name=""), "rules.name='' is not a name that DataBrew takes"),
    ],
    ids=lambda given: given[:40] if isinstance(given, str) else None,
)
def test_a_wrong_rule_is_refused(given: DataBrewRule, why: str) -> None:
    (problem,) = problems(given)
    assert why in problem


def test_rules_are_some_and_have_names_of_their_own() -> None:
    one = rule("AGG(ROWS_COUNT) > :val", {":val": "1"})
    assert problems() == ["rules=[] let everything pass. Give at least one."]
    assert problems(one, one) == ["rules=['it', 'it'] have one name twice. Name each rule differently."]
