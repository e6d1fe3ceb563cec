"""What identifies a resource: the id and attributes that it gets, and the name that nobody else can have.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/resources-section-physical-id.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cdk_ml.rehearsal import traits
from cdk_ml.rehearsal.schemas import Schema
from cdk_ml.rehearsal.values import Invented, choose, digest, generated_name, text
from cdk_ml.rehearsal.world import Claim, Physical

_SCOPING = ("Id", "Identifier", "Arn")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource is made."""

    account: str
    region: str
    partition: str
    stack: str
    stack_path: str


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
    if name in schema.identifier and len(schema.identifier) == 1 and resource.physical_id:
        return Invented(resource.physical_id, origin, sure=getattr(resource.physical_id, "sure", True))
    return made_up(schema, name, node, resource.logical_id, resource.generation, resource.physical_id, place)


def made_up(
    schema: Schema, name: str, node: Mapping[str, Any], logical_id: str, generation: int, own_id: str, place: Place
) -> Any:
    """A value for an attribute that satisfies its schema."""
    origin = f"{logical_id}.{name}"
    key = (place.account, place.region, place.stack_path, logical_id, generation, name)
    match node.get("type"):
        case "integer" | "number":
            return node.get("minimum", 1)
        case "boolean":
            return False
        case "array":
            items = schema.resolve(node.get("items", {}))
            return [Invented(choose([digest(*key)[:12]], items, *key), origin)]
    shaped = traits.identifier(schema.type) if name in schema.identifier or name.endswith("Id") else None
    if shaped is not None and name in (*schema.identifier, f"{schema.type.rpartition('::')[2]}Id", "GroupId"):
        # Attributes that repeat the identifier have to repeat its value.
        return Invented(_shaped(shaped, digest(*key[:-1])), origin, sure=True)
    if name.lower().endswith("arn"):
        form = traits.arn(schema.type)
        short = own_id.rpartition("/")[2].rpartition(":")[2] if own_id.startswith("arn:") else own_id
        service, kind = schema.type.lower().split("::")[1:3]
        body = form or f"{service}:{{r}}:{{a}}:{kind}/{{id}}"
        own = short or generated_name(place.stack, logical_id, {"maxLength": 63}, *key[:-1])
        arn = f"arn:{place.partition}:" + body.format(r=place.region, a=place.account, id=own)
        if form is not None:
            return Invented(arn, origin, sure=getattr(own_id, "sure", True))
        return Invented(choose([arn], node, *key), origin)
    token = digest(*key)
    uuid = _shaped("<uuid>", token)
    plain = f"{logical_id.lower()}-{token[:12]}"
    return Invented(choose([plain, token[:12], uuid, token[:17], str(int(token[:10], 16))], node, *key), origin)


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
    parts = [_part(schema, name, properties, logical_id, generation, place) for name in schema.identifier]
    if len(parts) == 1:
        return parts[0]
    # Ref of a type with several identifiers returns one of them or all; which one, its schema does not say.
    return Invented("|".join(parts), logical_id)


def _part(
    schema: Schema, name: str, properties: Mapping[str, Any], logical_id: str, generation: int, place: Place
) -> str:
    given = _get(properties, name)
    if given is not None:
        return given if isinstance(given, str) else text(given)
    node = schema.at(name) or {}
    key = (place.account, place.region, place.stack_path, logical_id, generation)
    if name in schema.read_only:
        made = made_up(schema, name, node, logical_id, generation, _own_name(schema, properties) or "", place)
        return made if isinstance(made, str) else text(made)
    return Invented(generated_name(place.stack, logical_id, node, *key), logical_id, sure=len(schema.identifier) == 1)


def claim(
    schema: Schema | None, type_: str, properties: Mapping[str, Any], own_id: str, place: Place
) -> tuple[Claim | None, bool]:
    """What only one resource can have, and whether the template asks for it by name."""
    if schema is None or traits.shares_names(type_) or not schema.identifier:
        return None, False
    scope = (type_, *traits.scope(type_, place.account, place.region))
    if not any(name in schema.read_only for name in schema.identifier):
        values = [_get(properties, name) for name in schema.identifier]
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


def _get(properties: Mapping[str, Any], path: str) -> Any:
    value: Any = properties
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _shaped(form: str, token: str) -> str:
    uuid = f"{token[:8]}-{token[8:12]}-4{token[13:16]}-a{token[17:20]}-{token[20:32]}"
    return form.replace("<hex>", f"0{token[:16]}").replace("<uuid>", uuid)


def _token(resource: Physical, place: Place) -> str:
    return digest(place.stack_path, resource.logical_id, resource.generation)
