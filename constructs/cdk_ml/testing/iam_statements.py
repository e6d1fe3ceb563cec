"""Finds every policy statement in a template, and says what kind of policy it is in.

A statement with a principal belongs to a resource (a bucket, a key, an endpoint, the trust of a role); one without
says what an identity may do. Policies that are JSON in a string, as CloudWatch Logs has them, are found too.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.values import is_intrinsic, items
from cdk_ml.testing.rendering import mapping, render


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a policy.

    :ivar where: the construct path of the resource and the place in it.
    """

    resource: Resource
    where: str
    body: Mapping[str, Any]

    @property
    def allows(self) -> bool:
        return self.body.get("Effect") == "Allow"

    @property
    def of_resource(self) -> bool:
        """Whether it is in the policy of a resource or in a trust policy."""
        return "Principal" in self.body or "NotPrincipal" in self.body

    @property
    def actions(self) -> list[str]:
        return [action for action in items(self.body.get("Action")) if isinstance(action, str)]

    @property
    def resources(self) -> list[str]:
        """Rendered, as :mod:`cdk_ml.testing.rendering` does it."""
        return [render(resource) for resource in items(self.body.get("Resource"))]

    @property
    def conditions(self) -> Iterator[tuple[str, str]]:
        """Operators and keys."""
        for operator, operands in mapping(self.body.get("Condition")).items():
            yield from ((operator, key) for key in mapping(operands))


def statements(template: Template) -> Iterator[Statement]:
    """Every statement in the properties of every resource."""
    for resource in template.resources.values():
        place = resource.path or f"{template.path}/{resource.logical_id}"
        for path, body in _found(resource.properties, ()):
            yield Statement(resource, f"{place} {'.'.join(path)}", body)


def _found(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    document = _decoded(value)
    if isinstance(document, list):
        for index, inner in enumerate(document):
            yield from _found(inner, (*path, str(index)))
    elif isinstance(document, Mapping):
        inside = items(document.get("Statement"))
        if inside and all(isinstance(each, Mapping) and ("Effect" in each or is_intrinsic(each)) for each in inside):
            for index, each in enumerate(inside):
                yield (*path, f"Statement[{index}]"), each
            return
        for name, inner in document.items():
            yield from _found(inner, (*path, name))


def _decoded(value: object) -> object:
    if not isinstance(value, str) and not (isinstance(value, Mapping) and ({*value} & {"Fn::Join", "Fn::Sub"})):
        return value
    text = render(value)
    if not text.lstrip().startswith("{") or '"Statement"' not in text:
        return value
    try:
        return json.loads(text)
    except ValueError:
        return value
