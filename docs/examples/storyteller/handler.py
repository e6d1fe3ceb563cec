"""Tells a story word by word."""

from collections.abc import Iterator
from typing import Any


def handler(_event: dict[str, Any], _context: object) -> Iterator[str | dict[str, Any]]:
    """Yield status and headers, then one event after the other."""
    yield {"statusCode": 200, "headers": {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}}
    for word in ("Once", "upon", "a", "time"):
        yield f"data: {word}\n\n"
