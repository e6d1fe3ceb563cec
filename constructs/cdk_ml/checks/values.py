"""Reads values of template properties, telling apart what is absent, what is known and what only deployment knows.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_NO_VALUE = {"Ref": "AWS::NoValue"}


def is_intrinsic(value: object) -> bool:
    """Whether the value is a call of an intrinsic function, so that only deployment knows it."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    key = next(iter(value))
    return key in ("Ref", "Condition") or key.startswith("Fn::")


def is_absent(value: object) -> bool:
    """Whether a property is not set, or set to ``AWS::NoValue``."""
    return value is None or value == _NO_VALUE


def get(value: object, *path: str) -> Any:
    """The value at a path of property names; None where a step is absent, the intrinsic where a step is one."""
    for name in path:
        if is_absent(value):
            return None
        if is_intrinsic(value):
            return value
        value = value.get(name) if isinstance(value, Mapping) else None
    return None if is_absent(value) else value


def items(value: object) -> list[Any]:
    """The entries of a property that holds one value or a list of them, without absent ones."""
    if is_absent(value):
        return []
    return [item for item in value if not is_absent(item)] if isinstance(value, list) else [value]


def is_off(value: object) -> bool:
    """Whether a switch is absent or known not to be true."""
    return not is_intrinsic(value) and value not in (True, "true")


def literals(value: object) -> Iterator[str]:
    """Every string inside a value, the arguments of its intrinsic functions included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from literals(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from literals(inner)


def joined(value: object) -> str:
    """The text of a string, ``Fn::Join`` or ``Fn::Sub``; ``?`` stands for what else only deployment knows."""
    if isinstance(value, str):
        return value
    match value:
        case {"Fn::Join": [str() as separator, list() as parts]}:
            return separator.join(joined(part) for part in parts)
        case {"Fn::Sub": str() as text} | {"Fn::Sub": [str() as text, *_]}:
            return text
    return "?"


def at(value: object, path: str) -> Iterator[Any]:
    """Every value that is set at a path where ``.`` steps into an object and ``[]`` into each item of a list."""
    name, _, rest = path.partition(".")
    inner = get(value, name.removesuffix("[]"))
    for each in items(inner) if name.endswith("[]") else [inner]:
        if is_absent(each):
            continue
        if rest and not is_intrinsic(each):
            yield from at(each, rest)
        else:
            yield each
