"""Budgets and the tags that costs are told apart by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.proofs.arguments.known import Known

USUAL: Mapping[str, Sequence[Any]] = {
    "actual_percent": [(80.0,), (50.0, 100.0)],
    "extra": [{}, {"team": "growth"}],
    "forecast_percent": [(100.0,), ()],
    "notify": [(), ("ml-oncall@example.com",)],
    "percent": [10, 50],
    "tag": [{"team": "churn"}],
    "usd": [2_000.0],
}
KNOWN: Mapping[type, Callable[[Known], Any]] = {}
