"""A loss is worth another minute while it goes down, and while there has been too little of it to say."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import ROOT

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("loss_watch_verdict", ROOT / "lambda/loss_watch/verdict.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.mark.parametrize(
    ("losses", "marks", "patience", "expected"),
    [
        ([], [], 30, None),
        ([(60, 1.0), (45, 0.5), (5, 0.4)], [], 30, None),
        ([(60, 1.0), (45, 0.5), (5, 0.5)], [], 30, "the loss has not gone below 0.5 for 30 minutes"),
        ([(60, 1.0), (45, 0.5), (20, 0.7), (5, 0.6)], [], 30, "the loss has not gone below 0.5 for 30 minutes"),
        ([(60, 1.0), (45, 0.5), (20, 0.4), (5, 0.6)], [], 30, None),
        ([(60, 1.0), (45, 0.5)], [], 30, "the loss has not been reported for 30 minutes"),
        ([(29, 1.0), (5, 2.0)], [], 30, None),
        ([(60, 1.0), (5, 2.0)], [], None, None),
        ([(60, 1.0), (5, 0.5)], [(4, 1.0)], 30, "the loss is not a finite number"),
        ([(60, 1.0), (5, 0.5)], [(4, 1.0)], None, "the loss is not a finite number"),
        ([(60, 1.0), (5, 0.5)], [(4, 0.0)], 30, None),
    ],
)
def test_the_verdict(
    module: ModuleType,
    losses: Sequence[tuple[int, float]],
    marks: Sequence[tuple[int, float]],
    patience: int | None,
    expected: str | None,
) -> None:
    def points(told: Sequence[tuple[int, float]]) -> list[Any]:
        return [module.Point(NOW - timedelta(minutes=ago), value) for ago, value in told]

    allowed = None if patience is None else timedelta(minutes=patience)
    assert module.verdict(points(losses), points(marks), now=NOW, patience=allowed) == expected
