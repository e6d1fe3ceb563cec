"""Which AWS services and features a new account can still use, and what replaces the others.

A CloudFormation type outlives its service: templates with dead services synthesize and lint cleanly, and fail only when
they are deployed. Constructs and checks ask here instead. Follows
https://docs.aws.amazon.com/general/latest/gr/maintenance_services.html and the pages each entry names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from . import _tables
from .errors import UnknownFact


class State(StrEnum):
    """Where a service or feature is in its life, or why it has none."""

    ACTIVE = "active"
    ACTIVE_PARTIAL = "active-partial"
    RENAMED = "renamed"
    CLOSED_TO_NEW_CUSTOMERS = "closed-to-new-customers"
    FROZEN = "frozen"
    ENDED = "ended"
    DOCUMENTATION = "documentation"
    VERTICAL = "vertical"
    GROUP = "group"


class Confidence(StrEnum):
    """How good the source is: AWS's own text; AWS as others cite it, or no notice found; memory."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class ClosedProperty:
    """A property that is closed although its resource type is not.

    :ivar key: key of the entry that says why.
    :ivar type: CloudFormation type.
    :ivar path: path of the property; ``.`` steps into an object, ``[]`` into each item of a list.
    :ivar equals: the one value that is closed; ``None`` where every value is.
    """

    key: str
    type: str
    path: str
    equals: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known about one service, feature or heading of the taxonomy.

    :ivar key: stable name to ask for it by, as in ``sagemaker-model-monitor``.
    :ivar row: number of its heading in the taxonomy, if it has one.
    :ivar parent: key of the entry it is a feature of, or whose service it repeats.
    :ivar resource_types: CloudFormation types that are closed with it.
    :ivar properties: properties that are closed with it, of types that are not.
    :ivar since: day of the closing, freezing or renaming; ``None`` where no source gives it.
    :ivar ends: day on which support ends or ended; ``None`` where no source gives it.
    :ivar successor: what to use instead.
    :ivar source: where this was read, with dates that sources disagree on.
    """

    key: str
    title: str
    state: State
    source: str
    confidence: Confidence
    row: int | None = None
    parent: str | None = None
    resource_types: tuple[str, ...] = ()
    properties: tuple[ClosedProperty, ...] = ()
    since: date | None = None
    ends: date | None = None
    successor: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether a new account can use it. What is frozen still works, and so do parts of what is active in part."""
        return self.state not in (State.CLOSED_TO_NEW_CUSTOMERS, State.ENDED)

    def sentence(self) -> str:
        """One line for a message: the state, since when, and what to use instead."""
        instead = f"; use {self.successor} instead" if self.successor else ""
        since = f" since {self.since}" if self.since else ""
        match self.state:
            case State.CLOSED_TO_NEW_CUSTOMERS:
                ends = f", with support ending on {self.ends}" if self.ends else ""
                text = f"is closed to new customers{since}{ends}{instead}"
            case State.ENDED:
                text = f"ended{f' on {self.ends}' if self.ends else ''}{instead}"
            case State.FROZEN:
                text = f"gets no new releases{since}{instead}"
            case State.RENAMED:
                text = f"is now {self.successor}"
            case State.ACTIVE_PARTIAL:
                closed = ", ".join(part.title for part in entries() if part.parent == self.key and not part.is_open)
                text = f"is open to new customers, except {closed}"
            case State.ACTIVE:
                text = "is open to new customers"
            case State.DOCUMENTATION:
                text = "is documentation, not a service"
            case State.VERTICAL:
                text = "is a use case, composed of services"
            case State.GROUP:
                text = "is a group of services"
        return f"{self.title} {text}."


def entries() -> tuple[Entry, ...]:
    """Everything known, in the order of lifecycle.toml."""
    return tuple(_entries().values())


def entry(key: str) -> Entry:
    """The entry with that key.

    :raises UnknownFact: when there is none.
    """
    known = _entries()
    try:
        return known[key]
    except KeyError:
        fix = "Use a key from cdk_ml/facts/lifecycle.toml, or add the service there with its source"
        raise UnknownFact("Lifecycle entry", key, known, fix) from None


def for_resource_type(type_: str) -> Entry | None:
    """The entry that closes a CloudFormation type, or ``None``: nothing is known against the type."""
    return _by_type().get(type_)


def closed_properties(type_: str) -> tuple[ClosedProperty, ...]:
    """The properties of a CloudFormation type that are closed although the type is not."""
    return _by_property().get(type_, ())


@cache
def _entries() -> dict[str, Entry]:
    return {key: _entry(key, table) for key, table in _tables.read("lifecycle").items()}


@cache
def _by_type() -> dict[str, Entry]:
    return {type_: entry for entry in entries() for type_ in entry.resource_types}


@cache
def _by_property() -> dict[str, tuple[ClosedProperty, ...]]:
    found: dict[str, tuple[ClosedProperty, ...]] = {}
    for closed in (closed for entry in entries() for closed in entry.properties):
        found[closed.type] = (*found.get(closed.type, ()), closed)
    return found


def _entry(key: str, table: dict[str, Any]) -> Entry:
    converted = {
        "state": State(table["state"]),
        "confidence": Confidence(table["confidence"]),
        "resource_types": tuple(table.get("resource_types", ())),
        "properties": tuple(ClosedProperty(key=key, **each) for each in table.get("properties", ())),
    }
    return Entry(key=key, **(table | converted))
