"""``cdk-ml list``: what the checks know."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from cdk_ml.checks import ml
from cdk_ml.checks.packs import PACKS
from cdk_ml.cli.progress import stdout
from cdk_ml.facts import lifecycle

Rows = Iterable[tuple[str, ...]]


def _rules() -> Rows:
    return ((rule.id, rule.severity.value, rule.title) for rule in ml.rules())


def _packs() -> Rows:
    return ((pack.name, pack.title) for pack in PACKS.values())


def _lifecycle() -> Rows:
    return (
        (e.title, e.state.value, str(e.since or ""), e.successor or "") for e in lifecycle.entries() if not e.is_open
    )


TOPICS: dict[str, tuple[tuple[str, ...], Callable[[], Rows]]] = {
    "rules": (("rule", "severity", "what holds"), _rules),
    "packs": (("pack", "what it is"), _packs),
    "lifecycle": (("service or feature", "state", "since", "use instead"), _lifecycle),
}
"""The columns and rows of each topic."""


def show(topic: str) -> None:
    """Print a topic of :data:`TOPICS` as a table."""
    columns, rows = TOPICS[topic]
    table = Table(box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows():
        table.add_row(*map(Text, row))
    stdout().print(table)
