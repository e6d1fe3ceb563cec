"""Rules fit the table that they are about, whether they are values or a text."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_ml.data import QualityRule
from cdk_ml.data.glue.rules import ruleset_problems, ruleset_text

COLUMNS = ["order_id", "country", "amount", "changed_at", "address"]
REFERENCES = ["customers"]


def said(rules: str) -> list[str]:
    """What is wrong with rules, in the words of the error."""
    found = ruleset_problems(f"Rules = [ {rules} ]", columns=COLUMNS, references=REFERENCES)
    return [str(problem) for problem in found]


@pytest.mark.parametrize(
    "rule",
    [
        'IsPrimaryKey "order_id" "country"',
        'ColumnExists "address.city"',
        'ColumnDataType "amount" = "DOUBLE" with threshold > 0.9',
        'ColumnValues "country" in ["CH", "LI"] where "amount > 0" with threshold > 0.9',
        'ColumnValues "changed_at" > "2026-01-01"',
        'DataFreshness "changed_at" <= 24 hours',
        'CustomSql "select count(*) from primary" > 0',
        'CustomSql "select order_id from primary where amount < 0" with threshold > 0.9',
        'ReferentialIntegrity "order_id" "customers.{id}" > 0.9',
        'DatasetMatch "customers" "order_id->id" "country->country" > 0.9',
        'DatasetMatch "customers" "order_id" > 0.9',
        'AggregateMatch "sum(amount)" "sum(customers.amount)" > 0.9',
        'SchemaMatch "customers" = 1.0',
        'DetectAnomalies "RowCount"',
        "ColumnValues $column > 0",
    ],
)
def test_rules_that_fit_pass(rule: str) -> None:
    assert said(rule) == []


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ('IsComplet "country"', "rules='IsComplet' is no kind of rule. Did you mean IsComplete? The kinds are "),
        (
            'IsComplete "contry"',
            "rules='IsComplete \"contry\"' is about contry, which the table lacks. Did you mean country? Columns are "
            "order_id, country, amount, changed_at, address.",
        ),
        ("FileSize > 1 MB", "rules='FileSize' is no rule about a table. It is about files; use RowCount."),
        (
            "RowCount",
            "rules='RowCount' says not what the answer has to be, which is a number. Write a condition, such as > 0.9.",
        ),
        (
            'IsComplete "country" > 0.9',
            "rules='IsComplete \"country\"' has a condition, and is true or false itself. Leave the condition out.",
        ),
        (
            'DataFreshness "changed_at" < 3',
            "rules='DataFreshness \"changed_at\"' is not compared with a duration such as 24 hours, which "
            "DataFreshness answers. Write a condition such as <= 24 hours.",
        ),
        (
            "RowCount > avg(last(10))",
            "rules='RowCount' calls avg, last, which a table's rules cannot. Write a number; what looks at earlier "
            "runs is for jobs.",
        ),
        (
            'IsUnique "country" and IsUnique "amount"',
            'rules=\'IsUnique "country" "IsUnique" "amount"\' is followed by IsUnique, as if that were a column. Put '
            "rules that belong together in parentheses: (IsUnique ...) and (IsUnique ...).",
        ),
        (
            'Mean "amount" "country" > 1',
            'rules=\'Mean "amount" "country"\' is given 2 parameters, and Mean takes a column. Give no more and '
            "no less; rules that belong together stand in parentheses.",
        ),
        (
            'IsUnique "country" with threshold > 0.9',
            "rules='IsUnique \"country\"' cannot be broken by some rows. Leave the threshold out; ColumnDataType, "
            "ColumnValues, CustomSql can.",
        ),
        (
            'ColumnValues "country" = "CH" with threshold = "x"',
            "rules='ColumnValues \"country\"' has a threshold that is no number. Write a share of the rows, such as "
            "with threshold > 0.9.",
        ),
        ('SchemaMatch "custom" > 0.9', "speaks of 'custom', which is no table it knows. Use one of customers."),
        ('ColumnExists "country" where "amount > 0"', "rules='ColumnExists \"country\"' cannot choose rows."),
        ('RowCount > 0 where ""', "rules='RowCount' cannot choose rows."),
        ('CustomSql "select 1" = 1', "does not look at the table. Select from primary, which is the table."),
        ('AggregateMatch "amount" "sum(customers.amount)" > 1', "has 'amount', which names no column."),
        ('DatasetMatch "customers" "id->id" > 0.9', "is about id, which the table lacks."),
    ],
)
def test_a_rule_that_does_not_fit_says_what_would(rule: str, sentence: str) -> None:
    (found,) = said(rule)
    assert sentence in found


def test_every_rule_is_looked_at() -> None:
    assert len(said('IsComplete "a", RowCount, IsUnique "b"')) == 3


def test_what_cannot_be_read_says_where() -> None:
    (found,) = said("RowCount > ")
    assert "cannot be read: ']' is no value, at line 1, column 23." in found


def test_nothing_and_analyzers_are_no_rules_about_a_table() -> None:
    assert ["asks nothing" in sentence for sentence in said("")] == [True]
    text = "Rules = [ RowCount > 0 ] Analyzers = [ RowCount ]"
    (found,) = ruleset_problems(text, columns=COLUMNS, references=())
    assert "has analyzers, which only jobs have" in str(found)


def test_too_many_rules_for_one_ruleset_are_refused() -> None:
    text = ruleset_text([QualityRule("IsComplete", "country")] * 3_000)
    (found,) = ruleset_problems(text, columns=COLUMNS, references=())
    assert str(found).endswith("has 78011 characters, and Glue takes 65536. Make two rulesets.")


def test_a_text_that_only_the_deployment_knows_passes() -> None:
    assert [*ruleset_problems(cdk.Token.as_string({"Ref": "Rules"}), columns=[], references=[])] == []


def test_values_are_written_in_aws_language() -> None:
    rules = [
        QualityRule("IsPrimaryKey", ["order_id", "country"]),
        QualityRule("ColumnValues", "country", condition='in ["CH"]', where="amount > 0", threshold="> 0.9"),
        QualityRule("CustomSql", 'select "a" from primary', condition="> 0"),
        QualityRule("RowCount", condition="> 0"),
    ]
    assert ruleset_text(rules) == (
        "Rules = [\n"
        '    IsPrimaryKey "order_id" "country",\n'
        '    ColumnValues "country" in ["CH"] where "amount > 0" with threshold > 0.9,\n'
        '    CustomSql "select \\"a\\" from primary" > 0,\n'
        "    RowCount > 0\n"
        "]\n"
    )
    assert [*ruleset_problems(ruleset_text(rules), columns=COLUMNS, references=())] == []
