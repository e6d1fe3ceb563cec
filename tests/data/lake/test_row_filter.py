"""A row filter is in Lake Formation's language, and about columns that the table has."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_ml.data.catalog.types import parse_type
from cdk_ml.data.lake import row_filter
from cdk_ml.data.lake.row_filter import row_filter_problems

TYPES = {
    name: parse_type(type_)
    for name, type_ in {
        "country": "string",
        "age": "int",
        "spent": "decimal(10,2)",
        "active": "boolean",
        "seen_at": "timestamptz",
        "address": "struct<city:string,zip:int>",
        "tags": "array<string>",
        "year": "int",
        "end": "string",
    }.items()
}


def problems(condition: str) -> list[str]:
    return [str(p) for p in row_filter_problems("rows", condition, types=TYPES, partitions=("year",))]


GOOD = [
    "country = 'CH'",
    "country IN ('CH', 'AT') AND age >= 18",
    "(year > 2010 and country != 'US') or (age between 18 and 65)",
    "NOT country LIKE 'C%' AND spent < -1.5",
    "age IS NOT NULL AND active = TRUE",
    "address.zip <> 8001",
    "\"end\" = 'x''y (;'",
]


@pytest.mark.parametrize("condition", GOOD)
def test_what_the_language_has_passes(condition: str) -> None:
    assert problems(condition) == []


@pytest.mark.parametrize(
    ("condition", "wrong", "fix"),
    [
        ("country = ", "is not a condition: Required keyword", "Compare a column"),
        ("country = 'CH", "is not a condition", "Compare a column"),
        ("", "is not a condition", "Compare a column"),
        ("land = 'CH'", "'land' is not a column of the table", "Use one of country, age"),
        ("LOWER(country) = 'ch'", "stands where a column has to be", "Compare a column"),
        ("country = end", "is a column, and country can be compared with constants only", "Compare a column"),
        ("'CH' = country", "stands where a column has to be", "Compare a column"),
        ("country ILIKE 'c%'", "is not in Lake Formation's language", "Compare a column"),
        ("country = (SELECT 'CH')", "is not a constant", "Compare a column"),
        ("age IN (SELECT age FROM t)", "is not in Lake Formation's language", "Compare a column"),
        ("TRUE", "is not in Lake Formation's language", "Compare a column"),
        ("age = '18'", "is compared with age, which is int", "Write a number"),
        ("country = 1", "is compared with country, which is string", "Write a text in single quotes"),
        ("active = 1", "is compared with active, which is boolean", "Write TRUE or FALSE"),
        ("country = NULL", "are never equal nor unequal", "Write country IS NULL"),
        ("age LIKE '1%'", "is int, and LIKE is for texts", "Compare a column"),
        ("year IS NULL", "is a partition, which Lake Formation does not compare with NULL", "with a value"),
        ("seen_at > '2026-01-01'", "is timestamptz, which row filters do not know", "Filter by a column"),
        ("address = 'x'", "is struct, which row filters do not know", "by such a field"),
        ("tags = 'x'", "is list, which row filters do not know", "Filter by a column"),
        ("address.street = 'x'", "address has no field street", "Use one of city, zip"),
        ("country.code = 'x'", "country has no field code", "Compare the column itself"),
        ("age == 18", "has ==", "Compare a column"),
        ("age = 18; DROP TABLE t", "has ;", "Compare a column"),
        ("age = 18 -- adults", "has --", "Compare a column"),
        ("age = 18 OR " * 200 + "age = 1", "are too many", "at most 2047"),
        (cdk.Token.as_string({"Ref": "Rows"}), "is known at deployment only", "Write the condition itself"),
    ],
)
def test_what_lake_formation_refuses_says_what_is_there(condition: str, wrong: str, fix: str) -> None:
    (problem,) = problems(condition)
    assert wrong in problem
    assert fix in problem


@pytest.fixture
def without_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where ``sqlglot`` is not installed."""
    monkeypatch.setattr(row_filter, "find_spec", lambda _: None)


@pytest.mark.usefixtures("without_the_parser")
@pytest.mark.parametrize("condition", GOOD)
def test_without_the_parser_the_same_passes(condition: str) -> None:
    assert problems(condition) == []


@pytest.mark.usefixtures("without_the_parser")
@pytest.mark.parametrize(
    ("condition", "wrong"),
    [
        ("land = 'CH'", "is not a column of the table"),
        ("LOWER(country) = 'ch'", "is not a column of the table"),
        ("country = 'CH", "is not a condition from"),
        ("(country = 'CH'", "a bracket that is not closed"),
        ("country = 'CH')", "closes nothing"),
        ("age == 18", "has =="),
        ("age = 18; x", "has ;"),
        ("age ~ 18", "is not a condition from '~ 18' on"),
        ("TRUE", "is not about a column"),
    ],
)
def test_without_the_parser_quotes_brackets_and_words_are_looked_at(condition: str, wrong: str) -> None:
    (problem,) = problems(condition)
    assert wrong in problem
