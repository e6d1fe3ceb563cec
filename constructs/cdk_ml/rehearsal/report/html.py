"""The rehearsal as one self-contained HTML page, in light or dark as the reader's system has it. It loads nothing."""

from __future__ import annotations

from html import escape

from cdk_ml.rehearsal.outcome import Failure, Finding, Outcome, Rehearsal
from cdk_ml.rehearsal.report.table import duration, summary
from cdk_ml.rehearsal.report.timeline import picture

_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#ddd, #3a3a3a); --soft: light-dark(#666, #aaa);
  --bar: light-dark(#9db8d6, #4a6585); --critical: light-dark(#c0392b, #ff8a80); --gone: light-dark(#c9c9c9, #5a5a5a); }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; }
.findings td:nth-child(-n+3) { white-space: nowrap; }
.failures td:last-child { min-width: 24rem; }
th { color: var(--soft); font-weight: 600; }
.error { color: light-dark(#b00020, #ff8a80); font-weight: 600; }
.warning { color: light-dark(#8a5a00, #ffcf70); font-weight: 600; }
.info, .fix, .note { color: var(--soft); }
.timeline { overflow-x: auto; }
svg { width: 100%; min-width: 60rem; height: auto; font: 11.5px system-ui, sans-serif; fill: currentColor; }
svg .bar rect { fill: var(--bar); } svg .critical rect { fill: var(--critical); } svg .gone rect { fill: var(--gone); }
svg .critical text, svg .stack { font-weight: 700; } svg line { stroke: var(--line); }
.key { display: inline-block; width: 1.6em; height: .7em; border-radius: 2px; margin: 0 .4em 0 1.2em; }
.key.bar { background: var(--bar); }
.key.critical { background: var(--critical); } .key.gone { background: var(--gone); }
"""

_KEYS = {"critical": "critical path", "bar": "made or changed", "gone": "deleted or kept"}


def render(rehearsal: Rehearsal) -> str:
    """The page: a verdict, and per operation the findings, a timeline with its critical path, and what stays."""
    verdict = "passed" if rehearsal.passed else "failed"
    sections = "".join(_section(outcome) for outcome in rehearsal.outcomes)
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>cdk-ml rehearse: {verdict}</title><style>{_STYLE}</style></head>\n<body>\n"
        f"<h1>cdk-ml rehearse: {verdict}</h1>\n{sections}</body>\n</html>\n"
    )


def _section(outcome: Outcome) -> str:
    parts = [f"<h2>{escape(outcome.mode.capitalize())}</h2>\n<p>{escape(summary(outcome))}</p>\n"]
    if outcome.findings:
        rows = "".join(map(_finding, outcome.findings))
        parts.append(_table("findings", ("Severity", "Kind", "Stack", "Resource", "Finding"), rows))
    if outcome.events:
        parts.append(_timeline(outcome))
    if outcome.leftovers:
        rows = "".join(_row(*map(_code, (x.stack, x.logical_id, x.type)), escape(x.why)) for x in outcome.leftovers)
        parts.append(f"<h3>What stays</h3>\n{_table('leftovers', ('Stack', 'Resource', 'Type', 'Why'), rows)}")
    if outcome.failures:
        parts.append(_failures(outcome))
    return "".join(parts)


def _timeline(outcome: Outcome) -> str:
    keys = "".join(f'<span class="key {name}"></span>{text}' for name, text in _KEYS.items())
    note = (
        "Each bar is as long as its handler may take at most, by the time-out in the resource schema: an upper bound, "
        f"not a forecast. The critical path takes {escape(duration(outcome.minutes))}."
    )
    return (
        f'<h3>Timeline</h3>\n<p class="note">{note}<br>{keys}</p>\n'
        f'<div class="timeline">{picture(outcome.events)}</div>\n'
    )


def _stays(failure: Failure) -> str:
    """What a failure leaves, one line for each reason."""
    reasons: dict[str, list[str]] = {}
    for left in failure.leftovers:
        reasons.setdefault(left.why, []).append(_code(left.logical_id))
    return "<br>".join(f"{', '.join(names)}: {escape(why)}" for why, names in reasons.items()) or "nothing"


def _failures(outcome: Outcome) -> str:
    rows = "".join(
        _row(
            f"{escape(failure.action)} {_code(failure.logical_id)}",
            _code(failure.type),
            str(failure.touched),
            _stays(failure),
        )
        for failure in outcome.failures
    )
    head = ("When this fails", "Type", "Others touched", "What stays")
    return f"<h3>Every single failure</h3>\n{_table('failures', head, rows)}"


def _finding(finding: Finding) -> str:
    kind = _code(finding.kind)
    if finding.source.startswith("https://"):
        kind = f'<a href="{escape(finding.source)}">{kind}</a>'
    text = f'{escape(finding.message)}<div class="fix">{escape(finding.fix)}</div>'
    severity = f'<span class="{finding.severity}">{finding.severity}</span>'
    return _row(severity, kind, _code(finding.stack), _code(finding.logical_id), text)


def _table(name: str, head: tuple[str, ...], rows: str) -> str:
    names = "".join(f"<th>{each}</th>" for each in head)
    return f'<table class="{name}"><thead><tr>{names}</tr></thead>\n<tbody>{rows}</tbody></table>\n'


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n"


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"
