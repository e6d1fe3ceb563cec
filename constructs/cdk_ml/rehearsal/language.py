"""Expands the loops of the language extensions, which a template may have instead of resources, outputs or properties.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_LOOP = "Fn::ForEach::"


def has_loops(value: Any) -> bool:
    """Whether there is a loop anywhere in a value."""
    if isinstance(value, Mapping):
        return any(key.startswith(_LOOP) or has_loops(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(has_loops, value))


def expand(value: Any, collection: Callable[[Any], list[Any]]) -> Any:
    """The value with every loop written out.

    :param collection: resolves what a loop runs over.
    """
    if isinstance(value, list):
        return [expand(item, collection) for item in value]
    if not isinstance(value, Mapping):
        return value
    expanded: dict[str, Any] = {}
    for key, inner in value.items():
        match inner:
            case [str() as name, over, Mapping() as body] if key.startswith(_LOOP):
                for item in collection(over):
                    expanded |= expand(_replaced(body, name, str(item)), collection)
            case _:
                expanded[key] = expand(inner, collection)
    return expanded


def _replaced(value: Any, name: str, item: str) -> Any:
    if isinstance(value, str):
        plain = "".join(letter for letter in item if letter.isalnum())
        return value.replace(f"${{{name}}}", item).replace(f"&{{{name}}}", plain)
    if isinstance(value, list):
        return [_replaced(inner, name, item) for inner in value]
    if not isinstance(value, Mapping):
        return value
    if value == {"Ref": name}:
        return item
    return {_replaced(key, name, item): _replaced(inner, name, item) for key, inner in value.items()}
