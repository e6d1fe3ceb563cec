"""What a change of properties does to a resource: nothing, an update in place, a replacement, or a refusal.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from cdk_ml.rehearsal import traits
from cdk_ml.rehearsal.schemas import Schema, schema_of
from cdk_ml.rehearsal.validation import convert
from cdk_ml.rehearsal.values import text

_ABSENT = object()


class Effect(IntEnum):
    """What a change does, the mildest first."""

    NONE = 0
    IN_PLACE = 1
    CONDITIONAL = 2
    REPLACEMENT = 3
    NEVER = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One property that changed.

    :ivar property: its path, ``/`` between the steps.
    :ivar refusal: why the service does not do it.
    """

    property: str
    effect: Effect
    refusal: traits.Refusal | None = None


def classify(type_: str, old: Mapping[str, Any], new: Mapping[str, Any], region: str) -> Effect:
    """What going from the old properties of a resource to the new ones does to it."""
    return worst(changes(type_, schema_of(type_, region), old, new))


def worst(found: tuple[Change, ...]) -> Effect:
    """What several changes do together."""
    return max((change.effect for change in found), default=Effect.NONE)


def changes(type_: str, schema: Schema | None, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """Each property that differs, and what that does."""
    return tuple(_changes(type_, schema, old, new))


def _changes(type_: str, schema: Schema | None, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    kind = schema.type if schema is not None else type_
    refusals = {refusal.property: refusal for refusal in traits.refusals(kind)}
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name, _ABSENT), new.get(name, _ABSENT)
        if before is after or before == after:
            continue
        if schema is None:
            yield Change(name, Effect.IN_PLACE)
            continue
        if name in schema.read_only or _same(schema, name, before, after):
            continue
        refusal = refusals.get(name)
        if refusal is not None and not (refusal.grows and _grew(before, after)):
            yield Change(name, Effect.NEVER, refusal)
            continue
        yield _effect(schema, name, before, after)


def _effect(schema: Schema, name: str, before: Any, after: Any) -> Change:
    if traits.always_replaces(schema.type, name):
        return Change(name, Effect.REPLACEMENT)
    for paths, effect in ((schema.create_only, Effect.REPLACEMENT), (schema.conditional, Effect.CONDITIONAL)):
        for path in paths:
            if path[0] == name and list(_at(before, path[1:])) != list(_at(after, path[1:])):
                return Change("/".join(path), effect)
    # Without an update handler the only way to a new value is a new resource.
    return Change(name, Effect.IN_PLACE if schema.updatable else Effect.REPLACEMENT)


def _at(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """The values at a path; through lists with ``*``, or without where the schema forgets it."""
    if not path:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _at(item, path[1:] if path[0] == "*" else path)
    elif isinstance(value, Mapping):
        if path[0] == "*":
            for item in value.values():
                yield from _at(item, path[1:])
        elif path[0] in value:
            yield from _at(value[path[0]], path[1:])


def _grew(before: Any, after: Any) -> bool:
    if before is _ABSENT:
        return True
    return isinstance(before, list) and isinstance(after, list) and all(item in after for item in before)


def _same(schema: Schema, name: str, before: Any, after: Any) -> bool:
    """Whether two values differ only in what CloudFormation does not see: the type of a scalar, the order of a set."""
    if before is _ABSENT or after is _ABSENT:
        return False
    node = schema.resolve(schema.properties.get(name, {}))
    before, after = (_plain(convert(schema, node, value)) for value in (before, after))
    if isinstance(before, list) and isinstance(after, list) and node.get("insertionOrder") is False:
        before, after = (sorted(map(_key, value)) for value in (before, after))
    return bool(before == after)


def _plain(value: Any) -> Any:
    """The value with scalars as text, which is what CloudFormation compares."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else text(value)


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
