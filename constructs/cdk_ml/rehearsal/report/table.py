"""The rehearsal as tables for a terminal."""

from __future__ import annotations

from collections import Counter
from io import StringIO
from typing import TYPE_CHECKING

from cdk_ml.checks.extra import needs
from cdk_ml.checks.finding import Severity
from cdk_ml.rehearsal.outcome import Outcome, Rehearsal

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
_WIDTH = 140


def render(rehearsal: Rehearsal) -> str:
    """The tables as plain text, 140 columns wide."""
    with needs("cli", "a table"):
        from rich.console import Console
    page = StringIO()
    Console(file=page, width=_WIDTH, color_system=None).print(*tables(rehearsal), sep="\n")
    return page.getvalue()


def tables(rehearsal: Rehearsal) -> list[RenderableType]:
    """What to print with rich: per operation what happens, what was found, what stays, and a line that sums up."""
    parts: list[RenderableType] = []
    for outcome in rehearsal.outcomes:
        if outcome.events:
            parts.append(_events(outcome))
        if outcome.findings:
            parts.append(_findings(outcome))
        if outcome.leftovers:
            parts.append(_leftovers(outcome))
        parts.append(summary(outcome))
    return parts


def summary(outcome: Outcome) -> str:
    """One line: what happens how often, how long it may take, and what was found."""
    actions = Counter(event.action.value for event in outcome.events)
    done = ", ".join(f"{action} {number}" for action, number in actions.items()) or "nothing happens"
    found = Counter(finding.severity for finding in outcome.findings)
    kinds = ", ".join(_count(found[severity], severity.value) for severity in Severity)
    line = f"{outcome.mode}: {done}; at most {duration(outcome.minutes)} by the time-outs of the handlers. {kinds}."
    if outcome.failures:
        stays = [failure for failure in outcome.failures if any(not left.intended for left in failure.leftovers)]
        tried, leave = (
            _count(len(outcome.failures), "single failure"),
            _count(len(stays), "of them leave", "of them leave"),
        )
        line += f" {tried} tried: {leave} something that the template does not want to keep."
    if outcome.opaque:
        types = ", ".join(f"{number} x {type_}" for type_, number in sorted(outcome.opaque.items()))
        line += f" Taken to work, because only their authors know them: {types}."
    return line


def duration(minutes: int) -> str:
    """Minutes as a person says them."""
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours and rest else f"{hours} h" if hours else f"{rest} min"


def _count(number: int, noun: str, nouns: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {nouns or noun + 's'}"


def _table(title: str, *columns: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, expand=True)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _events(outcome: Outcome) -> Table:
    from rich.text import Text

    table = _table(f"{outcome.mode}: what happens", "from", "to", "stack", "action", "resource", "type", "because of")
    for event in sorted(outcome.events, key=lambda e: (e.start, e.end)):
        style = "bold" if event.critical else ""
        cells = (
            duration(event.start),
            duration(event.end),
            event.stack,
            event.action.value,
            event.logical_id,
            event.type,
            event.note,
        )
        table.add_row(*(Text(cell, style=style) for cell in cells))
    return table


def _findings(outcome: Outcome) -> Table:
    from rich.text import Text

    table = _table(f"{outcome.mode}: what was found", "severity", "kind", "resource", "finding")
    for finding in outcome.findings:
        message = ". ".join(part.rstrip(".") for part in (finding.message, finding.fix) if part)
        place = finding.path if finding.path != finding.stack else finding.logical_id or finding.stack
        severity = Text(finding.severity, style=_STYLES[finding.severity])
        table.add_row(severity, Text(finding.kind), Text(place), Text(f"{message}."))
    return table


def _leftovers(outcome: Outcome) -> Table:
    from rich.text import Text

    table = _table(f"{outcome.mode}: what stays and belongs to no stack", "stack", "resource", "type", "why")
    for left in outcome.leftovers:
        table.add_row(Text(left.stack), Text(left.logical_id), Text(left.type), Text(left.why))
    return table
