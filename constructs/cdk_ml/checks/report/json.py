"""The report as JSON, for scripts: everything the other formats are made of."""

from __future__ import annotations

import json
from dataclasses import asdict

from cdk_ml.checks.outcome import Report

VERSION = 1
"""Of the format. It grows when a field changes its meaning or goes away."""


def render(report: Report) -> str:
    """One JSON object: ``passed``, ``packs``, ``stacks``, ``findings`` and ``stale``. Times are in seconds."""
    return json.dumps(
        {
            "version": VERSION,
            "passed": report.passed,
            "packs": [{"name": pack, "seconds": round(report.seconds_of_pack(pack), 3)} for pack in report.packs],
            "stacks": [
                {
                    "stack": template.path,
                    "name": template.name,
                    "region": template.region,
                    "template": template.file.name,
                    "resources": len(template.resources),
                    "seconds": round(report.seconds_of_stack(template.path), 3),
                }
                for template in report.assembly.templates
            ],
            "findings": [{"id": finding.id} | asdict(finding) for finding in report.findings],
            "stale": [
                {"rule": stale.rule, "path": stale.path, "stack": stale.stack, "reason": stale.reason}
                for stale in report.stale
            ],
        },
        indent=2,
    )
