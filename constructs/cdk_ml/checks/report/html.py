"""The report as one self-contained HTML page, in light or dark as the reader's system has it. It loads nothing."""

from __future__ import annotations

from html import escape

from cdk_ml.assembly import Template
from cdk_ml.checks.finding import Finding, Severity
from cdk_ml.checks.outcome import Report
from cdk_ml.checks.report.table import summary

_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#ddd, #3a3a3a); --soft: light-dark(#666, #aaa); }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; }
.error { color: light-dark(#b00020, #ff8a80); font-weight: 600; }
.warning { color: light-dark(#8a5a00, #ffcf70); font-weight: 600; }
.info, .acknowledged, .fix { color: var(--soft); }
.name { white-space: nowrap; }
code { font-size: .9em; }
"""


def render(report: Report) -> str:
    """The page: a summary, a table per stack, and what was acknowledged with its reason."""
    verdict = "passed" if report.passed else "failed"
    sections = "".join(_section(template, report) for template in report.assembly.templates)
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>cdk-ml check: {verdict}</title><style>{_STYLE}</style></head>\n<body>\n"
        f"<h1>cdk-ml check: {verdict}</h1>\n<p>{escape(summary(report))}</p>\n"
        f"{_overview(report)}{_stale(report)}{sections}</body>\n</html>\n"
    )


def _overview(report: Report) -> str:
    rows = "".join(
        _row(
            f'<a class="name" href="#{escape(template.path)}">{escape(template.path)}</a>',
            str(len(template.resources)),
            *(
                str(sum(f.stack == template.path and f.pack == pack and f.fails for f in report.findings))
                for pack in report.packs
            ),
            str(sum(f.stack == template.path for f in report.acknowledged)),
            f"{report.seconds_of_stack(template.path):.2f}",
        )
        for template in report.assembly.templates
    )
    head = ("Stack", "Resources", *map(escape, report.packs), "Acknowledged", "Seconds")
    return _table(head, rows)


def _stale(report: Report) -> str:
    if not report.stale:
        return ""
    rows = "".join(_row(_code(stale.rule), _code(stale.path), escape(stale.reason)) for stale in report.stale)
    return f"<h2>Acknowledgements that match no finding</h2>\n{_table(('Rule', 'Construct', 'Reason'), rows)}"


def _section(template: Template, report: Report) -> str:
    found = [finding for finding in report.findings if finding.stack == template.path]
    order = list(Severity)
    found.sort(key=lambda f: (f.acknowledged is not None, order.index(f.severity)))
    body = (
        _table(("Severity", "Rule", "Resource", "Finding"), "".join(map(_finding, found)))
        if found
        else "<p>No findings.</p>\n"
    )
    return f'<h2 id="{escape(template.path)}">{escape(template.path)}</h2>\n{body}'


def _finding(finding: Finding) -> str:
    state = "acknowledged" if finding.acknowledged is not None else finding.severity.value
    rule = _code(finding.rule)
    if finding.source.startswith("https://"):
        rule = f'<a href="{escape(finding.source)}">{rule}</a>'
    note = finding.fix if finding.acknowledged is None else f"Acknowledged: {finding.acknowledged}"
    text = f'{escape(finding.message)}<div class="fix">{escape(note)}</div>'
    return _row(f'<span class="{state}">{state}</span>', rule, _code(finding.path or finding.logical_id), text)


def _table(head: tuple[str, ...], rows: str) -> str:
    names = "".join(f"<th>{name}</th>" for name in head)
    return f"<table><thead><tr>{names}</tr></thead>\n<tbody>{rows}</tbody></table>\n"


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n"


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"
