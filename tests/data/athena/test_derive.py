"""The types of a query's columns follow from its tables, or are not known: never guessed."""

from __future__ import annotations

import duckdb
import pytest

from cdk_ml.data.athena.sql import query_problems
from tests.data.athena.conftest import KNOWN, ORDERS


def columns(sql: str) -> dict[str, str | None]:
    problems, output = query_problems("sql", sql, KNOWN, database="shop", reads=True)
    assert not problems, [str(problem) for problem in problems]
    return dict(output.columns)


KNOWN_TYPES = {
    "count(*)": "bigint",
    "count(DISTINCT customer_id) FILTER (WHERE pieces > 1)": "bigint",
    "sum(amount)": "decimal(38,2)",
    "sum(pieces)": "bigint",
    "max(event_time)": "timestamp",
    "min(amount)": "decimal(10,2)",
    "CAST(sum(amount) AS double)": "double",
    "CAST(NULL AS date)": "date",
    "'eu'": "string",
    "true": "boolean",
}
IN_A_ROW = {
    "order_id": "string",
    "items": "array<string>",
    "address": "struct<city:string,zip:int>",
    "weight": "float",
    "event_time": "timestamp",
    "pieces > 1 AND customer_id LIKE 'a%'": "boolean",
    "lower(customer_id) || '-' || order_id": "string",
    "cardinality(items)": "bigint",
    "date_trunc('day', event_time)": "timestamp",
    "date_diff('day', event_time, event_time)": "bigint",
    "coalesce(customer_id, 'nobody')": "string",
    "CASE WHEN pieces > 1 THEN 'many' ELSE 'one' END": "string",
    "if(pieces > 1, pieces, pieces)": "int",
    "row_number() OVER (PARTITION BY customer_id ORDER BY event_time DESC)": "bigint",
    "lag(amount) OVER (ORDER BY event_time)": "decimal(10,2)",
    "current_date": "date",
}
UNKNOWN = ["approx_percentile(pieces, 0.5)", "avg(amount) * 2", "1.5", "coalesce(pieces, 1.5)"]


@pytest.mark.parametrize("expression", [*KNOWN_TYPES, *IN_A_ROW])
def test_a_type_that_follows_is_derived(expression: str) -> None:
    assert columns(f"SELECT {expression} AS it FROM orders") == {"it": {**KNOWN_TYPES, **IN_A_ROW}[expression]}


@pytest.mark.parametrize("expression", [*UNKNOWN, "concat(items, items)"])
def test_a_type_that_does_not_follow_is_not_guessed(expression: str) -> None:
    assert columns(f"SELECT {expression} AS it FROM orders") == {"it": None}


def test_types_come_through_parts_of_a_query_and_unions() -> None:
    sql = """
        WITH spent AS (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id),
             items AS (SELECT customer_id, item FROM orders CROSS JOIN UNNEST(items) AS t(item))
        SELECT spent.*, items.item FROM spent JOIN items ON items.customer_id = spent.customer_id
        UNION ALL
        SELECT customer_id, CAST(0 AS decimal(38,2)), 'none' FROM orders
    """
    assert columns(sql) == {"customer_id": "string", "total": "decimal(38,2)", "item": "string"}
    assert columns("SELECT pieces AS it FROM orders UNION SELECT weight FROM orders") == {"it": None}


DUCK = {
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "decimal(10,2)": "DECIMAL(10,2)",
    "decimal(38,2)": "DECIMAL(38,2)",
    "double": "DOUBLE",
    "float": "FLOAT",
    "int": "INTEGER",
    "string": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "array<string>": "VARCHAR[]",
    "struct<city:string,zip:int>": "STRUCT(city VARCHAR, zip INTEGER)",
}


@pytest.mark.parametrize("expression", [*KNOWN_TYPES, *IN_A_ROW])
def test_an_engine_gives_the_derived_type(expression: str) -> None:
    from sqlglot import transpile

    engine = duckdb.connect()
    engine.execute(f"CREATE TABLE orders ({', '.join(f'{name} {DUCK[type_]}' for name, type_ in ORDERS.items())})")
    (sql,) = transpile(f"SELECT {expression} AS it FROM orders", read="athena", write="duckdb")
    ((_, found, *_),) = engine.execute(f"DESCRIBE {sql}").fetchall()
    expected = DUCK[{**KNOWN_TYPES, **IN_A_ROW}[expression]]
    # Sums of whole numbers are wider there than in Athena.
    assert found == expected or (found, expected) == ("HUGEINT", "BIGINT")
