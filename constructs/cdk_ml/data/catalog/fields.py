"""The fields of an Iceberg schema: every column, and every part of one, has a number by which files know it.

A name may change and a number may not: what is read under a number that once was another column's is silently wrong.
https://iceberg.apache.org/spec/#schemas-and-data-types
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cdk_ml.data.catalog.columns import Column
from cdk_ml.data.catalog.types import ColumnType, ListOf, MapOf, Scalar, StructOf, iceberg, parse_type


def parts(name: str, type_: ColumnType) -> list[tuple[str, ColumnType]]:
    """What ``type_`` is made of, by the path that Iceberg calls it by."""
    match type_:
        case ListOf(element):
            return [(f"{name}.element", element)]
        case MapOf(key, value):
            return [(f"{name}.key", key), (f"{name}.value", value)]
        case StructOf(fields):
            return [(f"{name}.{field}", part) for field, part in fields]
        case _:
            return []


def paths(columns: Sequence[Column]) -> Iterator[tuple[str, ColumnType]]:
    """Every field in the order in which Iceberg numbers those of a new table: a level at once, then what is in it."""
    yield from _level([(column.name, parse_type(column.type)) for column in columns])


def _level(fields: Sequence[tuple[str, ColumnType]]) -> Iterator[tuple[str, ColumnType]]:
    yield from fields
    for name, type_ in fields:
        yield from _level(parts(name, type_))


def fresh_ids(columns: Sequence[Column]) -> dict[str, int]:
    """The numbers that Iceberg gives the fields of a new table."""
    return {path: number for number, (path, _) in enumerate(paths(columns), 1)}


def schema_fields(columns: Sequence[Column], ids: Mapping[str, int], required: Sequence[str]) -> list[dict[str, Any]]:
    """The fields of Iceberg's schema.

    :param required: columns that are in every row.
    """
    return [
        {
            "id": ids[column.name],
            "name": column.name,
            "type": _written(column.name, parse_type(column.type), ids),
            "required": column.name in required,
            **({"doc": column.comment} if column.comment else {}),
        }
        for column in columns
    ]


def _written(path: str, type_: ColumnType, ids: Mapping[str, int]) -> str:
    # CloudFormation takes a text only. Glue reads one with parts as the JSON of Iceberg.
    made = tree(path, type_, ids)
    return made if isinstance(made, str) else json.dumps(made, separators=(",", ":"))


def tree(path: str, type_: ColumnType, ids: Mapping[str, int]) -> str | dict[str, Any]:
    """``type_`` in Iceberg's JSON."""
    match type_:
        case Scalar():
            return iceberg(type_)
        case ListOf(element):
            inner = f"{path}.element"
            return {
                "type": "list",
                "element-id": ids[inner],
                "element": tree(inner, element, ids),
                "element-required": False,
            }
        case MapOf(key, value):
            return {
                "type": "map",
                "key-id": ids[f"{path}.key"],
                "key": tree(f"{path}.key", key, ids),
                "value-id": ids[f"{path}.value"],
                "value": tree(f"{path}.value", value, ids),
                "value-required": False,
            }
        case StructOf(fields):
            return {
                "type": "struct",
                "fields": [
                    {
                        "id": ids[f"{path}.{name}"],
                        "name": name,
                        "required": False,
                        "type": tree(f"{path}.{name}", part, ids),
                    }
                    for name, part in fields
                ],
            }
