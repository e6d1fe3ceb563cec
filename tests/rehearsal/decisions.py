"""Replacement decisions read from the provider schemas alone, and why another tool may decide otherwise.

Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

HOME = "us-east-1"
Resource = dict[str, Any]

LISTED = Path(__file__).parent / "differences.toml"


class Reason(StrEnum):
    """Why the package decides otherwise; docs/rehearsal-differences.md explains each."""

    NESTED = "part of a property"
    CONDITIONAL = "conditional by the schema"
    TAGS = "tags that can be updated"
    NEWER = "newer schema"
    DOCUMENTED = "documented, not in the schema"
    INTERRUPTED = "interruption, not replacement"
    NARROWER = "documented without the condition"
    STRICTER = "stricter schema"
    SAME = "same value"
    REFUSED = "refused by the service"
    NO_UPDATE = "no update handler"
    LOOSER = "looser comparison"
    UNKNOWN = "unknown property"
    UNEXPLAINED = "unexplained"


def by_schema(old: Resource | None, new: Resource | None) -> str:
    """What an update does to a resource: none, in-place, replacement, conditional, created, deleted or orphaned."""
    if new is None:
        policy = (old or {}).get("DeletionPolicy")
        return "orphaned" if policy in ("Retain", "RetainExceptOnCreate") else "deleted"
    if old is None:
        return "created"
    if old["Type"] != new["Type"]:
        return "replacement"
    before, after = old.get("Properties", {}), new.get("Properties", {})
    if before == after:
        return "none"
    schema = found(old["Type"])
    if _differ(schema.get("createOnlyProperties", ()), before, after):
        return "replacement"
    if _differ(schema.get("conditionalCreateOnlyProperties", ()), before, after):
        return "conditional"
    return "in-place"


def by_rehearsal(old: Resource | None, new: Resource | None) -> str:
    """The same, decided by the rehearsal."""
    # Imported here so that the schemas alone can be asked without it.
    from cdk_ml.rehearsal.classify import Effect, classify

    if old is None or new is None or old["Type"] != new["Type"]:
        return by_schema(old, new)
    effect = classify(old["Type"], old.get("Properties", {}), new.get("Properties", {}), HOME)
    return "in-place" if effect is Effect.IN_PLACE else effect.name.lower()


def reason(type_: str, property_: str, ours: str, theirs: str) -> Reason:
    """Why the package decides otherwise about one changed property."""
    schema = found(type_)
    conditional = schema.get("conditionalCreateOnlyProperties", ())
    both = (*schema.get("createOnlyProperties", ()), *conditional)
    if property_ not in schema.get("properties", {}):
        return Reason.UNKNOWN
    if ours in ("none", "never"):
        return Reason.SAME if ours == "none" else Reason.REFUSED
    if theirs == "none":
        return Reason.LOOSER
    if (known := differences().get(f"{type_}.{property_}")) is not None:
        return known
    if property_ == "Tags" and theirs == "replacement" and schema.get("tagging", {}).get("tagUpdatable"):
        return Reason.TAGS
    if any(path.startswith(f"/properties/{property_}/") for path in both):
        return Reason.NESTED
    if (ours, theirs) == ("conditional", "in-place") and f"/properties/{property_}" in conditional:
        return Reason.CONDITIONAL
    if ours == "replacement" and "handlers" in schema and "update" not in schema["handlers"]:
        return Reason.NO_UPDATE
    return Reason.UNEXPLAINED


@cache
def differences() -> dict[str, Reason]:
    """The properties about which schemas and package are known to differ, and the reason."""
    return {name: Reason[key.upper()] for key, names in listed().items() if key != "since" for name in names}


@cache
def listed() -> dict[str, Any]:
    """Content of differences.toml."""
    return tomllib.loads(LISTED.read_text())


@cache
def found(type_: str) -> dict[str, Any]:
    """Schema of a type, or nothing where there is none."""
    if type_ not in PROVIDER_SCHEMA_MANAGER.get_resource_types(HOME):
        return {}
    schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(HOME, type_).schema
    return schema


def _differ(paths: tuple[str, ...] | list[str], before: Any, after: Any) -> bool:
    return any([*_at(before, path.split("/")[2:])] != [*_at(after, path.split("/")[2:])] for path in paths)


def _at(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield value
    elif isinstance(value, list):
        rest = steps[1:] if steps[0] == "*" else steps
        for item in value:
            yield from _at(item, rest)
    elif isinstance(value, dict):
        # An intrinsic function hides what it returns: a change of it may be one of any part.
        if len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::")):
            yield value
        elif steps[0] == "*":
            for item in value.values():
                yield from _at(item, steps[1:])
        elif steps[0] in value:
            yield from _at(value[steps[0]], steps[1:])
