"""Where in a template file a resource stands, for the formats that point into files."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import quote

from cdk_ml.assembly import Template


def uri(template: Template, directory: Path) -> str:
    """The template's address relative to the working directory, or to ``directory`` where it lies elsewhere."""
    file = template.file.resolve()
    for base in (Path.cwd(), directory.resolve()):
        if file.is_relative_to(base):
            return quote(file.relative_to(base).as_posix())
    return quote(file.name)


def line(template: Template, logical_id: str) -> int:
    """The line a resource starts at, counted from 1; 1 for the whole template."""
    if not logical_id:
        return 1
    pattern = re.compile(rf"""^\s*["']?{re.escape(logical_id)}["']?\s*:""")
    lines = _lines(template.file)
    return next((number for number, text in enumerate(lines, start=1) if pattern.match(text)), 1)


@cache
def _lines(file: Path) -> tuple[str, ...]:
    return tuple(file.read_text(encoding="utf-8").splitlines())
