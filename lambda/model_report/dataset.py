"""Rows that a report is about: CSV files, the label, and what the model sees of the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


class UnusableError(Exception):
    """Data or a model of which no report can be made; the text says why."""


def read(folder: Path, headers: list[str]) -> Any:
    """Every CSV file of a folder as one frame.

    :param headers: names of the columns, where the files do not begin with them.
    """
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix in (".csv", ""))
    if not files:
        raise UnusableError("there is no CSV file among the data")
    frames = [pd.read_csv(file, header=None if headers else "infer") for file in files]
    wanted = headers if headers else [*frames[0].columns]
    for index, frame in enumerate(frames):
        if len(frame.columns) != len(wanted) or not (headers or [*frame.columns] == wanted):
            raise UnusableError(f"{files[index].name} has the columns {[*frame.columns]}, and not {wanted}")
        frame.columns = wanted
    rows = pd.concat(frames, ignore_index=True)
    if rows.empty:
        raise UnusableError("the data has no row")
    return rows


def column(rows: Any, name: str) -> Any:
    """A column that the report was told of."""
    if name not in rows.columns:
        raise UnusableError(f"there is no column {name}, but {', '.join(map(str, rows.columns))}")
    return rows[name]


def features(rows: Any, told: dict[str, Any]) -> Any:
    """What the model sees: everything but the label, what is excluded, and a column of predictions."""
    predictions = told.get("predictions") or {}
    aside = [told["data"]["label"], *told["data"]["excluded"], predictions.get("column")]
    return rows.drop(columns=[column(rows, name).name for name in aside if name is not None])


def meant(values: Any, rule: dict[str, Any]) -> Any:
    """Which rows a rule means: those with one of its values, or with more than its threshold."""
    if rule["threshold"] is not None:
        return pd.to_numeric(values).to_numpy() > rule["threshold"]
    wanted = [str(value) for value in rule["values"]]
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        # 1 and 1.0 are the same number.
        return np.isin(values.to_numpy(dtype=float), [float(value) for value in wanted if _is_number(value)])
    return values.astype(str).isin(wanted).to_numpy()


def divided(values: Any, rule: dict[str, Any]) -> Any:
    """Which rows a rule means, where it means some and not all.

    :raises UnusableError: where there is nobody to compare with.
    """
    found = meant(values, rule)
    if found.all() or not found.any():
        count = f"{int(found.sum())} of {len(found)} rows"
        raise UnusableError(f"{values.name} is {said(rule)} in {count}: there is nobody to compare with")
    return found


def said(rule: dict[str, Any]) -> str:
    """A rule in words."""
    if rule["threshold"] is not None:
        return f"more than {rule['threshold']}"
    return ", ".join(map(str, rule["values"]))


def numbers(frame: Any) -> Any:
    """Columns of numbers of which none is missing."""
    kept = frame.select_dtypes(include=[np.number, bool])
    return kept.loc[:, kept.notna().all()].to_numpy(dtype=float)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
