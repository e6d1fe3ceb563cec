"""Collects what CloudFormation has to be allowed for each resource of an assembly, and what is worth knowing about it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from functools import cache

from cdk_ml.assembly import Assembly, Template
from cdk_ml.rehearsal.permissions.arns import Arns
from cdk_ml.rehearsal.permissions.catalog import Action, actions_of, expand, services
from cdk_ml.rehearsal.permissions.environment import Environment, Place
from cdk_ml.rehearsal.permissions.facts import facts
from cdk_ml.rehearsal.permissions.handlers import Operation, handlers
from cdk_ml.rehearsal.permissions.model import Need, Note
from cdk_ml.rehearsal.permissions.passing import PASS_ROLE, passed_roles
from cdk_ml.rehearsal.permissions.templates import provider_needs, template_needs
from cdk_ml.rehearsal.stage import macros

_CUSTOM = "AWS::CloudFormation::CustomResource"
# CloudFormation keeps these itself; nobody has to be allowed anything for them.
_FREE = (
    "AWS::CDK::Metadata",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
)


class Collection:
    """The needs of one assembly, and the notes about them."""

    def __init__(self, assembly: Assembly, operations: Iterable[Operation]) -> None:
        self._environment = Environment(assembly)
        self._arns = Arns(self._environment)
        self._operations = tuple(operations)
        self._notes: dict[tuple[str, str], Note] = {}
        self.needs = tuple(self._collected(assembly))

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was found out on the way, by subject."""
        return tuple(sorted(self._notes.values(), key=lambda note: (not note.incomplete, note.subject, note.message)))

    def _collected(self, assembly: Assembly) -> Iterator[Need]:
        for template in assembly.templates:
            yield from template_needs(template, self._environment, self._arns)
            self._transforms(template)
            for resource in template.resources.values():
                yield from self._of(Place(template, resource))

    def _transforms(self, template: Template) -> None:
        for name in macros(template):
            self._note(name, "the transform makes resources that this policy knows nothing of.", incomplete=True)
        for logical_id in template.raw["Resources"]:
            if logical_id.startswith("Fn::ForEach"):
                self._note(logical_id, "the loop is not expanded; what it makes is missing.", incomplete=True)

    def _of(self, place: Place) -> Iterator[Need]:
        type_ = place.resource.type
        if type_ in _FREE:
            return
        if type_.startswith("Custom::") or type_ == _CUSTOM:
            yield provider_needs(place, self._environment, self._arns)
            return
        found = handlers(type_, place.template.region)
        if found is None:
            self._note(type_, "has no public schema, so nobody but its author knows what it needs.", incomplete=True)
            return
        if found.inferred:
            message = "AWS publishes no permissions for it; these are inferred from the names of the service's actions."
            self._note(type_, message if found.permissions else "AWS publishes no permissions for it.", incomplete=True)
        wanted: dict[Action, list[Operation]] = {}
        for operation in self._used(place):
            for permission in found.permissions.get(operation, ()):
                for action in self._meant(permission, type_):
                    operations = wanted.setdefault(action, [])
                    if operation not in operations:
                        operations.append(operation)
        roles = tuple(passed_roles(place, self._environment, self._arns))
        if found.inferred and roles:
            (pass_role,) = expand(PASS_ROLE)
            wanted.setdefault(pass_role, [Operation.CREATE, Operation.UPDATE])
        for action, operations in wanted.items():
            yield from self._needs(place, action, tuple(operations), roles)

    def _used(self, place: Place) -> tuple[Operation, ...]:
        # Neither a failed create, nor a replacement, nor the end of the stack deletes what both policies retain.
        resource = place.resource
        kept = resource.deletion_policy == resource.update_replace_policy == "Retain"
        if kept and Operation.DELETE in self._operations:
            self._note(resource.type, "retained ones cannot be deleted with this policy, because nothing deletes them.")
        return tuple(operation for operation in self._operations if not (kept and operation is Operation.DELETE))

    def _needs(
        self,
        place: Place,
        action: Action,
        operations: tuple[Operation, ...],
        roles: tuple[tuple[str, tuple[str, ...]], ...],
    ) -> Iterator[Need]:
        need = Need(
            stack=place.template.path,
            logical_id=place.resource.logical_id,
            path=place.resource.path,
            type=place.resource.type,
            operations=operations,
            action=action.name,
            resources=(),
        )
        if action.name == PASS_ROLE:
            by_services: dict[tuple[str, ...], list[str]] = {}
            for arn, passed_to in roles:
                by_services.setdefault(passed_to, []).append(arn)
            for passed_to, arns in by_services.items():
                yield replace(need, resources=tuple(dict.fromkeys(arns)), passed_to=passed_to)
            if not roles:
                self._note(PASS_ROLE, f"is not allowed for {need.type}: the template gives it no role.")
            return
        resources = self._arns.of(action, place)
        if resources:
            yield replace(need, resources=resources)
        else:
            self._note(action.name, f"is not allowed for {need.type}: the template names none of what it is about.")

    def _meant(self, permission: str, type_: str) -> tuple[Action, ...]:
        spelt = facts().spelling.get(permission.lower(), (permission,))
        actions = tuple(action for each in spelt for action in expand(each))
        if not actions:
            self._note(permission, f"{_unknown(permission)} The schema of {type_} asks for it; it is left out.")
        elif "*" in permission:
            count = f"{len(actions)} actions" if len(actions) > 1 else "1 action"
            self._note(permission, f"stands for {count}; the schema of {type_} does not say which it uses.")
        return actions

    def _note(self, subject: str, message: str, incomplete: bool = False) -> None:
        self._notes.setdefault((subject, message), Note(subject, message, incomplete))


@cache
def _unknown(permission: str) -> str:
    service, _, name = permission.partition(":")
    if service.lower() not in services():
        return "IAM has no such service."
    close = get_close_matches(name, actions_of(service.lower()), n=1, cutoff=0.8)
    hint = f" {service.lower()}:{close[0]} is the closest." if close else ""
    return f"IAM has no such action.{hint}"
