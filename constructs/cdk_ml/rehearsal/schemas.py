"""The resource schemas that CloudFormation publishes, as cfn-lint ships them, read one by one when they are needed.

A schema says what a type's properties may be, which of them replace the resource, what it is identified by and what
its handlers do. cfn-lint's schemas are the registry's with corrections. They are read as files, because importing
cfn-lint takes longer than a whole rehearsal.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cdk_ml.assembly import AssemblyError
from cdk_ml.checks.extra import needs

DEFAULT_TIMEOUT = 120
"""Minutes a handler may take where its schema does not say; the registry's own default."""

CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"
NESTED_STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """What CloudFormation knows of a resource type.

    :ivar raw: the whole schema.
    :ivar create_only: paths of the properties whose change replaces the resource; ``*`` for the items of a list.
    :ivar conditional: paths of those whose change replaces it under conditions that the schema does not say.
    :ivar read_only: paths of what only AWS sets.
    :ivar identifier: names of the properties that identify a resource of the type.
    :ivar deletes_first: a replacement deletes the old resource before it creates the new one.
    :ivar updatable: it has an update handler, or is older than handlers.
    """

    type: str
    raw: Mapping[str, Any]
    create_only: tuple[tuple[str, ...], ...]
    conditional: tuple[tuple[str, ...], ...]
    read_only: frozenset[str]
    identifier: tuple[str, ...]
    deletes_first: bool
    updatable: bool

    @property
    def properties(self) -> Mapping[str, Any]:
        """The schemas of the properties by their names."""
        found: Mapping[str, Any] = self.raw.get("properties", {})
        return found

    @property
    def required(self) -> frozenset[str]:
        """The names of the properties that must be there."""
        return frozenset(self.raw.get("required", ()))

    def minutes(self, handler: str) -> int:
        """How long a handler may take at most."""
        return int(self.raw.get("handlers", {}).get(handler, {}).get("timeoutInMinutes", DEFAULT_TIMEOUT))

    def resolve(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema that a ``$ref`` stands for; a schema without one stands for itself."""
        for _ in range(20):
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                return schema
            target: Any = self.raw
            for step in reference.removeprefix("#/").split("/"):
                target = target.get(step, {}) if isinstance(target, Mapping) else {}
            schema = target
        return {}

    def at(self, path: str) -> Mapping[str, Any] | None:
        """The schema of a property or attribute, ``Endpoint.Address``; None where there is none of that name."""
        node: Mapping[str, Any] = self.raw
        for name in path.split("."):
            inner = node.get("properties", {}).get(name)
            if inner is None:
                return None
            node = self.resolve(inner)
        return node

    def has_attribute(self, name: str) -> bool:
        """Whether ``Fn::GetAtt`` of this name works."""
        if name in self.read_only:
            return True
        everything, some = _more_attributes()
        node = self.at(name) if self.type in everything or name in some.get(self.type, ()) else None
        return node is not None and node.get("type") != "object"


def schema_of(type_: str, region: str) -> Schema | None:
    """The schema of a type in a region; None where the type does not exist there, or has no published schema."""
    if type_.startswith("Custom::"):
        type_ = CUSTOM_RESOURCE
    name = _types(region).get(type_)
    return _schema(type_, name) if name else None


def regions() -> tuple[str, ...]:
    """The regions that there are schemas for."""
    return tuple(sorted(file.stem for file in (_folder() / "providers").glob("*-*.json")))


def regions_of(type_: str) -> tuple[str, ...]:
    """The regions in which a type exists."""
    return tuple(region for region in regions() if type_ in _types(region))


def types(region: str) -> tuple[str, ...]:
    """The types that exist in a region."""
    return tuple(_types(region))


def is_opaque(type_: str) -> bool:
    """Whether nobody but its author knows a type: custom resources, modules, and private or third-party types."""
    custom = type_.startswith("Custom::") or type_ == CUSTOM_RESOURCE or is_module(type_)
    return custom or not type_.startswith(("AWS::", "Alexa::"))


def is_module(type_: str) -> bool:
    """Whether a type is a module: several resources, which the registry of the account knows."""
    return type_.endswith("::MODULE")


def check_region(region: str) -> None:
    """:raises AssemblyError: for a region without schemas."""
    if region not in regions():
        raise AssemblyError(f"{region}: no such region. There are {', '.join(regions())}.")


@cache
def _folder() -> Path:
    with needs("check", "a rehearsal"):
        spec = find_spec("cfnlint")
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError("No module named 'cfnlint'", name="cfn-lint")
    return Path(spec.origin).parent / "data" / "schemas"


@cache
def _types(region: str) -> Mapping[str, str]:
    types: dict[str, str] = {}
    for name in (region, "sam"):
        file = _folder() / "providers" / f"{name}.json"
        types |= json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return types


@cache
def _schema(type_: str, name: str) -> Schema:
    raw = json.loads((_folder() / "resources" / f"{name}.json").read_text("utf-8"))
    if type_ == CUSTOM_RESOURCE:
        # All other properties are their author's.
        raw = {key: value for key, value in raw.items() if key not in ("additionalProperties", "patternProperties")}
    return Schema(
        type=type_,
        raw=raw,
        create_only=_paths(raw, "createOnlyProperties"),
        conditional=_paths(raw, "conditionalCreateOnlyProperties"),
        read_only=frozenset(".".join(path) for path in _paths(raw, "readOnlyProperties")),
        identifier=tuple(".".join(path) for path in _paths(raw, "primaryIdentifier")),
        deletes_first=raw.get("replacementStrategy") == "delete_then_create",
        updatable="handlers" not in raw or "update" in raw["handlers"],
    )


def _paths(raw: Mapping[str, Any], key: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(pointer.split("/")[2:]) for pointer in raw.get(key) or ())


@cache
def _more_attributes() -> tuple[frozenset[str], Mapping[str, list[str]]]:
    """The old types whose every property is an attribute, and those with some attributes that no schema has.

    Only cfn-lint knows them, in two tables of a module; they are read without importing it, which takes a second.
    """
    tree = ast.parse((_folder().parents[1] / "schema" / "_getatts.py").read_text("utf-8"))
    tables = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    everything, some = (ast.literal_eval(tables[name]) for name in ("_all_property_types", "_exceptions"))
    return frozenset(everything), some
