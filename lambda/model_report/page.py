"""A report as a page: one file, without scripts, that needs nothing from anywhere."""

from __future__ import annotations

from html import escape
from typing import Any

from gate import sentence

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1b1f24 }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #d0d7de; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.bar { background: #5468c7; height: .8rem; border-radius: 2px }
.PASSED, .FAILED { padding: .6rem 1rem; border-radius: 4px }
.PASSED { background: #dcf5e3 }
.FAILED, tr.broken { background: #fde3e1 }
"""


def page(title: str, report: dict[str, Any], gate: dict[str, Any]) -> str:
    """The page of a report.

    :param report: as it is in ``analysis.json``.
    :param gate: what the limits say of it.
    """
    parts = [f"<h1>{escape(title)}</h1>", *_verdict(gate), f"<p>{report['rows']} rows.</p>"]
    broken = {(each["group"], each["name"]) for each in gate["violations"]}
    for part, heading in (
        ("pre_training_bias_metrics", "The data"),
        ("post_training_bias_metrics", "The model"),
    ):
        if part in report:
            parts += [f"<h2>{heading}</h2>", *_facets(report[part], broken)]
    for labels in report.get("explanations", {}).values():
        parts += [line for label in labels for line in _features(label, labels[label], report["shares"][label])]
    body = "\n".join(parts)
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _verdict(gate: dict[str, Any]) -> list[str]:
    says = [f"<li>{escape(sentence(each))}</li>" for each in gate["violations"]]
    what = "Every limit is kept." if not says else f"Limits that are not kept:<ul>{''.join(says)}</ul>"
    return [f'<div class="{gate["status"]}">{what}</div>']


def _facets(part: dict[str, Any], broken: set[tuple[str, str]]) -> list[str]:
    lines = []
    for name, facets in part["facets"].items():
        for facet in facets:
            who = f"{name}: {facet['value_or_threshold']}, compared with everybody else"
            lines.append(f"<h3>{escape(who)}</h3><table><tr><th>Metric</th><th></th><th>Value</th></tr>")
            for metric in facet["metrics"]:
                shown = metric["error"] if metric["value"] is None else f"{metric['value']:.4f}"
                row = ' class="broken"' if (name, metric["name"]) in broken else ""
                cells = f"<td>{metric['name']}</td><td>{escape(metric['description'])}</td>"
                lines.append(f'<tr{row}>{cells}<td class="number">{escape(shown)}</td></tr>')
            lines.append("</table>")
    return lines


def _features(label: str, explained: dict[str, Any], shares: dict[str, float]) -> list[str]:
    start = f"Without any feature the model answers {explained['expected_value']:.4f}"
    lines = [f"<h2>{escape(label)}</h2><p>{start}.</p><table><tr><th>Feature</th><th>SHAP</th><th>Share</th></tr>"]
    for name, value in explained["global_shap_values"].items():
        bar = f'<div class="bar" style="width: {shares[name]:.1%}"></div>'
        number = f'<td class="number">{value:.4g}</td>'
        lines.append(f"<tr><td>{escape(str(name))}</td>{number}<td>{shares[name]:.1%}{bar}</td></tr>")
    return [*lines, "</table>"]
