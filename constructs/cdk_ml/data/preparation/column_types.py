"""Types of a table's columns as Spark writes them, for the types that a value in a file of text can have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cdk_ml.data.catalog.columns import Column
from cdk_ml.data.catalog.types import ColumnTypeError, Scalar, parse_type
from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

_SAME = ("boolean", "tinyint", "smallint", "int", "float", "double", "date", "timestamp", "string")
_OTHER = {"long": "bigint", "timestamptz": "timestamp", "char": "string", "varchar": "string"}


def spark_type(type_: str) -> str | None:
    """A type as Spark writes it; nothing when values of files cannot be made values of it."""
    try:
        parsed = parse_type(type_)
    except ColumnTypeError:
        return None
    match parsed:
        case Scalar("decimal", (precision, scale)):
            return f"decimal({precision},{scale})"
        case Scalar(name) if name in _SAME:
            return name
        case Scalar(name):
            return _OTHER.get(name)
    return None


def spark_types(columns: Sequence[Column]) -> dict[str, str]:
    """Types by column; a column of another type is left out, and is a problem of :func:`column_type_problems`."""
    found = {column.name: spark_type(column.type) for column in columns}
    return {name: type_ for name, type_ in found.items() if type_ is not None}


def column_type_problems(argument: str, columns: Sequence[Column]) -> Iterator[Problem]:
    """Which columns a preparation cannot fill."""
    for column in columns:
        if spark_type(column.type) is None:
            rule = f"of {column.name} is no type that a preparation makes of what is in a file"
            fix = "Use a number, a text, a boolean, a date or a time; keep what has parts as a string of JSON"
            yield Problem(f"{argument}.columns", column.type, rule, fix)
        # Names of its own begin with an underscore.
        if not is_token(column.name) and column.name.startswith("_"):
            fix = "Begin it with a letter"
            yield Problem(f"{argument}.columns", column.name, "begins as what a preparation adds to a record", fix)
