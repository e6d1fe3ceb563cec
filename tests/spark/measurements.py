"""Real measurements that scikit-learn carries: 569 samples of tissue, as a laboratory could deliver them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.toolkit import PYTHON

COLUMNS = {
    "sample_id": "bigint",
    "measured_at": "timestamp",
    "ward": "string",
    "radius": "double",
    "concave_points": "double",
    "malignant": "boolean",
}
FIRST = datetime(2026, 10, 1, 8, tzinfo=UTC)
Measurement = dict[str, Any]


def measurements(count: int = 569) -> list[Measurement]:
    """The first of the samples: one every two hours, from one of three wards."""
    (file,) = PYTHON.parent.parent.glob("lib/python*/site-packages/sklearn/datasets/data/breast_cancer.csv")
    with file.open() as opened:
        rows = [*csv.reader(opened)][1 : count + 1]
    return [
        {
            "sample_id": index,
            "measured_at": at(index),
            "ward": "ABC"[index % 3],
            "radius": float(row[0]),
            "concave_points": float(row[7]),
            "malignant": row[-1] == "0",
        }
        for index, row in enumerate(rows)
    ]


def at(index: int) -> str:
    """When a sample was measured."""
    return (FIRST + timedelta(hours=2 * index)).isoformat().replace("+00:00", "Z")


def as_csv(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Lines of CSV with names."""
    for index, row in enumerate(rows):
        if not index:
            yield ",".join(row)
        yield ",".join(
            "" if value is None else str(value).lower() if value in (True, False) else str(value)
            for value in row.values()
        )


def settings(**changed: Any) -> dict[str, Any]:
    """What a preparation of measurements is told."""
    return {
        "format": "csv",
        "columns": [{"name": name, "type": type_} for name, type_ in COLUMNS.items()],
        "key": ["sample_id"],
        "event_time": "measured_at",
        "optional": [],
        "rules": [],
        "most_quarantined": 1.0,
        "multiline": False,
        **changed,
    }
