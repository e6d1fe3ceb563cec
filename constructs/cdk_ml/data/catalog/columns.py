"""Columns of tables, and the names that the catalog takes.

https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cdk_ml.data.catalog.types import ColumnTypeError, hive, parse_type, scalars
from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,254}")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST_COMMENT = 255
# Columns that Iceberg itself adds to every table when it is read.
# https://iceberg.apache.org/spec/#reserved-field-ids
_ICEBERG = (
    *("_file", "_pos", "_deleted", "_spec_id", "_partition", "_row_id", "_last_updated_sequence_number"),
    *("_change_type", "_change_ordinal", "_commit_snapshot_id"),
)
# What Athena reads as its own unless it is quoted, in every query.
# https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html
_ATHENA = (
    *("alter", "and", "as", "between", "by", "case", "cast", "constraint", "create", "cross", "cube"),
    *("current_catalog", "current_date", "current_path", "current_schema", "current_time", "current_timestamp"),
    *("current_user", "deallocate", "delete", "describe", "distinct", "drop", "else", "end", "escape", "except"),
    *("execute", "exists", "extract", "false", "first", "for", "from", "full", "group", "grouping", "having", "in"),
    *("inner", "insert", "intersect", "into", "is", "join", "json_array", "json_exists", "json_object", "json_query"),
    *("json_table", "json_value", "last", "left", "like", "listagg", "localtime", "localtimestamp", "natural"),
    *("normalize", "not", "null", "of", "on", "or", "order", "outer", "prepare", "recursive", "right", "rollup"),
    *("select", "skip", "table", "then", "trim", "true", "uescape", "union", "unnest", "using", "values", "when"),
    *("where", "with"),
)
RESERVED = frozenset((*_ICEBERG, *_ATHENA))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    :param name: lower case letters, digits and underscores: Glue folds capitals, and Spark then misses the column.
    :param type: as Glue, Hive or Iceberg write it, such as ``decimal(10,2)``, ``array<string>`` or ``timestamptz``.
    :param comment: what it means, at most 255 characters.
    """

    name: str
    type: str
    comment: str = ""


def name_problems(argument: str, name: str) -> Iterator[Problem]:
    """Why the catalog, or Athena without quotes, does not take ``name``; one that only the deployment knows passes."""
    if is_token(name):
        return
    if name != name.lower():
        rule = "has capitals, which Glue folds and Spark then misses"
        yield Problem(argument, name, rule, f"Write {_HUMP.sub('_', name).lower()}")
    elif not _NAME.fullmatch(name):
        fix = "Use at most 255 lower case letters, digits and underscores, not starting with a digit"
        yield Problem(argument, name, "is not a name that Athena reads without quotes", fix)
    elif name in RESERVED:
        owner = "Iceberg adds to every table" if name in _ICEBERG else "Athena reads as its own"
        yield Problem(argument, name, f"is a name that {owner}", f"Call it {name.strip('_')}_value, or what it means")


def column_problems(columns: Sequence[Column], lacking: Mapping[str, str], kind: str) -> Iterator[Problem]:
    """What the catalog would refuse about ``columns``.

    :param lacking: types that this kind of table does not have, and what to use instead.
    :param kind: of table, as users call it.
    """
    if not columns:
        yield Problem("columns", (), "leave the table without a column", "Name at least one")
    for name, count in Counter(column.name for column in columns if not is_token(column.name)).items():
        if count > 1:
            yield Problem("columns.name", name, f"is the name of {count} columns", "Name each one differently")
    for column in columns:
        yield from name_problems("columns.name", column.name)
        yield from type_problems(column, lacking, kind)
        if not is_token(column.comment) and len(column.comment) > _LONGEST_COMMENT:
            rule = f"of {column.name} has {len(column.comment)} characters"
            fix = f"Use at most {_LONGEST_COMMENT}"
            yield Problem("columns.comment", f"{column.comment[:20]}…", rule, fix)


def type_problems(column: Column, lacking: Mapping[str, str], kind: str) -> Iterator[Problem]:
    """What is wrong with the type of ``column``."""
    if is_token(column.type):
        # The shape of a table follows from its types: whether one can be a partition, and how fields are numbered.
        fix = "Write the type itself"
        yield Problem("columns.type", column.type, f"of {column.name} is known at deployment only", fix)
        return
    try:
        parsed = parse_type(column.type)
    except ColumnTypeError as problem:
        yield Problem("columns.type", column.type, f"of {column.name} {problem.rule}", problem.fix)
        return
    for name in sorted({scalar.name for scalar in scalars(parsed)} & lacking.keys()):
        rule = f"of {column.name} has {name}, which {kind} does not know"
        yield Problem("columns.type", column.type, rule, f"Use {lacking[name]}")


def glue_columns(columns: Sequence[Column]) -> list[dict[str, str]]:
    """``columns`` as Glue keeps them."""
    return [
        {
            "name": column.name,
            "type": hive(parse_type(column.type)),
            **({"comment": column.comment} if column.comment else {}),
        }
        for column in columns
    ]
