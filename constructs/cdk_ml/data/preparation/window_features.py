"""Features of a preparation: aggregates over the days before the latest event, a row for each entity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.data.preparation.column_types import column_type_problems, spark_types
from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

Function = Literal["count", "sum", "mean", "min", "max"]

_NUMERIC = ("sum", "mean")
_NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")
_MOST_DAYS = 3_660


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One feature.

    :param name: column of the feature table.
    :param function: what is made of the values.
    :param column: of the curated table.
    :param days: days before the latest event of the curated table that count.
    """

    name: str
    function: Function
    column: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFeatures:
    """A row of features for each entity, brought up to date after each run that changed something.

    An entity that was not seen in the longest window keeps its row; ``as_of`` says of when it is.

    :param table: an Iceberg table with the columns of the entity, of ``as_of`` and of the aggregates.
    :param entity: columns of both tables that say what a row is about.
    :param aggregates: the features.
    :param as_of: column of the time that a row is about: that of the latest event of the curated table.
    """

    table: CatalogTable
    entity: Sequence[str]
    aggregates: Sequence[Aggregate]
    as_of: str = "as_of"


def feature_settings(features: WindowFeatures) -> dict[str, Any]:
    """Features as Spark's part reads them."""
    made = [
        {"name": each.name, "function": each.function, "column": each.column, "days": each.days}
        for each in features.aggregates
    ]
    return {"entity": [*features.entity], "as_of": features.as_of, "aggregates": made}


def feature_problems(features: WindowFeatures, types: Mapping[str, str], table: CatalogTable) -> Iterator[Problem]:
    """Why features cannot be computed.

    :param types: of the curated table's columns, as Spark writes them.
    :param table: the curated table.
    """
    yield from column_type_problems("features.table", features.table.columns)
    there = spark_types(features.table.columns)
    if (features.table.database.database_name, features.table.table_name) == (
        table.database.database_name,
        table.table_name,
    ):
        fix = "Make a table for them"
        yield Problem("features.table", table.table_name, "is the table that features come of", fix)
    if not features.entity:
        yield Problem("features.entity", (), "leaves rows without a subject", "Name a column such as customer_id")
    if not features.aggregates:
        yield Problem("features.aggregates", (), "is no feature", "Name one, or leave features out")
    for name in features.entity:
        if name not in types:
            rule = "is no column of the curated table"
            yield Problem("features.entity", name, rule, f"It has {', '.join(types)}")
    named = [*features.entity, features.as_of, *(each.name for each in features.aggregates)]
    for name, count in Counter(named).items():
        if count > 1:
            yield Problem("features.aggregates", name, f"is the name of {count} columns", "Name each one differently")
        if name not in there:
            rule = "is no column of the feature table"
            yield Problem("features.table", name, rule, f"It has {', '.join(there)}; add {name}")
    if there.get(features.as_of, "timestamp") != "timestamp":
        rule = f"is {there[features.as_of]}, and no time"
        yield Problem("features.as_of", features.as_of, rule, "Use a column of type timestamp")
    for index, each in enumerate(features.aggregates):
        yield from _aggregate_problems(f"features.aggregates[{index}]", each, types)


def _aggregate_problems(argument: str, wanted: Aggregate, types: Mapping[str, str]) -> Iterator[Problem]:
    type_ = types.get(wanted.column)
    if type_ is None:
        rule = "is no column of the curated table"
        yield Problem(f"{argument}.column", wanted.column, rule, f"It has {', '.join(types)}")
    elif wanted.function in _NUMERIC and type_.partition("(")[0] not in _NUMBERS:
        rule = f"is {type_}, of which there is no {wanted.function}"
        yield Problem(f"{argument}.column", wanted.column, rule, "Use count, min or max, or a column of numbers")
    if is_token(wanted.days) or not 1 <= wanted.days <= _MOST_DAYS:
        fix = f"Use 1 to {_MOST_DAYS}, which is ten years"
        yield Problem(f"{argument}.days", wanted.days, "is no number of days that is known at synth", fix)
