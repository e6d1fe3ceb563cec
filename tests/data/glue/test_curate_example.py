"""The scripts that the guide shows do what they say: their SQL is read as Spark's, and run on an engine."""

from __future__ import annotations

import runpy
from datetime import UTC, datetime

import duckdb
import pytest
import sqlglot
from sqlglot import expressions

from tests.conftest import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "curate"
QUERIES = runpy.run_path(str(EXAMPLE / "queries.py"))


def at(hour: int) -> datetime:
    """A time of one day."""
    return datetime(2026, 11, 24, hour, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture
def engine() -> duckdb.DuckDBPyConnection:
    """An engine with what arrived: an order twice, and again as it was."""
    made = duckdb.connect()
    made.execute("CREATE TABLE arrived (order_id BIGINT, state VARCHAR, changed_at TIMESTAMP)")
    rows = [(1, "new", at(8)), (1, "paid", at(9)), (2, "new", at(8)), (2, "new", at(8))]
    made.executemany("INSERT INTO arrived VALUES (?, ?, ?)", rows)
    made.execute("CREATE TABLE seen (page VARCHAR, clicked_at TIMESTAMP)")
    made.executemany("INSERT INTO seen VALUES (?, ?)", [("/a", at(8)), ("wp-login.php", at(8)), ("/b", None)])
    return made


@pytest.mark.parametrize("name", ["LATEST", "MERGE", "CLICKS"])
def test_a_query_is_sparks_sql(name: str) -> None:
    assert sqlglot.parse_one(QUERIES[name].format(table="glue_catalog.sales.orders"), dialect="spark")


def test_the_latest_version_of_each_order_is_kept(engine: duckdb.DuckDBPyConnection) -> None:
    query = sqlglot.transpile(QUERIES["LATEST"], read="spark", write="duckdb")[0]
    assert sorted(engine.execute(query).fetchall()) == [(1, "paid", at(9)), (2, "new", at(8))]


def test_only_pages_with_a_time_are_clicks(engine: duckdb.DuckDBPyConnection) -> None:
    assert engine.execute(QUERIES["CLICKS"]).fetchall() == [("/a", at(8))]


def test_an_order_that_is_known_changes_only_for_a_later_one() -> None:
    merge = sqlglot.parse_one(QUERIES["MERGE"].format(table="sales.orders"), dialect="spark")
    assert isinstance(merge, expressions.Merge)
    matched, missing = merge.args["whens"].expressions
    assert matched.args["condition"].sql() == "latest.changed_at > known.changed_at"
    assert missing.args["matched"] is False


def test_the_python_script_means_the_rates_of_one_currency() -> None:
    mean_rate = runpy.run_path(str(EXAMPLE / "rates.py"))["mean_rate"]
    assert mean_rate(["currency,rate", "CHF,1.0", "EUR,9.0", "CHF,2.0"], "CHF") == 1.5
