"""Files of records: CSV with a header line, and JSON lines.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-ingest-data.html
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from feature_records import BadRecordError, Schema

JSON_LINES = (".jsonl", ".ndjson", ".json")
CSV = (".csv",)
_REST = "\0rest"
_LARGEST_CELL = 350 * 1024


@dataclass(frozen=True)
class Row:
    """What stands at one place of a file.

    :param line: number of its line, from 1.
    :param values: what it says, by name.
    :param text: the line, where it could not be read.
    :param problem: why it could not be read.
    """

    line: int
    values: dict[str, object] = field(default_factory=dict)
    text: str = ""
    problem: str = ""


def rows(key: str, lines: Iterable[bytes], schema: Schema) -> Iterator[Row]:
    """The rows of a file.

    :param key: its name, which says by its end what it is.
    :param lines: its lines, with their ends.
    :raises BadRecordError: for a file of which nothing can be read.
    """
    if key.lower().endswith(JSON_LINES):
        return _json_rows(lines)
    if key.lower().endswith(CSV):
        return _csv_rows(lines, schema)
    raise BadRecordError(f"is neither {', '.join(CSV)} nor {', '.join(JSON_LINES)}")


def _json_rows(lines: Iterable[bytes]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"), parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            yield Row(number, text=_readable(line), problem=f"is no JSON: {error}")
            continue
        if isinstance(found, dict):
            yield Row(number, values=found)
        else:
            yield Row(number, text=_readable(line), problem="is no JSON object")


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _csv_rows(lines: Iterable[bytes], schema: Schema) -> Iterator[Row]:
    # Bytes that are no UTF-8 stay visible as surrogates, so that one bad line does not spoil the file.
    text = (
        line.decode("utf-8-sig" if number == 0 else "utf-8", "surrogateescape") for number, line in enumerate(lines)
    )
    csv.field_size_limit(_LARGEST_CELL)
    reader = csv.DictReader(text, restkey=_REST, strict=True)
    _check_header([*(reader.fieldnames or ())], schema)
    while True:
        try:
            found = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(reader.line_num, problem=f"is no CSV: {error}")
            continue
        yield _csv_row(reader.line_num, found)


def _csv_row(line: int, found: dict[str, object]) -> Row:
    cells = ",".join(str(value) for value in found.values())
    if not cells.isprintable() and any("\udc80" <= letter <= "\udcff" for letter in cells):
        return Row(line, text=ascii(cells), problem="is no UTF-8")
    if _REST in found:
        return Row(line, text=cells, problem="has more cells than the header")
    if None in found.values():
        return Row(line, text=cells, problem="has fewer cells than the header")
    # An empty cell is no value: CSV has no other way to say so.
    return Row(line, values={name: value for name, value in found.items() if value != ""})


def _check_header(names: list[str], schema: Schema) -> None:
    wrong = [f"{name} is no feature of the group" for name in names if name not in schema.types]
    wrong += [f"{name} stands there twice" for name in sorted({name for name in names if names.count(name) > 1})]
    wrong += [f"{name} is missing" for name in (schema.identifier, schema.event_time) if name not in names]
    if wrong:
        raise BadRecordError(f"has a header that does not fit: {'; '.join(wrong)}")


def _readable(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace").rstrip("\r\n")
