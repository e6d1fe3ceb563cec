"""What CloudFormation does with a type, and with which permissions: the handlers of its resource schema.

Types without handlers are those that CloudFormation still serves itself. What they need is inferred from the names of
the service's actions, and said to be inferred.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from cdk_ml.rehearsal.permissions.catalog import actions_of, letters, services
from cdk_ml.rehearsal.permissions.facts import facts
from cdk_ml.rehearsal.schemas import regions, schema_of

_DEFAULT_REGION = "us-east-1"
_VERBS = {
    "create": ("Create", "Put", "Register", "Add", "Grant", "Allocate", "Authorize", "Run"),
    "read": ("Describe", "Get", "List", "BatchGet"),
    "update": ("Update", "Modify", "Put"),
    "delete": ("Delete", "Deregister", "Remove", "Revoke", "Release", "Terminate"),
}


class Operation(StrEnum):
    """What CloudFormation can do with a resource, each by a handler of its own."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    LIST = "list"


DEPLOYMENT = (Operation.CREATE, Operation.READ, Operation.UPDATE, Operation.DELETE)
"""What deploying uses. Lists are for importing and for generating templates only."""


@dataclass(frozen=True, slots=True)
class Handlers:
    """The handlers of a type.

    :ivar permissions: as the schema has them, wildcards and misspellings included.
    :ivar schema: the resource schema.
    :ivar inferred: the permissions come from the names of actions, not from AWS.
    """

    permissions: Mapping[Operation, tuple[str, ...]]
    schema: Mapping[str, Any] = field(repr=False)
    inferred: bool = False


@cache
def handlers(type_: str, region: str | None) -> Handlers | None:
    """The handlers of a type in a region; None for a type that CloudFormation does not publish a schema of."""
    schema = _schema(type_, region)
    if schema is None:
        return None
    published = {
        Operation(name): tuple(handler.get("permissions") or ())
        for name, handler in (schema.get("handlers") or {}).items()
    }
    return Handlers(published, schema) if published else Handlers(_inferred(type_), schema, inferred=True)


def _schema(type_: str, region: str | None) -> Mapping[str, Any] | None:
    known = regions()
    for where in dict.fromkeys((region or _DEFAULT_REGION, _DEFAULT_REGION)):
        # A region that is newer than the schemas has the permissions of every other.
        schema = schema_of(type_, where) if where in known else None
        if schema is not None:
            return schema.raw
    return None


def service_of(type_: str) -> str | None:
    """IAM's prefix of the service that a type belongs to, where one is known."""
    namespace = f"{type_}::".split("::")[1]
    prefix = facts().services.get(namespace, namespace.lower())
    return prefix if prefix in services() else None


def _inferred(type_: str) -> dict[Operation, tuple[str, ...]]:
    given = facts().permissions.get(type_)
    if given is not None:
        return {Operation(operation): tuple(permissions) for operation, permissions in given.items()}
    service = service_of(type_)
    noun = letters(type_.rpartition("::")[2]).removesuffix("s")
    if service is None:
        return {}
    found: dict[Operation, tuple[str, ...]] = {}
    for operation, verbs in _VERBS.items():
        meant = tuple(
            f"{service}:{action}"
            for action in actions_of(service)
            for verb in verbs
            if action.startswith(verb) and letters(action.removeprefix(verb)).removesuffix("s") == noun
        )
        if meant:
            found[Operation(operation)] = meant
    return found
