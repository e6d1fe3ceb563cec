"""Real measurements that scikit-learn carries: samples of tissue and wines, as a laboratory could deliver them.

Their files are read without scikit-learn, which takes longer to import than some tests to run.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.toolkit import PYTHON

WINE = (
    *("alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids"),
    *("nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280/od315_of_diluted_wines", "proline"),
)

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
    rows = _rows("breast_cancer.csv")[:count]
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


def wines() -> list[dict[str, float]]:
    """178 wines."""
    return [dict(zip(WINE, map(float, row[:-1]), strict=True)) for row in _rows("wine_data.csv")]


def _rows(name: str) -> list[list[str]]:
    (file,) = PYTHON.parent.parent.glob(f"lib/python*/site-packages/sklearn/datasets/data/{name}")
    with file.open() as opened:
        return [*csv.reader(opened)][1:]


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
