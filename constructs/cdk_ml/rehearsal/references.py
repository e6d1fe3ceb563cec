"""Answers ``Ref`` and ``Fn::GetAtt``: what a resource is called and what attributes it has, or why it has none.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getatt.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Protocol

from cdk_ml.assembly import Resource
from cdk_ml.rehearsal import graph, names, schemas
from cdk_ml.rehearsal.intrinsics import Resolver
from cdk_ml.rehearsal.outcome import Kind, Problem
from cdk_ml.rehearsal.values import Invented
from cdk_ml.rehearsal.world import Physical


class Deployed(Protocol):
    """The part of a deployment that references are answered from."""

    made: dict[str, Physical]
    place: names.Place
    resources: Mapping[str, Resource]
    resolver: Resolver

    def outputs(self, child: str) -> Mapping[str, Any]:
        """The outputs of a nested stack."""


def lookup(deployed: Deployed) -> Callable[[str, str | None], Any]:
    """The function that a resolver asks; the attribute is None for ``Ref``."""

    def reference(name: str, attribute: str | None) -> Any:
        made = deployed.made.get(name)
        if made is None:
            return _missing(deployed, name, attribute)
        if attribute is None:
            return made.physical_id
        if made.child is not None:
            outputs = deployed.outputs(made.child)
            output = attribute.removeprefix("Outputs.")
            if output in outputs:
                return outputs[output]
            return _no_attribute(deployed, made, attribute, [f"Outputs.{each}" for each in outputs])
        opaque = made.schema is None or schemas.is_opaque(made.type) or made.type == schemas.NESTED_STACK
        if not opaque and made.schema is not None and not made.schema.has_attribute(attribute):
            return _no_attribute(deployed, made, attribute, sorted(made.schema.read_only))
        return names.attribute(made, attribute, deployed.place)

    return reference


def in_condition(name: str, condition: Any, resources: Mapping[str, Resource], resolver: Resolver) -> Iterator[Problem]:
    """A condition is decided before there is any resource."""
    for used in graph.references(condition, resolver):
        if used in resources:
            message = f"condition {name} refers to resource {used}"
            yield Problem(Kind.UNRESOLVED, message, "Let conditions refer to parameters, mappings and other conditions")


def module_of(name: str, resources: Mapping[str, Resource]) -> str | None:
    """The module that a name like ``Module.Resource`` or ``ModuleResource`` leads into."""
    modules = [each for each, r in resources.items() if schemas.is_module(r.type) and name.startswith(each)]
    return max(modules, key=len, default=None)


def _missing(deployed: Deployed, name: str, attribute: str | None) -> Any:
    origin = name if attribute is None else f"{name}.{attribute}"
    resource, resolver = deployed.resources.get(name), deployed.resolver
    if (resolver.deciding and resource is not None) or module_of(name, deployed.resources) is not None:
        return Invented(f"<{origin}>", origin)
    if resource is None:
        close = get_close_matches(name, [*deployed.resources, *resolver.names], n=1)
        fix = f"Did you mean {close[0]}" if close else "Define it, or take the reference out"
        resolver.problems.append(Problem(Kind.UNRESOLVED, f"{origin} refers to nothing in the template", fix))
    elif not resolver.holds(resource.condition):
        message = f"{origin} refers to a resource that condition {resource.condition} leaves out"
        fix = f"Refer to it only inside Fn::If of {resource.condition}"
        resolver.problems.append(Problem(Kind.UNRESOLVED, message, fix))
    return Invented(f"<{origin}>", origin)


def _no_attribute(deployed: Deployed, made: Physical, attribute: str, known: list[str]) -> Invented:
    close = get_close_matches(attribute, known, n=3, cutoff=0.5)
    listed = " or ".join(close) if close else ", ".join(known[:8]) or "nothing but Ref"
    message = f"{made.logical_id}.{attribute}: {made.type} has no attribute {attribute}"
    deployed.resolver.problems.append(Problem(Kind.MISSING_ATTRIBUTE, message, f"Use {listed}"))
    return Invented(f"<{made.logical_id}.{attribute}>", f"{made.logical_id}.{attribute}")
