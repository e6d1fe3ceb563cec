"""Makes the resources of a world: a new one, or an old one with what changed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/resources-section-structure.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cdk_ml.assembly import Resource
from cdk_ml.rehearsal import names
from cdk_ml.rehearsal.policies import Policies
from cdk_ml.rehearsal.schemas import Schema
from cdk_ml.rehearsal.stage import Stage
from cdk_ml.rehearsal.world import Physical


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the template wants of a resource, resolved.

    :ivar needs: logical ids of what it depends on.
    """

    resource: Resource
    schema: Schema | None
    properties: Mapping[str, Any]
    needs: tuple[str, ...]
    policies: Policies


def new(wanted: Wanted, place: names.Place, generation: int, child: str | None) -> Physical:
    """A resource that did not exist.

    :param child: path of the nested stack that it stands for.
    """
    resource, schema, properties = wanted.resource, wanted.schema, wanted.properties
    own_id = names.physical_id(resource.type, schema, properties, resource.logical_id, generation, place)
    claim, named = names.claim(schema, resource.type, properties, own_id, place)
    return Physical(
        stack=place.stack_path,
        logical_id=resource.logical_id,
        type=resource.type,
        path=resource.path,
        physical_id=own_id,
        generation=generation,
        properties=properties,
        schema=schema,
        claim=claim,
        named=named,
        needs=wanted.needs,
        deletion_policy=wanted.policies.deletion,
        update_replace_policy=wanted.policies.update_replace,
        child=child,
    )


def kept(stage: Stage, wanted: Wanted, old: Physical) -> Physical:
    """A resource that stays, with what changed in place."""
    changed = replace(
        old,
        path=wanted.resource.path,
        properties=wanted.properties,
        schema=wanted.schema,
        needs=wanted.needs,
        deletion_policy=wanted.policies.deletion,
        update_replace_policy=wanted.policies.update_replace,
        attributes={},
    )
    if changed.claim is not None and stage.claims.get(changed.claim) is old:
        stage.claims[changed.claim] = changed
    return changed
