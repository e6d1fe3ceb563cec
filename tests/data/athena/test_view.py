"""A view is an entry of the catalog that says what its query gives, and its query gives that."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import duckdb
import pytest
from aws_cdk.assertions import Template

from cdk_ml.data import Column, Database, ExternalTable, IcebergTable, View
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.conftest import ROOT, resources
from tests.toolkit import needs_toolkit

SPENT = "SELECT customer_id, count(*) AS orders, sum(amount) AS spent FROM orders GROUP BY customer_id"
Make = Callable[..., View]


@pytest.fixture
def view(stack: cdk.Stack, workspace: Workspace, database: Database, orders: IcebergTable) -> Make:
    """Makes views of orders."""

    def make(sql: str = SPENT, name: str = "spent", id: str = "View", **options: Any) -> View:
        given: dict[str, Any] = {"tables": [orders], **options}
        return View(stack, id, workspace=workspace, database=database, name=name, sql=sql, **given)

    return make


def view_body(template: Template) -> dict[str, Any]:
    every = resources(template, "AWS::Glue::Table").values()
    (found,) = [body for body in every if "VIRTUAL_VIEW" in str(body)]
    return dict(found)


def test_athena_finds_in_the_catalog_what_it_keeps_of_a_view(view: Make, template: Callable[[], Template]) -> None:
    view(description="What each customer spent")
    body = view_body(template())
    entry = body["Properties"]["TableInput"]
    assert entry["Parameters"] == {"presto_view": "true", "comment": "Presto View"}
    assert entry["ViewExpandedText"] == "/* Presto View */"
    assert entry["StorageDescriptor"]["Columns"] == [
        {"Name": "customer_id", "Type": "string"},
        {"Name": "orders", "Type": "bigint"},
        {"Name": "spent", "Type": "decimal(38,2)"},
    ]
    assert entry["StorageDescriptor"]["SerdeInfo"] == {}
    encoded = entry["ViewOriginalText"].removeprefix("/* Presto View: ").removesuffix(" */")
    assert json.loads(b64decode(encoded, validate=True)) == {
        "originalSql": SPENT,
        "catalog": "awsdatacatalog",
        "schema": "shop",
        "columns": [
            {"name": "customer_id", "type": "varchar"},
            {"name": "orders", "type": "bigint"},
            {"name": "spent", "type": "decimal(38,2)"},
        ],
    }


def test_a_view_comes_after_what_it_is_made_of(view: Make, template: Callable[[], Template]) -> None:
    first = view()
    view("SELECT customer_id FROM spent WHERE spent > 100", name="good", id="Good", tables=[first])
    found = resources(template(), "AWS::Glue::Table")
    good = next(body for id, body in found.items() if id.startswith("Good"))
    assert any(id.startswith("View") for id in good["DependsOn"])
    assert "DeletionPolicy" not in good, "it holds no data"


@pytest.mark.parametrize(
    ("sql", "options", "why"),
    [
        ("SELECT custmer_id FROM orders", {}, "sql='custmer_id' is no column of its tables. Did you mean customer_id."),
        ("SELECT count(*) FROM orders", {}, "sql='_col_0' is what Athena calls a column without a name. Write AS"),
        ("SELECT customer_id, customer_id FROM orders", {}, "'customer_id' is the name of 2 columns"),
        ("SELECT approx_percentile(pieces, 0.5) AS median FROM orders", {}, "CAST(... AS ...) AS median"),
        ("SELECT customer_id FROM orders WHERE pieces = ?", {}, "has 1 parameters. Use a prepared statement"),
        (SPENT, {"name": "Spent"}, "name='Spent' has capitals"),
        (SPENT, {"columns": [Column("customer_id", "string")]}, "Say customer_id, orders, spent"),
        (
            "SELECT current_timestamp AS now FROM orders",
            {"columns": [Column("now", "timestamptz")]},
            "columns.type='timestamptz' of now has timestamptz, which a view does not know. Use timestamp",
        ),
    ],
)
def test_a_wrong_view_is_refused(view: Make, sql: str, options: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        view(sql, **options)
    assert why in str(error.value)


FLOWERS = {"sepal": "double", "width": "double", "petal": "double", "breadth": "double", "kind": "int"}
KINDS = """
    SELECT CASE kind WHEN 0 THEN 'setosa' WHEN 1 THEN 'versicolor' ELSE 'virginica' END AS name,
           count(*) AS flowers, avg(sepal) AS sepal, max(petal) AS longest,
           CAST(approx_percentile(petal, 0.5) AS double) AS median
    FROM flowers GROUP BY kind
"""


@needs_toolkit
def test_views_give_on_real_rows_what_they_say(view: Make, external: Callable[..., ExternalTable]) -> None:
    from sqlglot import transpile

    flowers = external("flowers", FLOWERS)
    kinds = view(KINDS, name="kinds", tables=[flowers])
    long = view("SELECT name, longest FROM kinds WHERE median > 4", name="long", id="Long", tables=[kinds])
    engine = duckdb.connect()
    (file,) = ROOT.glob(".venv/toolkit/lib/python*/site-packages/sklearn/datasets/data/iris.csv")
    columns = ", ".join(f"'{name}': '{type_.replace('int', 'integer')}'" for name, type_ in FLOWERS.items())
    engine.execute(
        f"CREATE VIEW flowers AS SELECT * FROM read_csv('{file}', skip=1, header=false, columns={{{columns}}})"
    )
    for made in (kinds, long):
        (sql,) = transpile(made.sql, read="athena", write="duckdb")
        engine.execute(f"CREATE VIEW {made.table_name} AS {sql}")
        given = [(name, type_.lower()) for name, type_, *_ in engine.execute(f"DESCRIBE {made.table_name}").fetchall()]
        assert given == [(column.name, column.type.replace("string", "varchar")) for column in made.columns]
    rows = engine.execute("SELECT name, flowers, round(sepal, 3), longest FROM kinds ORDER BY name").fetchall()
    assert rows == [("setosa", 50, 5.006, 1.9), ("versicolor", 50, 5.936, 5.1), ("virginica", 50, 6.588, 6.9)]
    assert engine.execute("SELECT name FROM long ORDER BY name").fetchall() == [("versicolor",), ("virginica",)]
