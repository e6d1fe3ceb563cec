"""The conditions, resources and outputs of a template once its loops are written out.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_ml.assembly import Resource, Template
from cdk_ml.rehearsal.intrinsics import Resolver
from cdk_ml.rehearsal.language import EXTENSIONS, expand, extended, has_loops
from cdk_ml.rehearsal.outcome import Kind, Problem
from cdk_ml.rehearsal.values import text

_PAGE = "See Fn::ForEach in the CloudFormation template reference"


def written_out(template: Template, resolver: Resolver, section: str) -> Mapping[str, Any]:
    """A section of the template, with what its loops make."""
    raw: Mapping[str, Any] = template.raw.get(section) or {}
    if not has_loops(raw):
        return raw
    if not extended(template.raw):
        fix = f"Add Transform: {EXTENSIONS} to the template"
        _problem(resolver, f"{section} has a loop (Fn::ForEach) without the language extensions", fix)

    def collection(over: Any) -> list[Any]:
        found = resolver.resolve(over)
        return found if isinstance(found, list) else text(found).split(",")

    expanded: Mapping[str, Any] = expand(raw, collection, lambda message: _problem(resolver, message, _PAGE))
    return expanded


def resources_of(template: Template, resolver: Resolver) -> Mapping[str, Resource]:
    """The resources by logical id, those that a loop makes included."""
    raw = written_out(template, resolver, "Resources")
    if raw is template.raw.get("Resources"):
        return template.resources
    found: dict[str, Resource] = {}
    for logical_id, body in raw.items():
        if isinstance(body, Mapping) and isinstance(body.get("Type"), str):
            known = template.resources.get(logical_id)
            found[logical_id] = _resource(logical_id, body, known.path if known is not None else "")
        elif logical_id != "Fn::Transform":
            _problem(resolver, f"resource {logical_id} has no Type", "Say what it is")
    return found


def _resource(logical_id: str, body: Mapping[str, Any], path: str) -> Resource:
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
        path=path or str((body.get("Metadata") or {}).get("aws:cdk:path", "")),
    )


def _problem(resolver: Resolver, message: str, fix: str) -> None:
    resolver.problems.append(Problem(Kind.UNRESOLVED, message, fix))
