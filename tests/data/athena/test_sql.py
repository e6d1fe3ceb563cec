"""What is no query, or is about tables and columns that are not there, is refused with what would be."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_ml.data import Column
from cdk_ml.data.athena import sql as module
from cdk_ml.data.athena.sql import Output, query_problems, view_columns
from tests.data.athena.conftest import KNOWN

TOKEN = cdk.Token.as_string({"Ref": "Parameter"})


def problems(sql: str, *, reads: bool = True) -> list[str]:
    found, _ = query_problems("sql", sql, KNOWN, database="shop", reads=reads)
    return [str(problem) for problem in found]


@pytest.fixture
def without_sqlglot(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where it is not installed."""
    monkeypatch.setattr(module, "find_spec", lambda _: None)


STRUCTURE = [
    ("SELECT 'a", "a ' is not closed"),
    ('SELECT "a FROM orders', 'a " is not closed'),
    ("SELECT (1", ") is missing"),
    ("SELECT 1)", ") closes nothing"),
    ("SELECT customer_id FROM orders; DROP TABLE orders", "a semicolon ends it. Write one SELECT"),
    ("-- nothing", "it says nothing"),
    ("DROP TABLE orders", "it begins with DROP"),
]


@pytest.mark.parametrize(("sql", "why"), STRUCTURE)
def test_what_is_no_query_is_refused(sql: str, why: str) -> None:
    (problem,) = problems(sql)
    assert why in problem


@pytest.mark.usefixtures("without_sqlglot")
@pytest.mark.parametrize(("sql", "why"), STRUCTURE)
def test_it_is_without_a_parser_as_well(sql: str, why: str) -> None:
    (problem,) = problems(sql)
    assert why in problem


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT customer_id FROM orders WHERE", "is no statement of Athena: Required keyword"),
        ("SELECT custmer_id FROM orders", "sql='custmer_id' is no column of its tables. Did you mean customer_id."),
        ("SELECT o.nothing_like_it FROM orders o", "Use one of address, amount, customer_id"),
        ("SELECT x FROM oders", "sql='shop.oders' is no table that it is given. Did you mean shop.orders."),
        ("SELECT 1 FROM bank.accounts", "sql='bank.accounts' is no table that it is given. Give it in tables."),
        ("SELECT 1 FROM other.shop.orders", "is a table of another catalog. Name a table of the account's catalog"),
        ("WITH a AS (SELECT nope FROM orders) SELECT * FROM a", "sql='nope' is no column of its tables"),
        (f"SELECT '{'x' * 262_144}'", "262153 bytes' is not a length that Athena takes. Use 1 to 262144 bytes."),
    ],
)
def test_what_is_not_there_is_refused(sql: str, why: str) -> None:
    (problem,) = problems(sql)
    assert why in problem


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT CUSTOMER_ID FROM Shop.Orders -- 'as people write it",
        'SELECT "customer_id" FROM awsdatacatalog.shop."orders" WHERE address.city = \';)\'',
        "WITH mine AS (SELECT * FROM orders) SELECT count(*) FROM mine",
        TOKEN,
    ],
)
def test_what_is_there_is_taken(sql: str) -> None:
    assert problems(sql) == []


@pytest.mark.parametrize(
    "sql",
    [
        "UNLOAD (SELECT * FROM orders) TO 's3://lake/out/' WITH (format = 'PARQUET')",
        "OPTIMIZE orders REWRITE DATA USING BIN_PACK",
        "INSERT INTO orders SELECT * FROM orders",
        "MSCK REPAIR TABLE orders",
    ],
)
def test_what_changes_something_can_be_saved_but_is_no_view(sql: str) -> None:
    assert problems(sql, reads=False) == []
    assert "it begins with" in problems(sql)[0]


def test_question_marks_are_counted_where_they_stand_for_values() -> None:
    _, output = query_problems(
        "sql", "SELECT '?' AS q FROM orders WHERE pieces > ? AND customer_id = ?", KNOWN, database="shop", reads=True
    )
    assert output.parameters == 2


@pytest.mark.usefixtures("without_sqlglot")
def test_without_a_parser_columns_have_to_be_said() -> None:
    found, output = query_problems("sql", "SELECT nope FROM nothing WHERE a = ?", KNOWN, database="shop", reads=True)
    assert (found, output) == ([], Output(parameters=1))
    (problem,), _ = view_columns("sql", output, None)
    assert "pip install 'cdk-ml[data]'" in str(problem)
    assert view_columns("sql", output, [Column("nope", "int")]) == ([], (Column("nope", "int"),))


def test_columns_that_are_said_are_those_of_the_query() -> None:
    output = Output((("customer_id", "string"), ("half", None)), parsed=True)
    said = [Column("customer_id", "string"), Column("half", "double")]
    assert view_columns("sql", output, said) == ([], tuple(said))
    (problem,), _ = view_columns("sql", output, None)
    assert str(problem) == (
        "sql='half' is a column whose type does not follow from the tables. Write CAST(... AS ...) AS half, or say "
        "columns=[Column('half', ...), ...]."
    )
    (problem,), _ = view_columns("sql", output, said[:1])
    assert "are not the columns that the query gives. Say customer_id, half." in str(problem)
    (problem,), _ = view_columns("sql", output, [Column("customer_id", "int"), said[1]])
    assert str(problem) == "columns.type='int' of customer_id is string in the query. Say string, or cast it."
