"""Draws what happens when, as an SVG with one bar for each event and the critical path marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from cdk_ml.rehearsal.outcome import Action, Event
from cdk_ml.rehearsal.report.table import duration

_WIDTH, _ROW, _TOP = 1200, 18, 28
# A bold letter is this wide on average, a name may take so many of them, and a duration stands behind its bar.
_LETTER, _LONGEST, _DURATION = 7.4, 56, 74
_TICKS = 8
# Steps between two ticks, in minutes, that people count in.
_STEPS = (1, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 10080)
_GOING = (Action.DELETE, Action.CLEAN_UP, Action.SNAPSHOT, Action.RETAIN)


def picture(events: Sequence[Event]) -> str:
    """The timeline: the stacks in the order they start, and in each of them the events in the same order."""
    total = max((event.end for event in events), default=0) or 1
    names = max((len(_name(event)) for event in events), default=0) * _LETTER + 16
    scale = (_WIDTH - names - _DURATION) / total
    rows = list(_rows(events))
    height = _TOP + _ROW * len(rows) + 4
    lines = "".join(_tick(names + minutes * scale, minutes, height) for minutes in _ticks(total))
    drawn = (
        _bar(row, number, names, scale) if isinstance(row, Event) else _heading(row, number)
        for number, row in enumerate(rows)
    )
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="Timeline">{lines}{"".join(drawn)}</svg>\n'


def _rows(events: Sequence[Event]) -> Iterator[Event | str]:
    """The events under the names of their stacks; one stack alone needs no name."""
    ordered = sorted(events, key=lambda event: (event.start, event.end))
    stacks = list(dict.fromkeys(event.stack for event in ordered))
    for stack in stacks:
        if len(stacks) > 1:
            yield stack
        yield from (event for event in ordered if event.stack == stack)


def _ticks(total: int) -> range:
    longest = _STEPS[-1]
    step = next((each for each in _STEPS if total / each <= _TICKS), (total // (_TICKS * longest) + 1) * longest)
    return range(0, total + 1, step)


def _tick(x: float, minutes: int, height: int) -> str:
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 8}" y2="{height}"/>'
        f'<text x="{x:.1f}" y="13" text-anchor="middle">{duration(minutes)}</text>'
    )


def _heading(stack: str, row: int) -> str:
    return f'<text class="stack" x="0" y="{_TOP + row * _ROW + 13}">{escape(stack)}</text>'


def _name(event: Event) -> str:
    name = f"{event.action.value} {event.logical_id}"
    # The end of a logical id tells it from its neighbours, so the middle goes.
    half = _LONGEST // 2
    return name if len(name) <= _LONGEST else f"{name[: half - 1]}…{name[-half:]}"


def _bar(event: Event, row: int, names: float, scale: float) -> str:
    y = _TOP + row * _ROW
    x, width = names + event.start * scale, max((event.end - event.start) * scale, 2)
    kind = "critical" if event.critical else "gone" if event.action in _GOING else "bar"
    what = f"{event.action.value} {event.logical_id}"
    title = f"{what} ({event.type}) in {event.stack}: {duration(event.start)} to {duration(event.end)} {event.note}"
    return (
        f'<g class="{kind}"><title>{escape(title.strip())}</title>'
        f'<text x="{names - 8:.1f}" y="{y + 13}" text-anchor="end">{escape(_name(event))}</text>'
        f'<rect x="{x:.1f}" y="{y + 3}" width="{width:.1f}" height="{_ROW - 6}" rx="2"/>'
        f'<text x="{x + width + 5:.1f}" y="{y + 13}">{duration(event.end - event.start)}</text></g>'
    )
