"""Renders values of a template as far as it tells them: what only deployment knows becomes ``*``.

References are followed through the parameters of nested stacks and the exports of other stacks of the assembly. The
environment stays a pseudo parameter unless the stack is bound to one, so that a policy can be made for any.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cdk_ml.assembly import Assembly, Resource, Template
from cdk_ml.checks.values import is_intrinsic

UNKNOWN = "*"
_NESTED = "AWS::CloudFormation::Stack"
_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")
_PSEUDO = ("AWS::Partition", "AWS::Region", "AWS::AccountId")
_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Place:
    """A resource and the template that it is in."""

    template: Template
    resource: Resource


Namer = Callable[[Place, str | None], str]
"""The text of a reference to a resource (None) or to one of its attributes."""


@dataclass(frozen=True)
class Environment:
    """An assembly, and how its references are followed."""

    assembly: Assembly

    @cached_property
    def _exports(self) -> dict[str, tuple[Template, Any]]:
        found: dict[str, tuple[Template, Any]] = {}
        for template in self.assembly.templates:
            for output in template.outputs.values():
                match output:
                    case {"Export": {"Name": str() as name}}:
                        found[name] = template, output.get("Value")
        return found

    @cached_property
    def _parents(self) -> dict[str, Place]:
        found: dict[str, Place] = {}
        for template in self.assembly.templates:
            parent = self._by_path.get(template.path.rpartition("/")[0])
            if parent is None:
                continue
            name = template.path.rpartition("/")[2]
            for resource in parent.of_type(_NESTED):
                inside = resource.path.startswith((f"{template.path}/", f"{template.path}."))
                if inside or resource.logical_id == name or template.file.name in str(resource.metadata):
                    found[template.path] = Place(parent, resource)
        return found

    @cached_property
    def _by_path(self) -> dict[str, Template]:
        return {template.path: template for template in self.assembly.templates}

    def parent(self, template: Template) -> Place | None:
        """The resource that makes a nested stack."""
        return self._parents.get(template.path)

    def root(self, template: Template) -> Template:
        """The stack that a nested stack is in, however deeply; the stack itself for any other."""
        parent = self.parent(template)
        return self.root(parent.template) if parent else template

    def follow(self, template: Template, value: object) -> tuple[Template, object]:
        """Where a value comes from that is a parameter of a nested stack or an import."""
        for _ in range(_DEPTH):
            match value:
                case {"Ref": str() as name} if name in template.parameters:
                    parent = self.parent(template)
                    given = (parent.resource.properties.get("Parameters") or {}) if parent else {}
                    if parent is None or not isinstance(given, Mapping) or name not in given:
                        break
                    template, value = parent.template, given[name]
                case {"Fn::ImportValue": str() as exported} if exported in self._exports:
                    template, value = self._exports[exported]
                case {"Fn::GetAtt": [str() as nested, str() as attribute]} if attribute.startswith("Outputs."):
                    child = self._child(template, nested)
                    output = child.outputs.get(attribute.removeprefix("Outputs.")) if child else None
                    if child is None or not isinstance(output, Mapping):
                        break
                    template, value = child, output.get("Value")
                case _:
                    break
        return template, value

    def _child(self, template: Template, logical_id: str) -> Template | None:
        for path, place in self._parents.items():
            if place.template is template and place.resource.logical_id == logical_id:
                return self._by_path[path]
        return None

    def target(self, template: Template, value: object) -> Place | None:
        """The resource that a value is a reference to, in whatever template of the assembly it is."""
        template, value = self.follow(template, value)
        resource = template.target(value)
        return Place(template, resource) if resource else None

    def references(self, template: Template, value: object) -> Iterator[tuple[tuple[str, ...], Place | None]]:
        """Every reference in a value with the names of the properties it lies under; None for one to a parameter."""
        yield from self._references(template, value, (), 0)

    def _references(
        self, template: Template, value: object, under: tuple[str, ...], depth: int
    ) -> Iterator[tuple[tuple[str, ...], Place | None]]:
        if isinstance(value, list):
            for inner in value:
                yield from self._references(template, inner, under, depth)
        elif isinstance(value, Mapping):
            source, followed = self.follow(template, value)
            if followed is not value and depth < _DEPTH:
                yield from self._references(source, followed, under, depth + 1)
                return
            place = self.target(template, value)
            if place is not None:
                yield under, place
            elif is_intrinsic(value) and ("Ref" in value or "Fn::ImportValue" in value):
                if not str(value.get("Ref", "")).startswith("AWS::"):
                    yield under, None
            elif "Fn::Sub" in value:
                yield from self._substituted(template, value["Fn::Sub"], under, depth)
            else:
                for name, inner in value.items():
                    step = () if str(name).startswith("Fn::") else (str(name),)
                    yield from self._references(template, inner, (*under, *step), depth)

    def _substituted(
        self, template: Template, argument: object, under: tuple[str, ...], depth: int
    ) -> Iterator[tuple[tuple[str, ...], Place | None]]:
        match argument:
            case [str() as text, Mapping() as variables]:
                pass
            case str() as text:
                variables = {}
            case _:
                return
        for literal, name in _VARIABLE.findall(text):
            if not literal and not name.startswith("AWS::"):
                value = variables.get(name, {"Fn::GetAtt": name} if "." in name else {"Ref": name})
                yield from self._references(template, value, under, depth + 1)

    def render(self, template: Template, value: object, name: Namer, depth: int = 0) -> str:
        """The text of a value; ``*`` for each part that only deployment knows."""
        template, value = self.follow(template, value)

        def inner(part: object) -> str:
            return self.render(template, part, name, depth + 1)

        if depth > _DEPTH:
            return UNKNOWN
        match value:
            case bool():
                return str(value).lower()
            case str() | int() | float():
                return UNKNOWN if str(value).startswith("{{resolve:") else str(value)
            case {"Ref": str() as reference} if reference.startswith("AWS::"):
                return self._pseudo(template, reference)
            case {"Fn::Join": [str() as separator, list() as parts]}:
                return separator.join(inner(part) for part in parts)
            case {"Fn::Sub": str() as text}:
                return self._sub(text, {}, inner)
            case {"Fn::Sub": [str() as text, Mapping() as variables]}:
                return self._sub(text, variables, inner)
            case {"Fn::If": [_, one, other]}:
                texts = {inner(one), inner(other)}
                return texts.pop() if len(texts) == 1 else UNKNOWN
        resource = template.target(value)
        return name(Place(template, resource), _attribute(value)) if resource else UNKNOWN

    def _sub(self, text: str, variables: Mapping[str, object], inner: Callable[[object], str]) -> str:
        def variable(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            return inner(variables.get(name, {"Fn::GetAtt": name} if "." in name else {"Ref": name}))

        return _VARIABLE.sub(variable, text)

    def _pseudo(self, template: Template, name: str) -> str:
        if name == "AWS::StackName":
            return self.stack_name(template)
        if name == "AWS::URLSuffix":
            return "amazonaws.com"
        known = {"AWS::Region": template.region, "AWS::AccountId": template.account}.get(name)
        return known or (f"${{{name}}}" if name in _PSEUDO else UNKNOWN)

    def stack_name(self, template: Template) -> str:
        """The name of a stack; its beginning and ``*`` for a nested one, which CloudFormation names."""
        root = self.root(template)
        return root.name if root is template else f"{root.name}-{UNKNOWN}"


def _attribute(value: object) -> str | None:
    match value:
        case {"Fn::GetAtt": [_, str() as attribute]}:
            return attribute
        case {"Fn::GetAtt": str() as text}:
            return text.partition(".")[2]
    return None
