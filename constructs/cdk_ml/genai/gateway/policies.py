"""Permissions of a gateway, in policies that are not too long for IAM.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from aws_cdk import Stack
from constructs import IConstruct

from cdk_ml.workspace import Statement

LONGEST_POLICY = 6_144
MOST_POLICIES = 9
"""A role has ten managed policies; one of them is its own."""

_FRAME = 60  # Version, and what stands around statements.
# A reference becomes an ARN or a part of one: rather more than less.
_REFERENCE = 90
_PSEUDO = {"AWS::Partition": 10, "AWS::Region": 14, "AWS::AccountId": 12}


def packed(scope: IConstruct, statements: Iterable[Statement]) -> list[list[Statement]]:
    """Statements in as few policies as they fit into, in their order."""
    policies: list[list[Statement]] = []
    room = 0
    for statement in statements:
        length = _length(Stack.of(scope).resolve(statement.document())) + 1
        if length > room or not policies:
            policies.append([])
            room = LONGEST_POLICY - _FRAME
        policies[-1].append(statement)
        room -= length
    return policies


def policy_length(scope: IConstruct, statements: Iterable[Statement]) -> int:
    """How long a policy will be at most, as far as that is known."""
    stack = Stack.of(scope)
    return _FRAME + sum(_length(stack.resolve(statement.document())) + 1 for statement in statements)


def _length(value: Any) -> int:
    match value:
        case {"Fn::Join": [str() as separator, list() as parts]}:
            return sum(map(_length, parts)) + len(separator) * len(parts)
        case {"Ref": name}:
            return _PSEUDO.get(name, _REFERENCE)
        case {"Fn::GetAtt": _} | {"Fn::Select": _} | {"Fn::Split": _} | {"Fn::ImportValue": _} | {"Fn::Sub": _}:
            return _REFERENCE
        case dict():
            return 2 + sum(_length(key) + _length(inner) + 2 for key, inner in value.items())
        case list():
            return 2 + sum(_length(inner) + 1 for inner in value)
        case _:
            return len(json.dumps(value))
