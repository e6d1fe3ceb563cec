"""The smallest function there is."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], _context: object) -> str:
    """Greet whom the event names."""
    return f"Hello, {event.get('name', 'world')}"
