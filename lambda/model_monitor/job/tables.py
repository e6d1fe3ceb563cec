"""Makes tables of what was read: the baseline, what the model was asked, and its answers beside what came true."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from captured import Read, lines

PREDICTION, ID, ROW, LABEL = "prediction", "inference_id", "row", "label"
_NOT_FEATURES = (PREDICTION, ID, ROW, LABEL)


@dataclass(frozen=True)
class Schema:
    """What the baseline says there is.

    :ivar numerical: features that are numbers.
    :ivar categorical: those that are not.
    """

    numerical: tuple[str, ...]
    categorical: tuple[str, ...]

    @property
    def features(self) -> tuple[str, ...]:
        return (*self.numerical, *self.categorical)


def read_batch(files: Iterable[Path], columns: Sequence[str]) -> Read:
    """Read files of a table: Parquet, lines of JSON, CSV with names, or what a transform job leaves, without.

    :param columns: names of the columns of a file without names.
    """
    found = Read()
    for file in files:
        match file.suffix:
            case ".parquet":
                found.rows += pd.read_parquet(file).to_dict("records")
            case ".json" | ".jsonl":
                _read_json_lines(file, found)
            case ".out":
                _read_csv(file, found, [*columns, PREDICTION])
            case _:
                _read_csv(file, found, None)
    return found


def _read_json_lines(file: Path, found: Read) -> None:
    for number, line in lines(file):
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError("is no row with names")
            found.rows.append(row)
        except ValueError as error:
            found.lost(file, number, error, line)


def _read_csv(file: Path, found: Read, names: Sequence[str] | None) -> None:
    for number, line in lines(file):
        values = next(csv.reader([line]))
        if names is None:
            names = values
        elif len(values) == len(names):
            found.rows.append(dict(zip(names, values, strict=True)))
        else:
            found.lost(file, number, f"{len(values)} values, and {len(names)} columns have a name", line)


def read_baseline(folder: Path) -> pd.DataFrame:
    """The data that the model was trained on, or its answers to some that it was not.

    :raises ValueError: when there is none.
    """
    parts = []
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        if file.suffix == ".parquet":
            parts.append(pd.read_parquet(file))
        elif file.suffix in (".json", ".jsonl"):
            parts.append(pd.read_json(file, lines=True))
        elif file.suffix == ".csv":
            parts.append(pd.read_csv(file))
    if not parts or not sum(map(len, parts)):
        raise ValueError("The baseline is empty: it needs files that end in .csv, .parquet or .jsonl, with rows")
    return pd.concat(parts, ignore_index=True)


def schema_of(baseline: pd.DataFrame, features: Sequence[str]) -> Schema:
    """What the features of the baseline are.

    :param features: their names, in the order of a request; every column but the answers where not given.
    :raises ValueError: when the baseline lacks one of them.
    """
    chosen = [*features] or [name for name in baseline.columns if name not in _NOT_FEATURES]
    missing = [name for name in chosen if name not in baseline.columns]
    if missing:
        raise ValueError(f"The baseline has no column {', '.join(missing)}; it has {', '.join(baseline.columns)}")
    numbers = [name for name in chosen if _is_numerical(baseline[name])]
    return Schema(tuple(numbers), tuple(name for name in chosen if name not in numbers))


def _is_numerical(column: pd.Series[Any]) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column)) and not pd.api.types.is_bool_dtype(column)


def typed(rows: list[dict[str, Any]], schema: Schema) -> tuple[pd.DataFrame, dict[str, float]]:
    """Rows as a table of the baseline's types, and by feature the share that should be a number and is none."""
    table = pd.DataFrame(rows)
    invalid: dict[str, float] = {}
    for name in schema.features:
        if name not in table.columns:
            continue
        column = table[name].replace({"": None}).astype(object)
        if name in schema.numerical:
            numbers = pd.to_numeric(column, errors="coerce")
            invalid[name] = float((column.notna() & numbers.isna()).mean())
            table[name] = numbers.astype(float)
        else:
            table[name] = texts(column)
    return table, invalid


def texts(column: pd.Series[Any]) -> pd.Series[Any]:
    """Categories as texts, so that the 1 of a CSV and the 1 of a JSON are one."""
    return column.map(lambda value: None if pd.isna(value) else _text(value)).astype(object)


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def read_labels(files: Iterable[Path]) -> tuple[dict[tuple[str, int], Any], Read]:
    """What came true, by request and row, of which the latest counts; and what could not be read.

    Takes the lines that Model Monitor takes, ``{"groundTruthData": {"data": "1", ...}, "eventMetadata": {"eventId":
    ...}}``, lines of ``{"inference_id": ..., "label": ...}``, and CSV with these two columns.
    """
    labels: dict[tuple[str, int], Any] = {}
    problems = Read()
    for file in files:
        if file.suffix == ".csv":
            found = Read()
            _read_csv(file, found, None)
            problems.corrupt += found.corrupt
            for row in found.rows:
                labels[str(row[ID]), int(row.get(ROW) or 0)] = row[LABEL]
            continue
        for number, line in lines(file):
            try:
                told = json.loads(line)
                if "groundTruthData" in told:
                    values = str(told["groundTruthData"]["data"]).replace("\n", ",").split(",")
                    id = str(told["eventMetadata"]["eventId"])
                else:
                    value, id = told[LABEL], str(told[ID])
                    values = value if isinstance(value, list) else [value]
                labels.update({(id, index): value for index, value in enumerate(values)})
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                problems.lost(file, number, error if isinstance(error, ValueError) else f"lacks {error}", line)
    return labels, problems


def with_labels(rows: list[dict[str, Any]], labels: dict[tuple[str, int], Any]) -> list[dict[str, Any]]:
    """The predictions whose label is there by now, with it."""
    return [
        {PREDICTION: row[PREDICTION], LABEL: labels[key]}
        for row in rows
        if (key := (str(row.get(ID)), int(row.get(ROW) or 0))) in labels
    ]
