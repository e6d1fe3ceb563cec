"""What the physical name of a resource will be, as far as its template tells.

A resource without a name gets one from CloudFormation, in most cases <stack>-<logical id>-<random>, cut fairly where
the service allows fewer characters. Ids are AWS's own and cannot be told.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cdk_ml.checks.values import is_absent
from cdk_ml.rehearsal.permissions.catalog import letters
from cdk_ml.rehearsal.permissions.environment import UNKNOWN, Environment, Namer, Place
from cdk_ml.rehearsal.permissions.facts import facts
from cdk_ml.rehearsal.permissions.handlers import handlers

# 12 or 13 random characters, and a hyphen before them and between the names.
_RANDOM = 15
_DEFAULT_LENGTH = 64
_GENERATES = re.compile(
    r"(don't|do not) specify (a|one)\b.{0,80}?generates|CFNlong generates|generates a unique", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class NameProperty:
    """The property of a type that is its physical name.

    :ivar length: how long it may be.
    :ivar is_identifier: the resource is identified by it alone, so that ids in ARNs are the name.
    :ivar scheme: ``stack``, ``logical-id`` or ``""``: how CloudFormation names the resource when it is absent.
    :ivar lower: upper case is not allowed.
    """

    name: str
    length: int
    is_identifier: bool
    scheme: str
    lower: bool


@cache
def name_property(type_: str, region: str | None) -> NameProperty | None:
    """The name property of a type; None for types whose names are AWS's own ids."""
    found = handlers(type_, region)
    if found is None:
        return None
    schema = found.schema
    properties: Mapping[str, Any] = schema.get("properties") or {}
    read_only = {path.removeprefix("/properties/") for path in schema.get("readOnlyProperties") or ()}
    identifier = [path.removeprefix("/properties/") for path in schema.get("primaryIdentifier") or ()]
    noun = type_.rpartition("::")[2]
    candidates = [*(identifier if len(identifier) == 1 else ()), f"{noun}Name", "Name"]
    for name in candidates:
        body = properties.get(name)
        if name in read_only or not isinstance(body, Mapping) or body.get("type") != "string":
            continue
        pattern, required = str(body.get("pattern", "")), name in (schema.get("required") or ())
        says = not required and bool(_GENERATES.search(str(body.get("description", ""))))
        return NameProperty(
            name,
            int(body.get("maxLength", _DEFAULT_LENGTH)),
            is_identifier=identifier == [name],
            scheme=facts().names.get(type_, "stack" if says else ""),
            lower=bool(pattern) and _refuses_upper_case(pattern),
        )
    return None


def physical_name(environment: Environment, place: Place, namer: Namer) -> str:
    """The name of a resource, ``*`` where it is unknown."""
    found = name_property(place.resource.type, place.template.region)
    if found is None:
        scheme = facts().names.get(place.resource.type)
        stack = environment.stack_name(place.template)
        return _generated(stack, place.resource.logical_id, _DEFAULT_LENGTH) if scheme == "stack" else UNKNOWN
    given = place.resource.properties.get(found.name)
    if not is_absent(given):
        return environment.render(place.template, given, namer)
    if found.scheme == "logical-id":
        return f"{place.resource.logical_id}{UNKNOWN}"
    if found.scheme != "stack":
        return UNKNOWN
    name = _generated(environment.stack_name(place.template), place.resource.logical_id, found.length)
    return name.lower() if found.lower else name


def _generated(stack: str, logical_id: str, length: int) -> str:
    """What a generated name starts with, and ``*``.

    >>> _generated("Churn", "Data", 64)
    'Churn-Data-*'
    >>> _generated("Churn", "DataOfCustomersWhoLeave", 32)
    'Churn-DataOfCustom*'
    """
    if stack.endswith(UNKNOWN):
        return f"{stack.removesuffix(UNKNOWN)[: (length - _RANDOM) // 2]}{UNKNOWN}"
    free = length - _RANDOM
    if len(stack) + len(logical_id) <= free:
        return f"{stack}-{logical_id}-{UNKNOWN}"
    half = free // 2
    if len(stack) <= half:
        return f"{stack}-{logical_id[: free - len(stack)]}{UNKNOWN}"
    return f"{stack[:half]}{UNKNOWN}"


def _refuses_upper_case(pattern: str) -> bool:
    try:
        compiled = re.compile(pattern.replace("\\Z", "$").replace("\\z", "$"))
    except re.error:
        return False
    return bool(compiled.search("stack-name-0a1b2c")) and not compiled.search("Stack-Name-0A1B2C")


def variable(arn: str) -> list[str]:
    """The variables of an ARN pattern besides those of the environment.

    >>> variable("arn:${Partition}:glue:${Region}:${Account}:table/${DatabaseName}/${TableName}")
    ['DatabaseName', 'TableName']
    """
    return [name for name in re.findall(r"\$\{([^}]*)\}", arn) if name not in ("Partition", "Region", "Account")]


def is_same(name: str, other: str) -> bool:
    """Whether two names mean the same, with or without what they say about being a name.

    >>> is_same("BucketName", "S3Bucket")
    True
    """
    one, two = (letters(each).removesuffix("name") for each in (name, other))
    return bool(one) and bool(two) and (one == two or two.endswith(one))
