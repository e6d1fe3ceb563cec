"""Which properties cannot be changed without making another resource, by CloudFormation's own resource schemas.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from cfnlint.schema import ResourceNotFoundError  # type: ignore[import-untyped]
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

_REGION = "us-east-1"
_ANY = "*"
Path = tuple[str | int, ...]


@cache
def create_only(type_: str) -> tuple[Path, ...]:
    """Paths of the properties that are fixed when a resource is made; ``*`` stands for every item of a list."""
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(_REGION, type_).schema
    except ResourceNotFoundError:
        return ()
    pointers = [*schema.get("createOnlyProperties", ()), *schema.get("conditionalCreateOnlyProperties", ())]
    return tuple(tuple(pointer.removeprefix("/properties/").split("/")) for pointer in pointers)


def replaces(type_: str, path: Sequence[str | int]) -> bool:
    """Whether a change at ``path`` of the properties, or of a part of what is there, makes another resource."""
    return any(
        all(one in (_ANY, other) or isinstance(other, int) for one, other in zip(fixed, path, strict=False))
        for fixed in create_only(type_)
    )


def fixed_values(type_: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that are fixed when the resource is made, by their path."""
    values: dict[str, Any] = {}
    for path in sorted(create_only(type_), key=str):
        for where, value in _values(properties, path):
            values["/".join(map(str, where))] = value
    return values


def _values(value: Any, path: Sequence[str | int]) -> Iterator[tuple[Path, Any]]:
    if not path:
        yield (), value
        return
    head, *rest = path
    if head == _ANY and isinstance(value, list):
        inside = list(enumerate(value))
    else:
        inside = [(head, value[head])] if isinstance(value, Mapping) and head in value else []
    for key, item in inside:
        for where, found in _values(item, rest):
            yield (key, *where), found
