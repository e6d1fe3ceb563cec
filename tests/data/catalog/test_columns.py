"""Columns have names that every engine reads without quotes, and types that their table has."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_ml.data.catalog.columns import Column, column_problems, glue_columns
from cdk_ml.data.catalog.types import NOT_HIVE, NOT_ICEBERG

TOKEN = cdk.Token.as_string({"Ref": "Name"})


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ((), "columns=() leave the table without a column. Name at least one."),
        (
            (Column("id", "int"), Column("id", "string")),
            "columns.name='id' is the name of 2 columns. Name each one differently.",
        ),
        (
            (Column("customerId", "int"),),
            "columns.name='customerId' has capitals, which Glue folds and Spark then misses. Write customer_id.",
        ),
        (
            (Column("2nd", "int"),),
            "columns.name='2nd' is not a name that Athena reads without quotes. Use at most 255 ",
        ),
        ((Column("x" * 256, "int"),), "is not a name that Athena reads without quotes. Use at most 255 "),
        ((Column("order", "int"),), "columns.name='order' is a name that Athena reads as its own. Call it order_value"),
        ((Column("_pos", "int"),), "columns.name='_pos' is a name that Iceberg adds to every table. Call it pos_value"),
        (
            (Column("id", "strin"),),
            "columns.type='strin' of id says 'strin', which is not a type. Did you mean string.",
        ),
        ((Column("id", "array<tinyint>"),), "of id has tinyint, which Iceberg does not know. Use int."),
        ((Column("id", TOKEN),), "of id is known at deployment only. Write the type itself."),
        ((Column("id", "int", "x" * 256),), "of id has 256 characters. Use at most 255."),
    ],
)
def test_what_the_catalog_would_refuse_is_refused_with_the_fix(columns: tuple[Column, ...], message: str) -> None:
    (problem,) = column_problems(columns, NOT_ICEBERG, "Iceberg")
    assert message in str(problem)


def test_names_and_comments_of_the_deployment_pass() -> None:
    assert [*column_problems([Column(TOKEN, "int", TOKEN)], NOT_ICEBERG, "Iceberg")] == []


def test_a_type_is_refused_by_the_kind_of_table_that_lacks_it() -> None:
    column = Column("seen_at", "timestamptz")
    assert [*column_problems([column], NOT_ICEBERG, "Iceberg")] == []
    (problem,) = column_problems([column], NOT_HIVE, "Hive's format")
    assert str(problem).endswith("of seen_at has timestamptz, which Hive's format does not know. Use timestamp.")


def test_glue_keeps_hives_names() -> None:
    assert glue_columns([Column("id", "long", "Of the shop"), Column("tags", "list<string>")]) == [
        {"name": "id", "type": "bigint", "comment": "Of the shop"},
        {"name": "tags", "type": "array<string>"},
    ]
