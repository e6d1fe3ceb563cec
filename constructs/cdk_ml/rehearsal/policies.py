"""The attributes of a resource that say what becomes of it, and how long its creation waits for signals.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdk_ml.assembly import Resource, Template
from cdk_ml.rehearsal import traits
from cdk_ml.rehearsal.intrinsics import Resolver
from cdk_ml.rehearsal.outcome import Kind, Problem
from cdk_ml.rehearsal.values import Invented, text

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_SIGNAL_MINUTES = 5
"""How long CloudFormation waits for signals where the template does not say."""


@dataclass(frozen=True, slots=True)
class Policies:
    """What becomes of a resource when its stack no longer wants it, and when it is replaced."""

    deletion: str
    update_replace: str


def of(resource: Resource, resolver: Resolver) -> Policies:
    """The policies of a resource; what is wrong with them is a problem of the resolver."""
    deletion = _value(resource, "DeletionPolicy", resource.deletion_policy, resolver)
    replace = _value(resource, "UpdateReplacePolicy", resource.update_replace_policy, resolver)
    return Policies(deletion or _default(resource), replace or "Delete")


def signals(template: Template, resource: Resource) -> int:
    """How many minutes the creation of a resource waits at most for signals from what runs on it."""
    body = template.raw["Resources"].get(resource.logical_id)
    policy = body.get("CreationPolicy") if isinstance(body, Mapping) else None
    signal = policy.get("ResourceSignal") if isinstance(policy, Mapping) else None
    if not isinstance(signal, Mapping):
        return 0
    found = _DURATION.fullmatch(text(signal.get("Timeout", "")))
    if found is None or not any(found.groups()):
        return _SIGNAL_MINUTES
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return int(days * 1440 + hours * 60 + minutes + seconds / 60)


def _value(resource: Resource, attribute: str, given: Any, resolver: Resolver) -> str | None:
    if given is None:
        return None
    value = given
    if not isinstance(given, str):
        if not resolver.extended:
            message = f"{attribute} of {resource.logical_id} is no text; functions need the language extensions"
            resolver.problems.append(Problem(Kind.INVALID_PROPERTY, message, "Add Transform: AWS::LanguageExtensions"))
        value = resolver.resolve(given)
    if isinstance(value, Invented):
        return None
    allowed = ["Delete", "Retain"]
    if attribute == "DeletionPolicy":
        allowed.append("RetainExceptOnCreate")
    if traits.takes_snapshots(resource.type):
        allowed.append("Snapshot")
    if value not in allowed:
        can = ", ".join(allowed)
        message = f"{attribute} of {resource.logical_id} cannot be {text(value)}: {resource.type} has {can}"
        resolver.problems.append(Problem(Kind.INVALID_PROPERTY, message, "Use one of them"))
    return text(value)


def _default(resource: Resource) -> str:
    # The only types that CloudFormation keeps a snapshot of without being asked.
    is_database = resource.type == "AWS::RDS::DBInstance" and "DBClusterIdentifier" not in resource.properties
    return "Snapshot" if is_database or resource.type == "AWS::RDS::DBCluster" else "Delete"
