"""What keeps CloudFormation from deleting a resource, and what stays behind when it is deleted.

A template says nothing of the objects in a bucket or the network interfaces that a service releases late, yet these are
why stacks end in ``DELETE_FAILED``. Known cases are data, each with its source; a few are decided by the template
alone. Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html and the pages that
each case names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from cdk_ml.facts import _tables
from cdk_ml.rehearsal.values import at

_ANY = "*"


class Kind(StrEnum):
    """Whether the deletion fails or waits, or something stays that no stack owns."""

    BLOCKS = "blocks"
    LEAVES = "leaves"


@dataclass(frozen=True, slots=True)
class Blocker:
    """One known case of a resource that is not deleted, or not wholly.

    :ivar type: CloudFormation type.
    :ivar when: the condition in words.
    :ivar what: what happens.
    :ivar remedy: what to do about it, as a sentence without its full stop.
    :ivar source: where this was read: a page of the AWS documentation or a public issue.
    :ivar property: path of the property that decides, where one does; ``.`` steps into an object.
    :ivar equals: the case is one where the property has this value; ``*`` is any value.
    :ivar unless: the case is one except where the property has this value; ``*`` is any value.
    :ivar certain: the template alone decides; nothing that happens after the deployment matters.
    :ivar holds: types of resources that cannot be deleted because of this one, where it uses them.
    """

    type: str
    kind: Kind
    when: str
    what: str
    remedy: str
    source: str
    property: str | None = None
    equals: str | bool | None = None
    unless: str | bool | None = None
    certain: bool = False
    holds: tuple[str, ...] = ()

    def applies(self, properties: Mapping[str, Any]) -> bool:
        """Whether the case can be one for a resource with these properties, as far as they decide.

        A value that the deployment decides, such as a parameter that nobody resolved, is taken for another value than
        the one that is asked for.
        """
        if self.property is None:
            return True
        value = at(properties, self.property)
        if self.unless is not None:
            return not _is(value, self.unless)
        return _is(value, self.equals)

    def sentence(self) -> str:
        """One line for a message: the condition, what happens and what to do."""
        when = "" if self.when == "always" else f"When {self.when}: "
        text = f"{when}{self.what}. {self.remedy}."
        return text[0].upper() + text[1:]


def blockers(type_: str) -> tuple[Blocker, ...]:
    """The known cases of a CloudFormation type, whatever its properties."""
    return _by_type().get(type_, ())


def applicable(type_: str, properties: Mapping[str, Any]) -> tuple[Blocker, ...]:
    """The known cases of a CloudFormation type that can be ones for a resource with these properties."""
    return tuple(blocker for blocker in blockers(type_) if blocker.applies(properties))


@cache
def _by_type() -> dict[str, tuple[Blocker, ...]]:
    found: dict[str, tuple[Blocker, ...]] = {}
    for table in _tables.read("teardown")["blockers"]:
        converted = {"kind": Kind(table["kind"]), "holds": tuple(table.get("holds", ()))}
        blocker = Blocker(**(table | converted))
        found[blocker.type] = (*found.get(blocker.type, ()), blocker)
    return found


def _is(value: Any, asked: str | bool | None) -> bool:
    if value is None:
        return False
    if asked == _ANY:
        return True
    # CloudFormation takes "true" for true, and templates in YAML or from a parameter carry the string.
    if isinstance(asked, bool) and isinstance(value, str):
        return value.lower() == str(asked).lower()
    return bool(value == asked)
