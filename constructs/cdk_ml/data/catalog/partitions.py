"""Partitions of Iceberg tables: hidden from queries, made of columns by a transform.

https://iceberg.apache.org/spec/#partition-transforms
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cdk_ml.data.catalog.types import ColumnType, Scalar
from cdk_ml.errors import Problem

_MOMENTS = ("timestamp", "timestamptz")
_SOURCES: dict[str, tuple[str, ...]] = {
    "year": ("date", *_MOMENTS),
    "month": ("date", *_MOMENTS),
    "day": ("date", *_MOMENTS),
    "hour": _MOMENTS,
    "bucket": ("int", "long", "decimal", "date", "time", *_MOMENTS, "string", "uuid", "fixed", "binary"),
    "truncate": ("int", "long", "decimal", "string", "binary"),
}
_TIMES = ("year", "month", "day", "hour")
_COUNTED = ("bucket", "truncate")
_ALONE = re.compile(r"\s*([A-Za-z_]\w*)\s*")
_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\[\s*(\d+)\s*\])?\s*\(\s*(?:(\d+)\s*,\s*)?([A-Za-z_]\w*)\s*\)\s*")
_MOST = 2**31 - 1
_FIRST_FIELD = 1_000


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition of an Iceberg table.

    :param transform: ``identity``, ``year``, ``month``, ``day``, ``hour``, ``bucket`` or ``truncate``.
    :param column: that it is made of.
    :param number: of buckets, or the width; ``None`` for the others.
    """

    transform: str
    column: str
    number: int | None = None

    @property
    def name(self) -> str:
        """As engines name it by themselves."""
        if self.transform == "identity":
            return self.column
        return f"{self.column}_{'trunc' if self.transform == 'truncate' else self.transform}"

    def __str__(self) -> str:
        """The transform as Iceberg writes it."""
        return self.transform if self.number is None else f"{self.transform}[{self.number}]"


def parse_partition(text: str) -> Partition | Problem:
    """The partition that ``text`` says, such as ``day(event_time)``, ``bucket(16, user_id)`` or ``country``."""
    alone = _ALONE.fullmatch(text)
    if alone is not None:
        return Partition("identity", alone[1])
    call = _CALL.fullmatch(text)
    if call is None:
        fix = "Write day(event_time), bucket(16, user_id), truncate(4, postcode) or the name of a column"
        return Problem("partitions", text, "is not a partition", fix)
    transform, column = call[1], call[4]
    number = call[2] or call[3]
    if transform != "identity" and transform not in _SOURCES:
        fix = f"Use one of identity, {', '.join(_SOURCES)}"
        return Problem("partitions", text, f"has the transform {transform}, which Iceberg does not know", fix)
    if (transform in _COUNTED) != (number is not None) or (call[2] and call[3]):
        wanted = f"{transform}(16, {column})" if transform in _COUNTED else f"{transform}({column})"
        return Problem("partitions", text, f"is not how {transform} is written", f"Write {wanted}")
    if number is not None and not 1 <= int(number) <= _MOST:
        return Problem("partitions", text, f"has {number} for {transform}", f"Use 1 to {_MOST}")
    return Partition(transform, column, None if number is None else int(number))


def partition_problems(partitions: Sequence[str], types: Mapping[str, ColumnType]) -> Iterator[Problem]:
    """What Iceberg would refuse about ``partitions``.

    :param types: of the table's columns.
    """
    seen: dict[tuple[str, str], str] = {}
    names: dict[str, str] = {}
    for text in partitions:
        parsed = parse_partition(text)
        if isinstance(parsed, Problem):
            yield parsed
            continue
        yield from _source_problems(text, parsed, types)
        # Iceberg takes two parts of time of one column for the same partition.
        kind = "time" if parsed.transform in _TIMES else str(parsed)
        twin = seen.setdefault((parsed.column, kind), text)
        if twin is not text:
            rule = f"and {twin} are the same partition to Iceberg"
            yield Problem("partitions", text, rule, "Keep the finer one, which serves the other's queries as well")
        elif names.setdefault(parsed.name, text) is not text:
            rule = f"and {names[parsed.name]} would both be named {parsed.name}"
            yield Problem("partitions", text, rule, "Keep one of them")
        elif parsed.transform != "identity" and parsed.name in types:
            rule = f"would be named {parsed.name}, and so is a column"
            yield Problem("partitions", text, rule, f"Call the column something else than {parsed.name}")


def _source_problems(text: str, partition: Partition, types: Mapping[str, ColumnType]) -> Iterator[Problem]:
    source = types.get(partition.column)
    if partition.column not in types:
        fix = f"Use one of {', '.join(types) or 'its columns, once it has any'}"
        yield Problem("partitions", text, f"is about {partition.column}, which is not a column of the table", fix)
    elif not isinstance(source, Scalar):
        yield Problem("partitions", text, f"is about {partition.column}, which has parts", "Use a column without parts")
    elif partition.transform != "identity" and source.name not in _SOURCES[partition.transform]:
        rule = f"cannot be made of {partition.column}, which is a {source.name}"
        fix = f"{partition.transform} takes {', '.join(_SOURCES[partition.transform])}"
        yield Problem("partitions", text, rule, fix)


def spec_fields(partitions: Sequence[Partition], ids: Mapping[str, int]) -> list[dict[str, object]]:
    """The fields of Iceberg's partition spec.

    :param ids: of the columns.
    """
    return [
        {
            "sourceId": ids[partition.column],
            "transform": str(partition),
            "name": partition.name,
            # Iceberg numbers the fields of partitions from 1000, in their order.
            "fieldId": _FIRST_FIELD + index,
        }
        for index, partition in enumerate(partitions)
    ]
