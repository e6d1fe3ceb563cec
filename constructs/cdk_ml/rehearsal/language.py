"""Expands the loops of the language extensions, which a template may have instead of resources, outputs or properties.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cdk_ml.rehearsal.values import text

EXTENSIONS = "AWS::LanguageExtensions"
_LOOP = "Fn::ForEach::"

Collection = Callable[[Any], list[Any]]
Refuse = Callable[[str], None]


def extended(raw: Mapping[str, Any]) -> bool:
    """Whether a template uses the language extensions."""
    return EXTENSIONS in transforms(raw)


def transforms(raw: Mapping[str, Any]) -> list[str]:
    """The macros that a template names for the whole of it."""
    named = raw.get("Transform") or []
    listed = named if isinstance(named, list) else [named]
    return [str(each.get("Name", "")) if isinstance(each, Mapping) else str(each) for each in listed]


def has_loops(value: Any) -> bool:
    """Whether there is a loop anywhere in a value."""
    if isinstance(value, Mapping):
        return any(key.startswith(_LOOP) or has_loops(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(has_loops, value))


def expand(value: Any, collection: Collection, refuse: Refuse) -> Any:
    """The value with every loop written out.

    :param collection: resolves what a loop runs over.
    :param refuse: is told of what is called a loop and is none, which is left out.
    """
    if isinstance(value, list):
        return [expand(item, collection, refuse) for item in value]
    if not isinstance(value, Mapping):
        return value
    expanded: dict[str, Any] = {}
    for key, inner in value.items():
        match inner:
            case [str() as name, over, Mapping() as body] if key.startswith(_LOOP):
                for item in collection(over):
                    if isinstance(item, Mapping | list):
                        refuse(f"{key} runs over {item}, which is no text")
                    else:
                        expanded |= expand(_replaced(body, name, text(item)), collection, refuse)
            case _ if key.startswith(_LOOP):
                refuse(f"{key} is not a name, a list and what to repeat")
            case _:
                expanded[key] = expand(inner, collection, refuse)
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
