"""The resources of a template once its loops are written out.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_ml.assembly import Resource, Template
from cdk_ml.rehearsal.intrinsics import Resolver
from cdk_ml.rehearsal.language import expand, has_loops
from cdk_ml.rehearsal.values import text


def resources_of(template: Template, resolver: Resolver) -> Mapping[str, Resource]:
    """The resources by logical id, those that a loop makes included."""
    raw = template.raw.get("Resources", {})
    if not has_loops(raw):
        return template.resources

    def collection(over: Any) -> list[Any]:
        found = resolver.resolve(over)
        return found if isinstance(found, list) else text(found).split(",")

    return {
        logical_id: _resource(logical_id, body)
        for logical_id, body in expand(raw, collection).items()
        if isinstance(body, Mapping) and isinstance(body.get("Type"), str)
    }


def _resource(logical_id: str, body: Mapping[str, Any]) -> Resource:
    depends_on = body.get("DependsOn") or ()
    return Resource(
        logical_id=logical_id,
        type=body["Type"],
        properties=body.get("Properties") or {},
        metadata=body.get("Metadata") or {},
        depends_on=(depends_on,) if isinstance(depends_on, str) else tuple(depends_on),
        condition=body.get("Condition"),
        deletion_policy=body.get("DeletionPolicy"),
        update_replace_policy=body.get("UpdateReplacePolicy"),
        path=str((body.get("Metadata") or {}).get("aws:cdk:path", "")),
    )
