"""Holds the actions of an update against the stack policy, which can protect resources from updates.

A stack policy denies what it does not allow, and a denial wins.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from cdk_ml.rehearsal.world import Physical

MODIFY, REPLACE, DELETE = "Update:Modify", "Update:Replace", "Update:Delete"


def allows(policy: Mapping[str, Any], action: str, resource: Physical) -> bool:
    """Whether a stack policy lets an update do something to a resource."""
    effects = {
        str(statement.get("Effect"))
        for statement in _items(policy.get("Statement"))
        if isinstance(statement, Mapping) and _applies(statement, action, resource)
    }
    return "Allow" in effects and "Deny" not in effects


def _applies(statement: Mapping[str, Any], action: str, resource: Physical) -> bool:
    logical_id = f"LogicalResourceId/{resource.logical_id}"
    return (
        _matches(statement, "Action", action)
        and _matches(statement, "Resource", logical_id)
        and _of_type(statement.get("Condition"), resource.type)
    )


def _matches(statement: Mapping[str, Any], key: str, value: str) -> bool:
    if f"Not{key}" in statement:
        return not any(fnmatchcase(value, str(pattern)) for pattern in _items(statement[f"Not{key}"]))
    return any(fnmatchcase(value, str(pattern)) for pattern in _items(statement.get(key)))


def _of_type(condition: Any, type_: str) -> bool:
    if not isinstance(condition, Mapping):
        return True
    return all(
        any(fnmatchcase(type_, str(pattern)) for pattern in _items(operands.get("ResourceType")))
        for operands in condition.values()
        if isinstance(operands, Mapping)
    )


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
