"""Applies the rules of a template, which CloudFormation asks about the parameters before it makes anything.

What depends on a value that only the account knows is neither true nor false here, and no rule is broken by it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-rules.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cdk_ml.assembly import Template
from cdk_ml.rehearsal.intrinsics import Resolver
from cdk_ml.rehearsal.outcome import Kind, Problem
from cdk_ml.rehearsal.values import Invented, inventions, short, text

_FUNCTIONS = "Use Fn::Equals, Contains, EachMemberEquals, EachMemberIn, And, Or or Not"


def broken(template: Template, resolver: Resolver) -> Iterator[Problem]:
    """The assertions of the rules that do not hold, and what is no rule."""
    for name, rule in (template.raw.get("Rules") or {}).items():
        try:
            yield from _Parameters(template, resolver).broken_by(name, rule)
        except (TypeError, ValueError, KeyError, AttributeError):
            message = f"rule {name}: {short(rule)} is not a rule"
            yield Problem(Kind.UNRESOLVED, message, _FUNCTIONS)


@dataclass(frozen=True, slots=True)
class _Parameters:
    """What the rules of a template are about."""

    template: Template
    resolver: Resolver

    def broken_by(self, name: str, rule: Mapping[str, Any]) -> Iterator[Problem]:
        if "RuleCondition" in rule and self._truth(rule["RuleCondition"]) is not True:
            return
        for assertion in rule["Assertions"]:
            if self._truth(assertion["Assert"]) is False:
                why = assertion.get("AssertDescription") or f"{short(assertion['Assert'])} is false"
                message = f"rule {name} refuses the parameters: {text(why)}"
                yield Problem(Kind.INVALID_PROPERTY, message, "Give parameters that the rule allows")

    def _truth(self, expression: Any) -> bool | None:
        """Whether an expression is true; None where only the account knows."""
        match expression:
            case {"Fn::And": [*parts]}:
                return _all(map(self._truth, parts))
            case {"Fn::Or": [*parts]}:
                return _any(map(self._truth, parts))
            case {"Fn::Not": [part]}:
                return _not(self._truth(part))
            case {"Fn::Equals": [one, other]}:
                return _equal(self._value(one), self._value(other))
            case {"Fn::Contains": [some, one]}:
                return _contains(self._value(some), self._value(one))
            case {"Fn::EachMemberEquals": [some, one]}:
                value = self._value(one)
                return _all(_equal(each, value) for each in _members(self._value(some)))
            case {"Fn::EachMemberIn": [some, others]}:
                allowed = self._value(others)
                return _all(_contains(allowed, each) for each in _members(self._value(some)))
        raise ValueError

    def _value(self, expression: Any) -> Any:
        match expression:
            case {"Fn::RefAll": str() as type_}:
                declared = self.template.parameters.items()
                found = [self.resolver.names[name] for name, each in declared if each.get("Type") == type_]
                return [member for value in found for member in _members(value)]
            case {"Fn::ValueOf": [str() as name, str() as attribute]}:
                origin = f"{attribute} of {name}"
                if name not in self.template.parameters:
                    raise KeyError
                return Invented(f"<{origin}>", origin)
            case {"Fn::ValueOfAll": [str() as type_, str() as attribute]}:
                origin = f"{attribute} of every {type_}"
                return Invented(f"<{origin}>", origin)
            case [*members]:
                return [self._value(member) for member in members]
        return self.resolver.resolve(expression)


def _members(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _equal(one: Any, other: Any) -> bool | None:
    if one == other:
        return True
    # Where the stack is rehearsed is known; every other invention only looks like what AWS has.
    if any(found.origin != "AWS::Region" for found in inventions([one, other])):
        return None
    return not isinstance(one, list) and not isinstance(other, list) and text(one) == text(other)


def _contains(values: Any, value: Any) -> bool | None:
    return _any(_equal(each, value) for each in _members(values))


def _not(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _any(truths: Iterable[bool | None]) -> bool | None:
    found = set(truths)
    return True if True in found else None if None in found else False


def _all(truths: Iterable[bool | None]) -> bool | None:
    return _not(_any(map(_not, truths)))
