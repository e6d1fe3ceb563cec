"""Rules are read as AWS's grammar has them, and what is not in it is refused with its place."""

from __future__ import annotations

import pytest

from cdk_ml.data.glue.dqdl import parse
from cdk_ml.data.glue.dqdl_tokens import UnreadableRulesError
from cdk_ml.data.glue.parsed_rules import ParsedRule


def only(rule: str) -> ParsedRule:
    """The one rule of a ruleset."""
    (found,) = parse(f"Rules = [ {rule} ]").rules
    return found


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("RowCount > 0", ()),
        ('IsComplete "order-id"', ("order-id",)),
        ("Completeness email > 0.9", ("email",)),
        ('ColumnCorrelation "a" "b" > 0.5', ("a", "b")),
        ('IsPrimaryKey "a" "b" "c"', ("a", "b", "c")),
        ('ReferentialIntegrity "zip,state" "ref.{zip,state}" > 0.9', ("zip,state", "ref.{zip,state}")),
        (r'CustomSql "select \"a\" from primary" > 0', ('select "a" from primary',)),
        (r'ColumnNamesMatchPattern "[a-z]\\d\w+"', (r"[a-z]\d\w+",)),
        ("ColumnValues $column > 0", ("$column",)),
    ],
)
def test_what_a_rule_is_about(text: str, parameters: tuple[str, ...]) -> None:
    assert only(text).parameters == parameters


@pytest.mark.parametrize(
    ("condition", "kinds"),
    [
        ("> 0.5", {"number"}),
        ("between -1 and 10.5", {"number"}),
        ("not between 1 and 2", {"number"}),
        ("!= 3", {"number"}),
        ("! = 3", {"number"}),
        ("in [1, 2]", {"number"}),
        ("> (2 + 3) * 4 - 1", {"number"}),
        ('in ["a", "b"]', {"text"}),
        ('not in ["a", NULL, EMPTY]', {"text"}),
        ('matches "[a-z]+"', {"text"}),
        ('= "Integer"', {"text"}),
        ("= $expected", {"text"}),
        ("in $expected", {"text"}),
        ('= "2026-01-01"', {"text", "date"}),
        ('> "2026-01-01"', {"date"}),
        ("> now()", {"date"}),
        ("between (now() - 3 days) and now()", {"date"}),
        ("<= 24 hours", {"duration"}),
        ("between 1 days and 2 days", {"duration"}),
        ("= null", {"number", "text", "date", "duration"}),
        # A rule about files answers a size; none about a table does.
        ("> 1 MB", set()),
        ('in [1, "a"]', set()),
    ],
)
def test_what_a_condition_can_be_about(condition: str, kinds: set[str]) -> None:
    found = only(f'ColumnValues "a" {condition}').condition
    assert found is not None
    assert found.kinds == kinds


def test_functions_of_earlier_runs_are_told() -> None:
    condition = only("RowCount > 0.8 * avg(last(10)) + std(last(5))").condition
    assert condition is not None
    assert condition.functions == ("avg", "last", "std", "last")


def test_where_labels_and_thresholds_follow_the_condition() -> None:
    rule = only('ColumnValues "a" > 0 where "b = 1" labels = ["team" = "growth"] with threshold > 0.9')
    assert rule.where == "b = 1"
    assert rule.threshold is not None
    assert rule.threshold.kinds == {"number"}


def test_rules_that_are_joined_are_read_one_by_one() -> None:
    text = 'Rules = [ (IsComplete "a") and ((RowCount > 1) or (IsUnique "b")), (Mean "c" > 1) AND (Sum "c" < 9) ]'
    assert [rule.type for rule in parse(text).rules] == ["IsComplete", "RowCount", "IsUnique", "Mean", "Sum"]


def test_comments_and_the_other_sections_are_read() -> None:
    read = parse(
        """
        # what this is for
        Metadata = { "Version": "1.0" }
        DataSources = { "Primary": "orders", "AdditionalDataSources": ["customers"] }
        countries = ["CH", "LI"]
        least = "10"
        DefaultLabels = [ "team" = "growth" ]
        Rules = [ ColumnValues "country" in $countries ]  # at the end
        Analyzers = [ Completeness "country", RowCount ]
        """
    )
    assert [rule.type for rule in read.rules] == ["ColumnValues"]
    assert read.datasets == ("Primary", "AdditionalDataSources")
    assert read.analyzers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no Rules = [ ... ], at line 1, column 1"),
        ("Rules", "ends too early, at line 1, column 6"),
        ("Rules = [ IsComplete ", "ends too early, at line 1, column 22"),
        ("Rules = IsComplete", "'IsComplete' stands where '[' has to, at line 1, column 9"),
        ("Rules = [\n  RowCount > ]", "']' is no value, at line 2, column 14"),
        ("Rules = [\n  RowCount >\n]", "']' is no value, at line 3, column 1"),
        ('Rules = [ IsComplete "a ]', "'\"' begins nothing, at line 1, column 22"),
        ("Rules = [ RowCount not > 5 ]", "'not' stands before between, in or matches, at line 1, column 24"),
        ("Rules = [ RowCount > 5 RowCount > 6 ]", "'RowCount' stands where ',' has to, at line 1, column 24"),
        ("Rules = [ 'a' ]", '"\'" begins nothing, at line 1, column 11'),
        ("Rules = [ > 5 ]", "'>' begins no rule, at line 1, column 11"),
        ("Rules = [ ColumnValues a matches b ]", "'b' is not in double quotes, at line 1, column 34"),
        ("Rules = [ (IsComplete a ]", "']' stands where ')' has to, at line 1, column 25"),
        ("Rules = [ RowCount between 1 or 2 ]", "'or' stands where 'and' has to, at line 1, column 30"),
        ("Rules = [ RowCount > five ]", "'five' is no value, at line 1, column 22"),
        ("= [ RowCount > 1 ]", "'[' stands where '=' has to, at line 1, column 3"),
    ],
)
def test_what_is_no_ruleset_says_where(text: str, message: str) -> None:
    with pytest.raises(UnreadableRulesError) as refused:
        parse(text)
    assert str(refused.value) == message
