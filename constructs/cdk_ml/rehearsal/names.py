"""What identifies a resource: the id and attributes that it gets, and the name that nobody else can have.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/resources-section-physical-id.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cdk_ml.rehearsal import traits
from cdk_ml.rehearsal.schemas import Schema
from cdk_ml.rehearsal.values import Invented, at, choose, digest, generated_name, text
from cdk_ml.rehearsal.world import Claim, Physical

_SCOPING = ("Id", "Identifier", "Arn")
_PLACE = re.compile(r"\{(\w+)\}")
_LAST = re.compile(r"[/:]")
_LENGTH = re.compile(r"<(\d+)>")
# source: partitions.json of botocore 1.44.5, read 2026-11-24; the prefixes of the regions, and the suffix of addresses.
_PARTITIONS = {
    "cn-": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-": ("aws-us-gov", "amazonaws.com"),
    "us-iso-": ("aws-iso", "c2s.ic.gov"),
    "us-isob-": ("aws-iso-b", "sc2s.sgov.gov"),
    "eu-isoe-": ("aws-iso-e", "cloud.adc-e.uk"),
    "us-isof-": ("aws-iso-f", "csp.hci.ic.gov"),
    "eusc-": ("aws-eusc", "amazonaws.eu"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource is made."""

    account: str
    region: str
    partition: str
    stack: str
    stack_path: str


def partition(region: str) -> str:
    """The partition of a region."""
    return next((name for prefix, (name, _) in _PARTITIONS.items() if region.startswith(prefix)), "aws")


def suffix(partition: str) -> str:
    """What the addresses of a partition end in."""
    return dict(_PARTITIONS.values()).get(partition, "amazonaws.com")


def attribute(resource: Physical, name: str, place: Place) -> Any:
    """What ``Fn::GetAtt`` returns: a property that was given, or what the service sets."""
    if name not in resource.attributes:
        given: Any = resource.properties
        for step in name.split("."):
            given = given.get(step) if isinstance(given, Mapping) else None
        resource.attributes[name] = given if given is not None else _invented(resource, name, place)
    return resource.attributes[name]


def _invented(resource: Physical, name: str, place: Place) -> Any:
    origin = f"{resource.logical_id}.{name}"
    schema = resource.schema
    node = schema.at(name) if schema is not None else None
    if schema is None or node is None:
        return Invented(f"<{origin}:{_token(resource, place)[:8]}>", origin)
    repeats = schema.identifier == (name,) and traits.reference(schema.type) is None
    if repeats and resource.physical_id:
        return Invented(resource.physical_id, origin, sure=getattr(resource.physical_id, "sure", True))
    made = _Making(schema, resource.properties, resource.logical_id, resource.generation, place, resource.physical_id)
    return made.attribute(name, node)


@dataclass(frozen=True, slots=True)
class _Making:
    """A resource whose attributes are made up.

    :ivar own_id: what ``Ref`` returns; ``""`` while that is what is made up.
    """

    schema: Schema
    properties: Mapping[str, Any]
    logical_id: str
    generation: int
    place: Place
    own_id: str = ""

    def attribute(self, name: str, node: Mapping[str, Any]) -> Any:
        """A value that satisfies the schema of the attribute, in AWS's own form where that is known."""
        origin = f"{self.logical_id}.{name}"
        key = (*self._key(), name)
        form = self._form(name)
        if form is not None:
            return self._filled(form, origin, sure=name in self.schema.identifier)
        match node.get("type"):
            case "integer" | "number":
                return node.get("minimum", 1)
            case "boolean":
                return False
            case "array":
                items = self.schema.resolve(node.get("items", {}))
                return [Invented(choose([digest(*key)[:12]], items, *key), origin)]
        if name in (name_property(self.schema), "Name") and name not in self.schema.identifier:
            return self.name(origin)
        if name.lower().endswith("arn"):
            known = traits.arn(self.schema.type)
            service, kind = self.schema.type.lower().split("::")[1:3]
            arn = self._filled(f"arn:{{p}}:{known or f'{service}:{{r}}:{{a}}:{kind}/{{id}}'}", origin, sure=True)
            return arn if known is not None else Invented(choose([arn], node, *key), origin)
        token = digest(*key)
        uuid = _shaped("<uuid>", token)
        plain = f"{self.logical_id.lower()}-{token[:12]}"
        return Invented(choose([plain, token[:12], uuid, token[:17], str(int(token[:10], 16))], node, *key), origin)

    def reference(self) -> str:
        """What ``Ref`` returns."""
        form = traits.reference(self.schema.type)
        if form is not None:
            return self._filled(form, self.logical_id, sure=True)
        parts = [self._part(name) for name in self.schema.identifier]
        if len(parts) == 1:
            return parts[0]
        # Ref of a type with several identifiers returns one of them or all; which one, its schema does not say.
        return Invented("|".join(parts), self.logical_id)

    def name(self, origin: str) -> str:
        """The name that the template gives, or else CloudFormation."""
        given = _own_name(self.schema, self.properties)
        if given is not None:
            return given
        property_ = name_property(self.schema)
        node = self.schema.at(property_) if property_ is not None else None
        generated = generated_name(self.place.stack, self.logical_id, node or {"maxLength": 63}, *self._key())
        return Invented(generated, origin, sure=property_ is not None)

    def _part(self, name: str) -> str:
        given = _named(self.properties, self.schema.type, name)
        if given is not None:
            return given if isinstance(given, str) else text(given)
        node = self.schema.at(name) or {}
        if name in self.schema.read_only:
            made = self.attribute(name, node)
            return made if isinstance(made, str) else text(made)
        generated = generated_name(self.place.stack, self.logical_id, node, *self._key())
        return Invented(generated, self.logical_id, sure=len(self.schema.identifier) == 1)

    def _form(self, name: str) -> str | None:
        type_ = self.schema.type
        known = traits.attribute(type_, name)
        if known is not None:
            return known
        # Attributes that repeat the identifier have to repeat its value.
        repeats = name in (*self.schema.identifier, f"{type_.rpartition('::')[2]}Id", "GroupId")
        return traits.identifier(type_) if repeats else None

    def _filled(self, form: str, origin: str, *, sure: bool) -> Invented:
        place = self.place
        named = self.name(origin)
        short = self.own_id
        if short.startswith(("arn:", "http")):
            short = _last(short)
        values = {"p": place.partition, "r": place.region, "a": place.account, "s": suffix(place.partition)}
        values |= {"name": named, "id": short or named, "path": text(self.properties.get("Path") or "/")}
        unsure = [value for value in (named, self.own_id) if isinstance(value, Invented) and not value.sure]

        def fill(found: re.Match[str]) -> str:
            key = found.group(1)
            if key in values:
                return str(values[key])
            given = text(self.properties.get(key) or "")
            if isinstance(given, Invented) and not given.sure:
                unsure.append(given)
            return _last(given)

        return Invented(_shaped(_PLACE.sub(fill, form), digest(*self._key())), origin, sure=sure and not unsure)

    def _key(self) -> tuple[object, ...]:
        return (self.place.account, self.place.region, self.place.stack_path, self.logical_id, self.generation)


def physical_id(
    type_: str,
    schema: Schema | None,
    properties: Mapping[str, Any],
    logical_id: str,
    generation: int,
    place: Place,
) -> str:
    """What ``Ref`` returns."""
    if schema is None or type_.startswith("Custom::"):
        return Invented(f"<{logical_id}:{digest(place.stack_path, logical_id, generation)[:8]}>", logical_id)
    return _Making(schema, properties, logical_id, generation, place).reference()


def claim(
    schema: Schema | None, type_: str, properties: Mapping[str, Any], own_id: str, place: Place
) -> tuple[Claim | None, bool]:
    """What only one resource can have, and whether the template asks for it by name."""
    if schema is None or traits.shares_names(type_) or not schema.identifier:
        return None, False
    scope = (type_, *traits.scope(type_, place.account, place.region))
    around = traits.within(type_)
    if around is not None and around in properties:
        scope = (*scope, f"{around}={text(properties[around])}")
    if not any(name in schema.read_only for name in schema.identifier):
        values = [_named(properties, type_, name) for name in schema.identifier]
        if all(value is None for value in values):
            return (*scope, own_id), False
        if any(value is None for value in values):
            # CloudFormation makes the missing part of the name up.
            return None, False
        return (*scope, *map(text, values)), True
    name = _own_name(schema, properties)
    if name is None:
        return (*scope, own_id), False
    return (*scope, name, *_around(schema, properties)), True


def name_property(schema: Schema) -> str | None:
    """The property that names a resource whose identifier the service makes up."""
    kind = schema.type.rpartition("::")[2].lower()
    for path in schema.create_only:
        if len(path) == 1 and path[0].endswith("Name") and path[0] not in schema.read_only:
            stem = path[0].removesuffix("Name").lower()
            if not stem or kind.endswith(stem) or stem.endswith(kind):
                return path[0]
    return None


def _own_name(schema: Schema, properties: Mapping[str, Any]) -> str | None:
    property_ = name_property(schema)
    value = properties.get(property_) if property_ is not None else None
    return value if isinstance(value, str) else None


def _around(schema: Schema, properties: Mapping[str, Any]) -> Iterator[str]:
    """What a name is unique within: what the resource belongs to and cannot leave."""
    within = [path[0] for path in schema.create_only if len(path) == 1]
    own = name_property(schema)
    for name in sorted({*within, *(part for part in schema.identifier if part not in schema.read_only)}):
        parent = name in schema.identifier or name in schema.required or name == "VpcId"
        scoping = name.endswith((*_SCOPING, "Name")) and not any(word in name for word in ("Role", "Kms", "Key"))
        if parent and scoping and name != own and name in properties:
            yield f"{name}={text(properties[name])}"


def _named(properties: Mapping[str, Any], type_: str, name: str) -> Any:
    """What identifies a resource: some types take it inside a property or beside it, as Glue's tables do."""
    inside = at(properties, traits.named_by(type_, name))
    return properties.get(name) if inside is None else inside


def _shaped(form: str, token: str) -> str:
    uuid = f"{token[:8]}-{token[8:12]}-4{token[13:16]}-a{token[17:20]}-{token[20:32]}"
    made = form.replace("<hex>", f"0{token[:16]}").replace("<uuid>", uuid)
    return _LENGTH.sub(lambda found: token[: int(found.group(1))].upper(), made)


def _last(value: str) -> str:
    return _LAST.split(value)[-1]


def _token(resource: Physical, place: Place) -> str:
    return digest(place.stack_path, resource.logical_id, resource.generation)
