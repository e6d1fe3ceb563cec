"""The formats a rehearsal is rendered in, each a function from the rehearsal to text."""

from __future__ import annotations

from collections.abc import Callable

from cdk_ml.rehearsal.outcome import Rehearsal
from cdk_ml.rehearsal.report import html, json, table

__all__ = ["FORMATS"]

FORMATS: dict[str, Callable[[Rehearsal], str]] = {"table": table.render, "json": json.render, "html": html.render}
"""By the name that ``cdk-ml rehearse --format`` takes."""
