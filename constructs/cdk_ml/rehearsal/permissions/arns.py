"""Which ARNs an action is done to when CloudFormation handles a resource.

An action takes one or several types of resources: the one that the template declares (whose name the template tells,
or begins), ones that the template refers to, and ones of which nothing is known but their type.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any

from cdk_ml.checks.values import is_absent, is_intrinsic
from cdk_ml.rehearsal.permissions.catalog import Action, expand, letters
from cdk_ml.rehearsal.permissions.environment import UNKNOWN, Environment, Place
from cdk_ml.rehearsal.permissions.facts import facts
from cdk_ml.rehearsal.permissions.handlers import handlers, service_of
from cdk_ml.rehearsal.permissions.match import is_of
from cdk_ml.rehearsal.permissions.names import is_same, name_property, physical_name, variable

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_PSEUDO = {"Partition": "AWS::Partition", "Region": "AWS::Region", "Account": "AWS::AccountId"}
# Its ARNs have names in lower case, but requests to create ask for the name as it is spelt: both are allowed.
# https://github.com/awslabs/service-workbench-on-aws/issues/1176, https://github.com/philschmid/cdk-samples/issues/2
_LOWER_CASE = "sagemaker"
# A policy has to name the log group and what is in it: API calls differ in which of the two they ask for.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
_LOG_GROUP = "logs:log-group"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
_SERVICE_LINKED = "iam:CreateServiceLinkedRole"
_SERVICE_LINKED_ROLES = "arn:${Partition}:iam::${Account}:role/aws-service-role/*"
# So many names may be made of one another; what lies behind them may be anything.
_NAMES = 12


@cache
def own_types(type_: str, region: str | None) -> frozenset[str]:
    """IAM's resource types that a CloudFormation type is: ``ec2:vpc-flow-log`` for ``AWS::EC2::FlowLog``."""
    found = handlers(type_, region)
    if found is None:
        return frozenset()
    service = service_of(type_)
    taken = {
        each
        for patterns in found.permissions.values()
        for pattern in patterns
        for action in expand(pattern)
        for each in action.resources
        if service in (None, action.service)
    }
    noun = letters(type_.rpartition("::")[2])
    exact = {each for each in taken if letters(each.partition(":")[2]) in (noun, f"{noun}s")}
    alike = {each for each in taken if letters(each.partition(":")[2]).endswith(noun)}
    wider = {each for each in taken if noun.endswith(letters(each.partition(":")[2]))}
    return frozenset(exact or alike or wider)


class Arns:
    """The ARNs of the resources of one assembly."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._own: dict[tuple[str, str], Mapping[str, tuple[str, ...]]] = {}
        self._asked: list[tuple[str, str]] = []

    def of(self, action: Action, place: Place) -> tuple[str, ...]:
        """The ARNs that ``action`` needs for a resource: ``*`` alone where IAM cannot scope it; none to drop it."""
        if not action.resources or action.name in facts().without_resource:
            return (UNKNOWN,)
        if action.name == _SERVICE_LINKED:
            return (self._fill(_SERVICE_LINKED_ROLES, place, {}),)
        own = own_types(place.resource.type, place.template.region) & {*action.resources}
        if own and "Tag" in action.name:
            # The same action tags dozens of types; here it tags this one.
            return self._distinct(action, own, place)
        mentioned = {each for each in action.resources if self._mentions(place, each)}
        if action.service == "iam":
            # A permission on users, groups or roles that the template does not name is a way to become anybody.
            return self._distinct(action, own | mentioned, place)
        wanted = own | mentioned | action.required
        if not wanted:
            wanted = frozenset(each for each, arns in action.resources.items() if self._is_told(place, arns))
        return self._distinct(action, wanted or {*action.resources}, place)

    def _distinct(self, action: Action, types: AbstractSet[str], place: Place) -> tuple[str, ...]:
        own = own_types(place.resource.type, place.template.region)
        return tuple(dict.fromkeys(arn for each in sorted(types) for arn in self._arns(action, each, place, own)))

    def _is_told(self, place: Place, arns: Iterable[str]) -> bool:
        """Whether the template tells whose an ARN is: of the resource itself, or of what a property names."""
        return any(self._property(place, each) != UNKNOWN for arn in arns for each in variable(arn)[:1])

    def named(self, place: Place, attribute: str | None) -> str:
        """The text of a reference to a resource: its name, its ARN, or ``*``."""
        key = place.template.path, place.resource.logical_id
        if key in self._asked or len(self._asked) == _NAMES:
            return UNKNOWN
        self._asked.append(key)
        try:
            return self._text(place, attribute)
        finally:
            self._asked.pop()

    def _text(self, place: Place, attribute: str | None) -> str:
        if attribute is None:
            found = name_property(place.resource.type, place.template.region)
            if found is not None and found.is_identifier:
                return physical_name(self._environment, place, self.named)
            return UNKNOWN
        arns = self._declared(place)
        if attribute.endswith("Arn") and len(arns) == 1:
            return next(iter(next(iter(arns.values()))))
        return UNKNOWN

    def _arns(self, action: Action, resource_type: str, place: Place, own: frozenset[str]) -> Iterator[str]:
        if resource_type in own:
            yield from self._declared(place)[resource_type]
            return
        for pattern in _of_its_generation(action.resources[resource_type], place.resource.type):
            found = [*self._referenced(resource_type, pattern, place), *self._literal(pattern, place)]
            yield from found or [self._filled(pattern, place)]

    def _declared(self, place: Place) -> Mapping[str, tuple[str, ...]]:
        key = place.template.path, place.resource.logical_id
        if key not in self._own:
            # A name that refers to its own resource ends here.
            self._own[key] = {}
            types = own_types(place.resource.type, place.template.region)
            self._own[key] = {each: tuple(dict.fromkeys(self._built(each, place))) for each in sorted(types)}
        return self._own[key]

    def _built(self, resource_type: str, place: Place) -> Iterator[str]:
        for pattern in _of_its_generation(_patterns(resource_type, place), place.resource.type):
            yield from self._built_as(pattern, resource_type, place)

    def _built_as(self, pattern: str, resource_type: str, place: Place) -> Iterator[str]:
        service, _, _ = resource_type.partition(":")
        name = physical_name(self._environment, place, self.named)
        variables = variable(pattern)
        found = name_property(place.resource.type, place.template.region)
        noun = place.resource.type.rpartition("::")[2]
        values = {}
        for each in variables:
            is_id = each.endswith("Id") and not (found and found.is_identifier)
            is_name = is_same(each.removesuffix("WithPath"), noun) or letters(each) == letters(
                found.name if found else ""
            )
            if not is_id and (is_name or len(variables) == 1):
                values[each] = self._path(place) + name if each.endswith("WithPath") else name
            else:
                values[each] = UNKNOWN if is_id else self._property(place, each)
        arn = self._fill(pattern, place, values)
        yield arn
        if resource_type == _LOG_GROUP and not arn.endswith(UNKNOWN):
            yield f"{arn}:*"
        if service == _LOWER_CASE:
            start, separator, name = arn.rpartition("/")
            yield f"{start}{separator}{name.lower()}"

    def _path(self, place: Place) -> str:
        given = place.resource.properties.get("Path")
        path = "" if is_absent(given) else self._environment.render(place.template, given, self.named)
        return f"{path.strip('/')}/" if path.strip("/") else ""

    def _referenced(self, resource_type: str, pattern: str, place: Place) -> Iterator[str]:
        references = self._environment.references(place.template, place.resource.properties)
        for under, target in references:
            if target is not None:
                if target.resource is not place.resource and resource_type in own_types(
                    target.resource.type, target.template.region
                ):
                    yield from self._declared(target)[resource_type]
            elif any(_is_about(name, resource_type) for name in under[-1:]):
                yield self._fill(pattern, place, {})

    def _literal(self, pattern: str, place: Place) -> Iterator[str]:
        general = re.sub(r"\$\{[^}]*\}", UNKNOWN, pattern)
        for text in self._texts(place, place.resource.properties):
            if is_of(text, general):
                yield text

    def _texts(self, place: Place, value: object) -> Iterator[str]:
        if isinstance(value, str) or is_intrinsic(value):
            yield self._environment.render(place.template, value, self.named)
        elif isinstance(value, Mapping):
            for name, inner in value.items():
                # What a policy document permits is done by others.
                if not str(name).endswith(("Document", "Policy", "Statement")):
                    yield from self._texts(place, inner)
        elif isinstance(value, list):
            for inner in value:
                yield from self._texts(place, inner)

    def _filled(self, pattern: str, place: Place) -> str:
        return self._fill(pattern, place, {each: self._property(place, each) for each in variable(pattern)})

    def _property(self, place: Place, name: str) -> str:
        if is_same(name, place.resource.type.rpartition("::")[2]):
            return physical_name(self._environment, place, self.named)
        for key, value in _leaves(place.resource.properties):
            if is_same(name, key):
                text = self._environment.render(place.template, value, self.named)
                return text if text and ":" not in _PLACEHOLDER.sub("", text) else UNKNOWN
        return UNKNOWN

    def _fill(self, pattern: str, place: Place, values: Mapping[str, str]) -> str:
        def one(match: re.Match[str]) -> str:
            name = match[1]
            if name in _PSEUDO:
                return self._environment.render(place.template, {"Ref": _PSEUDO[name]}, self.named)
            return values.get(name, UNKNOWN)

        return re.sub(r"\*{2,}", UNKNOWN, re.sub(r"\$\{([^}]*)\}", one, pattern))

    def _mentions(self, place: Place, resource_type: str) -> bool:
        return any(_is_about(name, resource_type) for name in _names(place.resource.properties)) or any(
            target is not None and resource_type in own_types(target.resource.type, target.template.region)
            for _, target in self._environment.references(place.template, place.resource.properties)
        )


def _patterns(resource_type: str, place: Place) -> tuple[str, ...]:
    found = handlers(place.resource.type, place.template.region)
    for permissions in found.permissions.values() if found else ():
        for permission in permissions:
            for action in expand(permission):
                if resource_type in action.resources:
                    return action.resources[resource_type]
    return (UNKNOWN,)


def _of_its_generation(patterns: tuple[str, ...], type_: str) -> tuple[str, ...]:
    """Those of several that belong to the generation of API Gateway that a type is of."""
    own = "/restapis" if type_.startswith("AWS::ApiGateway::") else "/apis"
    return patterns if len(patterns) == 1 else tuple(each for each in patterns if own in each) or patterns


def _is_about(name: str, resource_type: str) -> bool:
    return letters(resource_type.partition(":")[2]) in letters(name)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping) and not is_intrinsic(value):
        for name, inner in value.items():
            yield str(name)
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)


def _leaves(value: Any) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, str) or is_intrinsic(inner):
                yield str(name), inner
            else:
                yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
