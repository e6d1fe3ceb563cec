"""Renders a template value as text, with what only deployment knows in brackets: ``arn:aws:s3:::<Bucket>``.

The notation is cdk-nag's, so that a rendered value can be found again in the ids of its findings.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

UNKNOWN = re.compile(r"<[A-Za-z][^<>]*>")
"""A part of a rendered text that only deployment knows."""

_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")


def render(value: object, known: Mapping[str, str] | None = None) -> str:
    """The text of a string or of the intrinsic functions that make one.

    :param known: texts for references, such as ``{"AWS::Partition": "aws"}``.
    """
    values = known or {}
    match value:
        case str():
            return value
        case {"Ref": str() as name}:
            return values.get(name, f"<{name}>")
        case {"Fn::GetAtt": [str() as resource, attribute]}:
            return f"<{resource}.{render(attribute, values)}>"
        case {"Fn::GetAtt": str() as attribute}:
            return f"<{attribute}>"
        case {"Fn::Join": [str() as separator, list() as parts]}:
            return separator.join(render(part, values) for part in parts)
        case {"Fn::Sub": str() as text}:
            return _substituted(text, values)
        case {"Fn::Sub": [str() as text, Mapping() as variables]}:
            return _substituted(text, {**values, **{name: render(part, values) for name, part in variables.items()}})
        case {"Fn::ImportValue": exported}:
            return f"<Import {UNKNOWN.sub('', render(exported, values))}>"
        case bool() | int() | float():
            return json.dumps(value)
    # Fn::Select, Fn::FindInMap and their like: one unknown, whatever they are made of.
    return f"<{next(iter(value), 'nothing')}>" if isinstance(value, Mapping) else f"<{type(value).__name__}>"


def _substituted(text: str, values: Mapping[str, str]) -> str:
    def variable(match: re.Match[str]) -> str:
        literal, name = match.groups()
        return f"${{{name}}}" if literal else values.get(name, f"<{name}>")

    return _VARIABLE.sub(variable, text)


def rendered_strings(value: object, known: Mapping[str, str] | None = None) -> Iterator[str]:
    """Every string inside a value, those that intrinsic functions make rendered whole."""
    match value:
        case str():
            yield value
        case {"Fn::Join": _} | {"Fn::Sub": _}:
            yield render(value, known)
        case Mapping():
            for key, inner in value.items():
                yield str(key)
                yield from rendered_strings(inner, known)
        case list():
            for inner in value:
                yield from rendered_strings(inner, known)


def mapping(value: object) -> dict[str, Any]:
    """``value`` if it is a mapping, else an empty one."""
    return dict(value) if isinstance(value, Mapping) else {}
