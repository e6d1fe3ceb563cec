"""The rehearsal as JSON, for scripts: everything the other formats are made of."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from cdk_ml.rehearsal.outcome import Outcome, Rehearsal

VERSION = 1
"""Of the format. It grows when a field changes its meaning or goes away."""


def render(rehearsal: Rehearsal) -> str:
    """One JSON object: ``passed`` and ``outcomes``. Times are in minutes, and the longest that handlers may take."""
    outcomes = [_outcome(outcome) for outcome in rehearsal.outcomes]
    return json.dumps({"version": VERSION, "passed": rehearsal.passed, "outcomes": outcomes}, indent=2)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "mode": outcome.mode,
        "minutes": outcome.minutes,
        "findings": [asdict(finding) for finding in outcome.findings],
        "events": [asdict(event) for event in outcome.events],
        "replaced": outcome.replaced,
        "leftovers": [asdict(left) for left in outcome.leftovers],
        "failures": [asdict(failure) for failure in outcome.failures],
        "opaque": outcome.opaque,
        "outputs": {path: stack.outputs for path, stack in outcome.world.stacks.items()},
    }
