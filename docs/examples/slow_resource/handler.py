"""A step of a resource that grows by one at each call, until it has its size."""

from __future__ import annotations

from typing import Any

sizes: dict[str, int] = {}


def handler(request: dict[str, Any], _context: object) -> dict[str, Any]:
    """Grow, and say whether that is enough."""
    wanted = int(request["ResourceProperties"]["Size"])
    name = request["RequestId"]
    sizes[name] = sizes.get(name, 0) + 1
    if sizes[name] < wanted:
        return {"done": False, "waiting_for": f"size {wanted}, it is {sizes[name]}"}
    return {"done": True, "data": {"Size": sizes[name]}}
