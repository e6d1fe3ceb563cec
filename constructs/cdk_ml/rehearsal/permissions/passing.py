"""Which roles a resource hands to which service: what ``iam:PassRole`` has to allow, and no more.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdk_ml.checks.policies import services, statements
from cdk_ml.checks.values import is_absent, is_intrinsic
from cdk_ml.rehearsal.permissions.arns import Arns
from cdk_ml.rehearsal.permissions.environment import UNKNOWN, Environment, Place
from cdk_ml.rehearsal.permissions.facts import facts

PASS_ROLE = "iam:PassRole"
_ROLE = "AWS::IAM::Role"
_ANY_ROLE = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"
# Properties in which a role is only talked about: its ARN is configuration or part of a policy.
_MENTIONS = ("Environment", "EnvironmentVariables", "Tags", "Outputs", "DashboardBody")
_MENTION_SUFFIXES = ("Document", "Policy", "Statement")
_NOT_PASSED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")


def passed_roles(place: Place, environment: Environment, arns: Arns) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The ARN of each role that a resource takes, and the services that it is passed to."""
    if place.resource.type in _NOT_PASSED:
        return
    for value in _roles(place.resource.properties, ""):
        target = environment.target(place.template, value)
        if target is not None:
            if target.resource.type == _ROLE:
                yield arns.named(target, "Arn"), _services(place, target, environment)
        else:
            text = environment.render(place.template, value, arns.named)
            yield text if ":role/" in text else _named(text), (principal(place.resource.type),)


def principal(type_: str) -> str:
    """The service that a type passes roles to."""
    return facts().passed_to.get(type_) or f"{type_.split('::')[1].lower()}.amazonaws.com"


def _named(text: str) -> str:
    return _ANY_ROLE if text == UNKNOWN or ":" in text else f"{_ANY_ROLE[:-1]}{text}"


def _services(place: Place, role: Place, environment: Environment) -> tuple[str, ...]:
    trusted = [
        service
        for statement in statements(role.resource.properties.get("AssumeRolePolicyDocument"))
        for service in _trusted(statement, role, environment)
    ]
    own = principal(place.resource.type)
    return (own,) if own in trusted or not trusted else tuple(dict.fromkeys(sorted(trusted)))


def _trusted(statement: Mapping[str, Any], role: Place, environment: Environment) -> Iterator[str]:
    yield from services(statement)
    named = statement.get("Principal")
    given = named.get("Service") if isinstance(named, Mapping) else None
    for each in given if isinstance(given, list) else [given]:
        if is_intrinsic(each):
            text = environment.render(role.template, each, lambda _place, _attribute: UNKNOWN)
            if UNKNOWN not in text:
                yield text


def _roles(value: Any, under: str) -> Iterator[object]:
    """Values of properties that hold a role, by their names or by what they refer to."""
    if isinstance(value, list):
        for inner in value:
            yield from _roles(inner, under)
    elif is_intrinsic(value) and isinstance(value.get("Fn::If"), list):
        yield from (branch for branch in value["Fn::If"][1:] if _holds_role(branch, under))
    elif isinstance(value, str) or is_intrinsic(value):
        if _holds_role(value, under):
            yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _MENTIONS and not str(name).endswith(_MENTION_SUFFIXES):
                yield from _roles(inner, str(name))


def _holds_role(value: object, under: str) -> bool:
    if is_absent(value):
        return False
    if isinstance(value, str):
        return ":role/" in value
    # Names of policies and of other things have "Role" in them too; only a value that is one reference can be a role.
    is_arn = under.endswith(("RoleArn", "RoleARN", "Role", "Roles", "PermissionArn", "CallerArn"))
    match value:
        case {"Fn::GetAtt": [*_, "Arn"]}:
            return True
        case {"Fn::GetAtt": str() as path}:
            return is_arn or path.endswith(".Arn")
    return is_arn
