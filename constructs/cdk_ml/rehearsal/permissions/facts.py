"""Reads facts.toml: what neither the resource schemas nor the Service Authorization Reference say about permissions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Facts:
    """The tables of facts.toml.

    :ivar without_resource: actions that need ``*`` although IAM knows a resource type for them.
    :ivar spelling: what IAM calls a permission that a schema names differently; the keys are in lower case.
    :ivar services: IAM's prefix of a service of CloudFormation, where it is not the same.
    :ivar names: ``stack`` or ``logical-id`` for types whose schema does not say how they are named.
    :ivar permissions: by operation, for types without handlers whose actions do not have their names.
    :ivar passed_to: the service that a type hands a role to, where it is not its own.
    """

    without_resource: frozenset[str]
    spelling: Mapping[str, tuple[str, ...]]
    services: Mapping[str, str]
    names: Mapping[str, str]
    permissions: Mapping[str, Mapping[str, list[str]]]
    passed_to: Mapping[str, str]


@cache
def facts() -> Facts:
    """The facts, read once."""
    tables = tomllib.loads(files(__package__).joinpath("facts.toml").read_text("utf-8"))
    spelling = {given.lower(): tuple(meant) for given, meant in tables["spelling"].items()}
    return Facts(
        without_resource=frozenset(tables["without_resource"]),
        spelling=spelling,
        services=tables["services"],
        names=tables["names"],
        permissions=tables["permissions"],
        passed_to=tables["passed_to"],
    )
