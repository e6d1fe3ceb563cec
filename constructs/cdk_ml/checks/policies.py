"""Finds the statements of every IAM policy document that a resource carries.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any

from cdk_ml.assembly import Resource
from cdk_ml.checks.values import get, is_intrinsic, items

POLICY_TYPES = (
    "AWS::IAM::GroupPolicy",
    "AWS::IAM::Group",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::User",
    "AWS::IAM::UserPolicy",
)
"""Types that carry permissions."""

Statement = Mapping[str, Any]


def statements(document: object) -> list[Statement]:
    """The Allow statements of a policy document."""
    found = items(get(document, "Statement"))
    return [s for s in found if isinstance(s, Mapping) and not is_intrinsic(s) and s.get("Effect") == "Allow"]


def permissions(resource: Resource) -> Iterator[Statement]:
    """The Allow statements of the policies, inline ones included, of a resource of :data:`POLICY_TYPES`."""
    yield from statements(resource.properties.get("PolicyDocument"))
    for policy in items(resource.properties.get("Policies")):
        yield from statements(get(policy, "PolicyDocument"))


def actions(statement: Statement) -> list[str]:
    """The actions of a statement, as far as they are literal."""
    return [action for action in items(statement.get("Action")) if isinstance(action, str)]


def allows(statement: Statement, action: str) -> bool:
    """Whether the actions of a statement include ``action`` (IAM compares them without regard to case)."""
    return any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in actions(statement))


def condition_keys(statement: Statement) -> set[str]:
    """The condition keys of a statement, in lower case, as IAM compares them."""
    condition = statement.get("Condition")
    if not isinstance(condition, Mapping):
        return set()
    return {key.lower() for operands in condition.values() if isinstance(operands, Mapping) for key in operands}


def has_condition(statement: Statement, *keys: str) -> bool:
    """Whether a statement is conditioned on one of the keys, or on something that only deployment knows."""
    condition = statement.get("Condition")
    return is_intrinsic(condition) or bool(condition_keys(statement) & {key.lower() for key in keys})


def services(statement: Statement) -> list[str]:
    """The service principals of a statement, as far as they are literal."""
    return [s for s in items(get(statement.get("Principal"), "Service")) if isinstance(s, str)]
