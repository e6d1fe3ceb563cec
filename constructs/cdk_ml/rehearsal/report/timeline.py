"""Draws what happens when, as an SVG with one bar for each event and the critical path marked."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from cdk_ml.rehearsal.outcome import Action, Event
from cdk_ml.rehearsal.report.table import duration

_WIDTH, _NAMES, _ROW, _TOP = 1200, 380, 16, 24
_TICKS = 6
_GOING = (Action.DELETE, Action.CLEAN_UP, Action.SNAPSHOT, Action.RETAIN)


def picture(events: Sequence[Event]) -> str:
    """The timeline; events in the order they start."""
    total = max((event.end for event in events), default=0) or 1
    scale = (_WIDTH - _NAMES - 10) / total
    height = _TOP + _ROW * len(events) + 4
    lines = "".join(_tick(round(total * tick / _TICKS), scale, height) for tick in range(_TICKS + 1))
    ordered = sorted(events, key=lambda event: (event.start, event.end))
    bars = "".join(_bar(event, row, scale) for row, event in enumerate(ordered))
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="Timeline">{lines}{bars}</svg>\n'


def _tick(minutes: int, scale: float, height: int) -> str:
    x = _NAMES + minutes * scale
    anchor = "end" if x > _WIDTH - 60 else "middle"
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 6}" y2="{height}"/>'
        f'<text x="{x:.1f}" y="12" text-anchor="{anchor}">{duration(minutes)}</text>'
    )


def _bar(event: Event, row: int, scale: float) -> str:
    y = _TOP + row * _ROW
    x, width = _NAMES + event.start * scale, max((event.end - event.start) * scale, 2)
    kind = "critical" if event.critical else "gone" if event.action in _GOING else "bar"
    what = f"{event.action.value} {event.logical_id}"
    title = f"{what} ({event.type}) in {event.stack}: {duration(event.start)} to {duration(event.end)} {event.note}"
    return (
        f'<g><title>{escape(title.strip())}</title><text x="{_NAMES - 8}" y="{y + 11}" text-anchor="end">'
        f'{escape(what)}</text><rect class="{kind}" x="{x:.1f}" y="{y + 2}" width="{width:.1f}" '
        f'height="{_ROW - 5}" rx="2"/></g>'
    )
