"""Values that only a deployment knows, invented so that what is composed of them can still be judged.

Each says where it comes from, and whether AWS gives it this shape for certain. What is wrong with a value of certain
shape is wrong on AWS; what is wrong with another may be the invention's fault, so nobody is accused of it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/resources-section-physical-id.html
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from cdk_ml.checks.extra import needs

_SUFFIX = 12
_LONGEST = 255
_LINE = 80


class Invented(str):
    """Text that stands for what a deployment would put there.

    :ivar origin: where it comes from, as the template has it: ``Bucket.Arn``, ``AWS::AccountId``.
    :ivar sure: AWS's own value has the same length and form.
    """

    __slots__ = ("origin", "sure")
    origin: str
    sure: bool

    def __new__(cls, text: str, origin: str, *, sure: bool = False) -> Invented:
        made = super().__new__(cls, text)
        made.origin = origin
        made.sure = sure
        return made


class _NoValue:
    """What ``AWS::NoValue`` resolves to, until the property it was given to is removed."""

    def __repr__(self) -> str:
        return "AWS::NoValue"


NO_VALUE = _NoValue()


def join(separator: str, parts: Iterable[object]) -> str:
    """The parts as one text, which remembers what is invented in it."""
    pieces = [text(part) for part in parts]
    joined = separator.join(pieces)
    found = [piece for piece in (*pieces, separator) if isinstance(piece, Invented)]
    if not found:
        return joined
    origins = ", ".join(dict.fromkeys(piece.origin for piece in found))
    return Invented(joined, origins, sure=all(piece.sure for piece in found))


def text(value: object) -> str:
    """A scalar as CloudFormation writes it into text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is NO_VALUE else str(value)


def at(properties: Mapping[str, Any], path: str) -> Any:
    """The value of a property, or ``None`` where there is none; ``.`` in the path steps into an object."""
    value: Any = properties
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def short(value: object) -> str:
    """A value as JSON, cut to fit into a line."""
    encoded = json.dumps(value, default=str)
    return encoded if len(encoded) <= _LINE else f"{encoded[: _LINE - 3]}..."


def inventions(value: object) -> Iterator[Invented]:
    """Every invented text inside a value."""
    if isinstance(value, Invented):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from inventions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from inventions(inner)


def doubtful(value: object) -> bool:
    """Whether part of a value may look different on AWS."""
    return any(not found.sure for found in inventions(value))


def digest(*key: object) -> str:
    """Hexadecimal digits that are the same for the same key, in every run."""
    return hashlib.sha256("\0".join(map(str, key)).encode()).hexdigest()


def fits(candidate: str, schema: Mapping[str, Any]) -> bool:
    """Whether text satisfies the pattern, length and choices of a schema."""
    if "enum" in schema and candidate not in schema["enum"]:
        return False
    if not schema.get("minLength", 0) <= len(candidate) <= schema.get("maxLength", 65536):
        return False
    pattern = _compiled(schema.get("pattern", ""))
    return pattern is None or pattern.search(candidate) is not None


def generated_name(stack: str, logical_id: str, schema: Mapping[str, Any], *key: object) -> str:
    """The name that CloudFormation gives to what has none: stack, logical id and random letters, cut to fit."""
    suffix = digest(*key).upper()[:_SUFFIX]
    room = int(schema.get("maxLength", _LONGEST)) - _SUFFIX - 2
    half = max(1, room // 2)
    long = f"{stack}-{logical_id}-{suffix}"
    name = long if len(stack) + len(logical_id) <= room else f"{stack[:half]}-{logical_id[: room - half]}-{suffix}"
    plain = re.sub(r"[^A-Za-z0-9]", "", name)
    return choose((name, name.lower(), name.replace("-", "_"), plain, plain.lower(), suffix), schema, *key)


def choose(candidates: Iterable[str], schema: Mapping[str, Any], *key: object) -> str:
    """The first candidate that a schema accepts, else text made from its pattern, else the last candidate."""
    last = ""
    for candidate in (*schema.get("enum", ())[:1], *candidates):
        if isinstance(candidate, str) and fits(candidate, schema):
            return candidate
        last = str(candidate)
    return _from_pattern(schema, *key) or last


def _from_pattern(schema: Mapping[str, Any], *key: object) -> str | None:
    pattern = schema.get("pattern")
    if not isinstance(pattern, str) or _compiled(pattern) is None:
        return None
    with needs("check", "a rehearsal"):
        from rstr import Rstr

    generator = Rstr(random.Random(digest(*key)))
    for _ in range(8):
        try:
            made = generator.xeger(pattern)
        except ValueError:
            # It repeats nothing more than a hundred times, as a digest of 128 characters asks.
            return None
        if fits(made, schema):
            return made
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except re.error:
        # Patterns are written for other engines; one that Python does not know restricts nothing here.
        return None
