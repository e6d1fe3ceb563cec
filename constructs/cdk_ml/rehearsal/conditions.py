"""Decides the conditions of a template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_ml.rehearsal.outcome import Kind, Problem
from cdk_ml.rehearsal.values import short, text

if TYPE_CHECKING:
    from cdk_ml.rehearsal.intrinsics import Resolver


def truth(expression: Any, resolver: Resolver) -> bool:
    """Whether an expression is true; what is no condition is a problem of the resolver, and false."""
    match expression:
        case {"Condition": str() as name}:
            return resolver.holds(name)
        case {"Fn::And": list() as parts}:
            return all(truth(part, resolver) for part in parts)
        case {"Fn::Or": list() as parts}:
            return any(truth(part, resolver) for part in parts)
        case {"Fn::Not": [part]}:
            return not truth(part, resolver)
        case {"Fn::Equals": [left, right]}:
            return text(resolver.resolve(left)) == text(resolver.resolve(right))
        case bool() | str():
            return text(expression) == "true"
    message = f"{short(expression)} is not a condition"
    resolver.problems.append(Problem(Kind.UNRESOLVED, message, "Use Fn::Equals, And, Or or Not"))
    return False
