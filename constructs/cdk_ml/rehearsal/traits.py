"""What a rehearsal has to know of resource types and their schemas do not say.

The facts are in physical.toml, those about replacements in facts/replacement.toml.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cdk_ml.facts import _tables


@dataclass(frozen=True, slots=True)
class Refusal:
    """A change of a property that the service refuses.

    :ivar grows: adding items to the list is allowed.
    """

    type: str
    property: str
    rule: str
    fix: str
    source: str
    grows: bool = False


def holds_data(type_: str) -> bool:
    """Whether deleting or replacing a resource of the type loses data."""
    return type_ in _sets()["data"]


def takes_snapshots(type_: str) -> bool:
    """Whether CloudFormation can make a snapshot before it deletes a resource of the type."""
    return type_ in _sets()["snapshot"]


def shares_names(type_: str) -> bool:
    """Whether several resources of the type may have the same name."""
    return type_ in _sets()["shared_names"]


def scope(type_: str, account: str, region: str) -> tuple[str, ...]:
    """Within what the names of a type are unique."""
    spread = _facts()["global"]
    if type_ in spread["world"]:
        return ()
    return (account,) if type_.startswith(tuple(spread["account"])) else (account, region)


def within(type_: str) -> str | None:
    """The property that names what the names of a type are unique within."""
    found = _facts()["within"].get(type_)
    return None if found is None else str(found)


def tries_role(type_: str, properties: Mapping[str, Any]) -> bool:
    """Whether a service tries the role it is given while it creates a resource with these properties."""
    if type_ in _sets()["tries_role"]:
        return True
    deciding = _facts()["tries_role"]["where"].get(type_)
    return deciding is not None and deciding in properties


def refusals(type_: str) -> tuple[Refusal, ...]:
    """The changes of the type that the service refuses."""
    return tuple(refusal for refusal in _refusals() if refusal.type == type_)


def always_replaces(type_: str, property_: str) -> bool:
    """Whether a change replaces the resource although its schema says that it may, or that it does not."""
    return f"{type_}.{property_}" in replacing()


@cache
def replacing() -> dict[str, str]:
    """Properties, ``Type.Property``, whose change replaces against the schema, and where that was read."""
    found = _tables.read("replacement")
    return {name: str(source) for table in found.values() for name, source in table.items()}


def identifier(type_: str) -> str | None:
    """What identifiers that the service makes up look like."""
    found = _facts()["identifiers"].get(type_)
    return None if found is None else str(found)


def reference(type_: str) -> str | None:
    """What ``Ref`` returns, where that is not the identifier of the schema."""
    found = _facts()["references"].get(type_)
    return None if found is None else str(found)


def attribute(type_: str, name: str) -> str | None:
    """What an attribute looks like."""
    found = _facts()["attributes"].get(f"{type_}.{name}")
    return None if found is None else str(found)


def named_by(type_: str, name: str) -> str:
    """The path of the property that an identifier comes from."""
    return str(_facts()["inner_names"].get(f"{type_}.{name}", name))


def arn(type_: str) -> str | None:
    """What the ARNs of a type look like, after ``arn:<partition>:``."""
    found = _facts()["arns"].get(type_)
    return None if found is None else str(found)


@cache
def _facts() -> dict[str, Any]:
    import tomllib
    from importlib.resources import files

    return tomllib.loads(files(__package__).joinpath("physical.toml").read_text("utf-8"))


@cache
def _sets() -> dict[str, frozenset[str]]:
    return {key: frozenset(_facts()[key]["types"]) for key in ("data", "snapshot", "shared_names", "tries_role")}


@cache
def _refusals() -> tuple[Refusal, ...]:
    return tuple(Refusal(**entry) for entry in _facts()["never"])
