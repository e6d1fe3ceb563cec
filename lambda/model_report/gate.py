"""Whether a report keeps its limits."""

from __future__ import annotations

from typing import Any


def judged(values: dict[str, dict[str, float | None]], limits: list[dict[str, Any]]) -> dict[str, Any]:
    """The verdict on values by group and name.

    A value that is undefined keeps no limit: nobody can say that it does.

    :param limits: each with a ``name``, a ``minimum`` or a ``maximum``, and a ``group`` where it is for one only.
    """
    broken = []
    for limit in limits:
        for group in values:
            if limit["group"] not in (None, group):
                continue
            value = values[group].get(limit["name"])
            low, high = limit["minimum"], limit["maximum"]
            if value is None or (low is not None and value < low) or (high is not None and value > high):
                broken.append({"group": group, "name": limit["name"], "value": value, "minimum": low, "maximum": high})
    return {"status": "FAILED" if broken else "PASSED", "violations": broken}


def sentence(violation: dict[str, Any]) -> str:
    """A violation for people."""
    value = "undefined" if violation["value"] is None else f"{violation['value']:.4g}"
    bounds = [
        f"{word} {violation[bound]:g}"
        for bound, word in (("minimum", "at least"), ("maximum", "at most"))
        if violation[bound] is not None
    ]
    return f"{violation['name']} of {violation['group']} is {value}, and has to be {' and '.join(bounds)}"
