"""The queries of the guide answer what it says, over rows as a monitor writes them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from cdk_ml.sagemaker.monitoring.results import RESULT_COLUMNS, TABLE
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs" / "examples" / "monitor"
Ask = Callable[[str], list[tuple[Any, ...]]]


def row(day: str, kind: str, feature: str, metric: str, value: float, breached: bool) -> dict[str, Any]:
    """What a run says about one feature."""
    window = {"window_start": f"{day} 00:00:00", "window_end": f"{day} 23:00:00"}
    said = {"kind": kind, "feature": feature, "metric": metric, "value": value, "threshold": 0.1, "breached": breached}
    return {"run": f"run-{day}", "monitor": "churn", "rows": 900, "day": day, **window, **said}


ROWS = [
    row("2026-10-31", "data_drift", "age", "wasserstein", 0.9, True),
    row("2026-11-02", "data_drift", "age", "wasserstein", 0.3, True),
    row("2026-11-01", "data_drift", "age", "wasserstein", 0.05, False),
    row("2026-11-01", "data_quality", "plan", "missing_share", 0.2, True),
    row("2026-11-02", "model_quality", "", "f1", 0.7, True),
    row("2026-11-02", "model_quality", "", "labelled_share", 0.9, False),
]


@pytest.fixture
def ask() -> Ask:
    """Asks an engine that has the table."""
    engine = sqlite3.connect(":memory:")
    names = [*RESULT_COLUMNS, "day"]
    columns = ", ".join(f'"{name}"' for name in names)
    engine.execute(f"CREATE TABLE {TABLE} ({columns})")
    places = ", ".join("?" for _ in names)
    engine.executemany(f"INSERT INTO {TABLE} VALUES ({places})", [[each[name] for name in names] for each in ROWS])
    return lambda name: engine.execute((EXAMPLES / name).read_text()).fetchall()


def test_what_broke_lately_is_listed_from_the_newest_on(ask: Ask) -> None:
    assert ask("broken.sql") == [
        ("2026-11-02", "", "f1", 0.7, 0.1),
        ("2026-11-02", "age", "wasserstein", 0.3, 0.1),
        ("2026-11-01", "plan", "missing_share", 0.2, 0.1),
    ]


def test_the_drift_of_a_feature_is_told_over_time(ask: Ask) -> None:
    assert ask("drift.sql") == [("2026-11-01 23:00:00", 0.05), ("2026-11-02 23:00:00", 0.3)]


def test_the_quality_of_the_model_is_told_with_how_much_is_known(ask: Ask) -> None:
    assert ask("quality.sql") == [("2026-11-02", 0.7, 0.9)]


def test_every_row_has_the_columns_of_the_table() -> None:
    assert {*ROWS[0]} == {*RESULT_COLUMNS, "day"}
