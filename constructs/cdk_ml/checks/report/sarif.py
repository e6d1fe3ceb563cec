"""The report as SARIF 2.1.0, which code scanning shows beside the code; acknowledged findings are suppressed there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cdk_ml import __version__
from cdk_ml.assembly import Template
from cdk_ml.checks.finding import Finding, Severity, sentences
from cdk_ml.checks.outcome import Report
from cdk_ml.checks.report.places import line, uri

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(report: Report) -> str:
    """One SARIF log with one run; what is in brackets in a finding's id belongs to the result, not to the rule."""
    rules: dict[str, dict[str, Any]] = {}
    for finding in report.findings:
        rules.setdefault(_rule(finding), _described(finding))
    index = {rule: number for number, rule in enumerate(rules)}
    templates = {template.path: template for template in report.assembly.templates}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "cdk-ml", "version": __version__, "rules": list(rules.values())}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, templates, index, report) for finding in report.findings],
            }
        ],
    }
    return json.dumps(log, indent=2)


def _rule(finding: Finding) -> str:
    return finding.id.partition("[")[0]


def _described(finding: Finding) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": _rule(finding),
        "shortDescription": {"text": finding.rule.partition("[")[0]},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
    }
    return rule | ({"helpUri": finding.source} if finding.source else {})


def _result(
    finding: Finding, templates: Mapping[str, Template], index: Mapping[str, int], report: Report
) -> dict[str, Any]:
    template = templates[finding.stack]
    result: dict[str, Any] = {
        "ruleId": _rule(finding),
        "ruleIndex": index[_rule(finding)],
        "level": _LEVELS[finding.severity],
        "message": {"text": sentences(f"{finding.rule}: {finding.message}", finding.fix)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri(template, report.assembly.directory)},
                    "region": {"startLine": line(template, finding.logical_id)},
                },
                "logicalLocations": [
                    {"name": finding.logical_id or finding.stack, "fullyQualifiedName": finding.path or finding.stack}
                ],
            }
        ],
        "partialFingerprints": {"cdkMl/v1": "|".join((finding.id, finding.stack, finding.logical_id, finding.message))},
    }
    if finding.acknowledged is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.acknowledged}]
    return result
