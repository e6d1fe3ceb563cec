"""What Athena calls the types of columns in the definition of a view: Trino's names, and not the catalog's.

https://docs.aws.amazon.com/athena/latest/ug/data-types.html
"""

from __future__ import annotations

from cdk_ml.data.catalog.types import ColumnType, ListOf, MapOf, Scalar, StructOf

_NAMES = {
    "binary": "varbinary",
    "boolean": "boolean",
    "date": "date",
    "double": "double",
    "float": "real",
    "int": "integer",
    "long": "bigint",
    "smallint": "smallint",
    "string": "varchar",
    # Iceberg's timestamps have microseconds, those of other tables milliseconds: Trino widens the latter by itself.
    "timestamp": "timestamp(6)",
    "tinyint": "tinyint",
}
_COUNTED = ("char", "decimal", "varchar")


def trino(type_: ColumnType) -> str | None:
    """``type_`` as a view writes it; ``None`` where Glue has no name for such a column of a view."""
    match type_:
        case Scalar(name, numbers) if name in _COUNTED:
            return f"{name}({','.join(map(str, numbers))})"
        case Scalar(name, _):
            return _NAMES.get(name)
        case ListOf(element):
            return _around("array", [("", element)])
        case MapOf(key, value):
            return _around("map", [("", key), ("", value)])
        case StructOf(fields):
            return _around("row", [(f"{name} ", part) for name, part in fields])


def _around(outer: str, parts: list[tuple[str, ColumnType]]) -> str | None:
    inside = [f"{label}{of}" for label, part in parts if (of := trino(part)) is not None]
    return f"{outer}({', '.join(inside)})" if len(inside) == len(parts) else None
