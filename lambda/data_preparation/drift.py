"""What a file says it holds, beside what the table has: columns that are new, that it lacks, and of another type."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from places import File, Places
from pyspark.sql import SparkSession
from settings import Settings

_AT_ONCE = 8
_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_WIDER = {
    "double": ("float", *_INTEGERS[:3]),
    "float": _INTEGERS[:2],
    "timestamp": ("date", "timestamp_ntz"),
}


class UnreadableError(Exception):
    """A file that nothing can be read of, and why."""


@dataclass(frozen=True)
class Batch:
    """Files that say the same about themselves, so that they are read as one.

    :ivar columns: what they hold, with the type where a file knows it; nothing where each record says it.
    :ivar reasons: what is wrong with every record of them.
    """

    files: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]

    @property
    def names(self) -> Sequence[str]:
        return [name for name, _ in self.columns]


def batches(
    spark: SparkSession, places: Places, files: Iterable[File], settings: Settings
) -> tuple[Sequence[Batch], Mapping[str, str]]:
    """Files by what they hold, and those that cannot be read, with the reason."""

    def look(file: File) -> tuple[tuple[str, str], ...] | str | None:
        try:
            return _holds(spark, places, file, settings)
        except UnreadableError as error:
            return str(error)

    asked = [*files]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        found = [*zip(asked, threads.map(look, asked))]  # noqa: B905 (EMR 7 runs Python 3.9)
    unreadable = {file.path: said for file, said in found if isinstance(said, str)}
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for file, said in found:
        if isinstance(said, tuple):
            alike.setdefault(said, []).append(file.path)
    made = [Batch(tuple(paths), held, tuple(_reasons(held, settings))) for held, paths in sorted(alike.items())]
    return made, unreadable


def _holds(spark: SparkSession, places: Places, file: File, settings: Settings) -> tuple[tuple[str, str], ...] | None:
    """The columns of a file; nothing when it is empty."""
    if settings.format == "csv":
        return _header(places, file)
    if settings.format == "json":
        # Each record says what it holds.
        return () if file.size else None
    try:
        fields = spark.read.parquet(file.path).schema.fields
    except Exception as error:
        raise UnreadableError(first_line(error)) from error
    return tuple((field.name, field.dataType.simpleString()) for field in fields)


def _header(places: Places, file: File) -> tuple[tuple[str, str], ...] | None:
    try:
        line = places.first_line(file.path)
    except Exception as error:
        raise UnreadableError(first_line(error)) from error
    if line is None or not line.strip():
        return None
    names = next(csv.reader([line]))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UnreadableError(f"the header names {', '.join(twice)} more than once")
    return tuple((name, "") for name in names)


def first_line(error: BaseException) -> str:
    """What an error says, without the trace of the machine below."""
    said = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"cannot be read: {said or type(error).__name__}"[:500]


def _reasons(held: Sequence[tuple[str, str]], settings: Settings) -> Iterator[str]:
    if settings.format == "json":
        return
    types = dict(held)
    for name in settings.required:
        if name not in types:
            yield f"the file lacks the column {name}"
    for name, type_ in types.items():
        wanted = settings.columns.get(name)
        if wanted is not None and type_ and not holds(wanted, type_):
            yield f"the file has the column {name} as {type_}, and not as {wanted}"


def holds(wanted: str, given: str) -> bool:
    """Whether every value of one type is one of another: a number with less digits, a day as a time."""
    if wanted == given:
        return True
    if wanted in _INTEGERS:
        return given in _INTEGERS[: _INTEGERS.index(wanted)]
    return given in _WIDER.get(wanted, ())
