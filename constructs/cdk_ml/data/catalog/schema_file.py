"""The schema file of an Iceberg table: which field has which number, kept under version control.

Glue takes every schema that it is given. A number that once was another column's, or a type that files cannot be read
by, shows when rows are wrong. So what was deployed is written down, and the next deployment compared with it.
https://iceberg.apache.org/spec/#schema-evolution
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cdk_ml.data.catalog.columns import Column
from cdk_ml.data.catalog.fields import fresh_ids, paths
from cdk_ml.data.catalog.types import ColumnType, ListOf, MapOf, Scalar, iceberg
from cdk_ml.errors import Problem
from cdk_ml.schema_file import read_published

_WIDER = {("int", "long"), ("float", "double")}


def document(columns: Sequence[Column], partitions: Sequence[str], key: Sequence[str]) -> dict[str, Any]:
    """What the schema file of a new table holds."""
    ids = fresh_ids(columns)
    fields = {path: {"id": ids[path], "type": _word(type_)} for path, type_ in paths(columns)}
    return {"last_id": max(ids.values()), "fields": fields, "partitions": [*partitions], "key": [*key]}


def file_ids(file: str | Path) -> dict[str, int]:
    """The numbers of the fields, from a file without problems."""
    return {path: entry["id"] for path, entry in json.loads(Path(file).read_text())["fields"].items()}


def file_problems(
    columns: Sequence[Column], partitions: Sequence[str], key: Sequence[str], file: str | Path
) -> Iterator[Problem]:
    """How the table differs from what was deployed, and what no update of it could do."""
    path, wanted = Path(file), document(columns, partitions, key)
    published, problems = read_published(path, wanted, _is_schema, kind="schema of a table")
    if problems:
        yield from problems
        return
    yield from _field_problems(dict(paths(columns)), published, str(path))
    yield from _layout_problems(partitions, key, published, str(path))


def _is_schema(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and isinstance(found.get("last_id"), int)
        and isinstance(found.get("fields"), dict)
        and all(
            isinstance(entry, dict) and isinstance(entry.get("id"), int) and isinstance(entry.get("type"), str)
            for entry in found["fields"].values()
        )
    )


def _field_problems(now: Mapping[str, ColumnType], published: dict[str, Any], file: str) -> Iterator[Problem]:
    known: dict[str, Any] = published["fields"]
    numbers = [entry["id"] for entry in known.values()]
    for number in sorted({number for number in numbers if numbers.count(number) > 1}):
        rule = f"gives the number {number} to {numbers.count(number)} fields"
        yield Problem("schema_file", file, rule, "Bring back the file as it was deployed")
    if numbers and max(numbers) > published["last_id"]:
        rule = f"says last_id {published['last_id']} and has {max(numbers)}"
        yield Problem("schema_file", file, rule, f"Set last_id to {max(numbers)}")
    for path in known:
        if path not in now:
            rule = f"is in {file} and no longer here: queries that name it fail, and its values are no longer read"
            fix = "Bring it back, or take it out of fields and leave last_id: its number is not used again"
            yield Problem("columns", path, rule, fix)
        elif _word(now[path]) != known[path]["type"]:
            yield _type_problem(path, known[path]["type"], _word(now[path]), file)
    yield from _new_problems(now, published, file)


def _type_problem(path: str, was: str, now: str, file: str) -> Problem:
    if _promotes(was, now):
        rule = f"of {path} was {was}, which Iceberg reads as {now}"
        return Problem("columns.type", now, rule, f"Write {now} in {file} as well; it cannot be taken back")
    rule = f"of {path} was {was}, and files cannot be read as {now}"
    return Problem("columns.type", now, rule, "Bring it back, or add another column and fill it with a job")


def _new_problems(now: Mapping[str, ColumnType], published: dict[str, Any], file: str) -> Iterator[Problem]:
    added = [path for path in now if path not in published["fields"]]
    if added:
        last = published["last_id"]
        entries = {path: {"id": last + place, "type": _word(now[path])} for place, path in enumerate(added, 1)}
        fix = f"Add {json.dumps(entries)} to its fields, and set last_id to {last + len(added)}"
        yield Problem("schema_file", file, f"does not know {', '.join(added)}", fix)


def _layout_problems(
    partitions: Sequence[str], key: Sequence[str], published: dict[str, Any], file: str
) -> Iterator[Problem]:
    before = published.get("partitions", [])
    if [*partitions][: len(before)] != before:
        rule = f"do not begin with {before} as in {file}: Iceberg numbers them by their place"
        yield Problem("partitions", tuple(partitions), rule, "Bring those back, and add new ones after them")
    elif len(partitions) > len(before):
        rule = f"does not know the partitions {[*partitions][len(before) :]}"
        fix = "Add them to its partitions; files that are there already stay as they are"
        yield Problem("schema_file", file, rule, fix)
    if [*key] != published.get("key", []):
        rule = f"is {published.get('key', [])} in {file}: rows may lack what was not in the key"
        yield Problem("key", tuple(key), rule, "Bring it back, or make a new table and fill it with a job")


def _promotes(was: str, now: str) -> bool:
    """Whether Iceberg reads values that were written as ``was`` as ``now``."""
    if (was, now) in _WIDER:
        return True
    if was.startswith("decimal(") and now.startswith("decimal("):
        (had, scale), (has, same) = (text[8:-1].split(", ") for text in (was, now))
        return scale == same and int(has) > int(had)
    return False


def _word(type_: ColumnType) -> str:
    match type_:
        case Scalar():
            return iceberg(type_)
        case ListOf():
            return "list"
        case MapOf():
            return "map"
        case _:
            return "struct"
