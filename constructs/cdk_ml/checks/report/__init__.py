"""The formats a report is rendered in, each a function from the report to text."""

from __future__ import annotations

from collections.abc import Callable

from cdk_ml.checks.outcome import Report
from cdk_ml.checks.report import html, json, junit, sarif, table

__all__ = ["FORMATS"]

FORMATS: dict[str, Callable[[Report], str]] = {
    "table": table.render,
    "json": json.render,
    "sarif": sarif.render,
    "junit": junit.render,
    "html": html.render,
}
"""By the name that ``cdk-ml check --format`` takes."""
