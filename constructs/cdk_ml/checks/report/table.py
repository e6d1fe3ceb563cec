"""The report as tables for a terminal."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from cdk_ml.checks.extra import needs
from cdk_ml.checks.finding import Finding, Severity, sentences
from cdk_ml.checks.outcome import Report

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
_WIDTH = 140


def render(report: Report) -> str:
    """The tables as plain text, 140 columns wide."""
    with needs("cli", "a table"):
        from rich.console import Console
    page = StringIO()
    Console(file=page, width=_WIDTH, color_system=None).print(*tables(report), sep="\n")
    return page.getvalue()


def tables(report: Report) -> list[RenderableType]:
    """What to print with rich: a table per stack with findings, stale acknowledgements, and one line that sums up."""
    parts: list[RenderableType] = []
    for template in report.assembly.templates:
        found = [f for f in report.findings if f.stack == template.path and f.acknowledged is None]
        if found:
            parts.append(_stack(template.path, found))
    if report.stale:
        parts.append(_stale(report))
    return [*parts, summary(report)]


def summary(report: Report) -> str:
    """One line: how many findings of what kind in how many stacks."""
    open_ = [finding for finding in report.findings if finding.acknowledged is None]
    kinds = [_count(sum(f.severity is severity for f in open_), severity) for severity in Severity]
    stale = _count(len(report.stale), "stale acknowledgement")
    return (
        f"{', '.join(kinds)}, {len(report.acknowledged)} acknowledged, {stale} "
        f"in {_count(len(report.assembly.templates), 'template')} with {_count(len(report.packs), 'pack')}."
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _table(title: str, *columns: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, expand=True)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _stack(name: str, findings: list[Finding]) -> Table:
    from rich.text import Text

    table = _table(name, "severity", "rule", "resource", "finding")
    order = list(Severity)
    for finding in sorted(findings, key=lambda f: order.index(f.severity)):
        # The list of controls is longer than the finding; the other formats have it.
        message = finding.message.partition(" - (Control ID")[0]
        place = finding.path or finding.logical_id
        severity = Text(finding.severity, style=_STYLES[finding.severity])
        # Text, not str: rich would read [Resource::*] in a rule's id as markup and swallow it.
        table.add_row(severity, Text(finding.rule), Text(place), Text(sentences(message, finding.fix)))
    return table


def _stale(report: Report) -> Table:
    from rich.text import Text

    table = _table("Stale acknowledgements: remove them, they match no finding", "rule", "construct", "reason")
    for stale in report.stale:
        table.add_row(Text(stale.rule), Text(stale.path), Text(stale.reason))
    return table
