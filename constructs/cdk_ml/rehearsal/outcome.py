"""What a rehearsal comes to: what happened in which order, what would go wrong, and what is there afterwards.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacks.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cdk_ml.checks.finding import Severity

if TYPE_CHECKING:
    from cdk_ml.rehearsal.world import World


class Kind(StrEnum):
    """What a finding is about."""

    DATA_LOSS = "data-loss"
    ORPHAN = "orphan"
    ALREADY_EXISTS = "already-exists"
    BLOCKED = "blocked"
    CYCLE = "cycle"
    EXPORT_IN_USE = "export-in-use"
    IAM_RACE = "iam-race"
    INVALID_PROPERTY = "invalid-property"
    LEFTOVER = "leftover"
    LIMIT = "limit"
    MISSING_ATTRIBUTE = "missing-attribute"
    MISSING_PARAMETER = "missing-parameter"
    NEVER_UPDATABLE = "never-updatable"
    REGION = "region"
    REPLACEMENT = "replacement"
    STACK_POLICY = "stack-policy"
    UNKNOWN_TYPE = "unknown-type"
    UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value cannot be resolved."""

    kind: Kind
    message: str
    fix: str


class Mode(StrEnum):
    """What is rehearsed."""

    CREATE = "create"
    UPDATE = "update"
    DESTROY = "destroy"


class Action(StrEnum):
    """What happens to one resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    CLEAN_UP = "clean up"
    RETAIN = "retain"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that would go wrong, or that somebody should know before it happens.

    :ivar severity: errors stop the deployment; warnings lose data, leave something behind or depend on timing; infos
        depend on what is in the account, or are as the template wants them.
    :ivar stack: the construct path of the stack.
    :ivar logical_id: of the resource; ``""`` where it is about the stack.
    :ivar path: the construct path of the resource, where the template says.
    :ivar source: the page that says so, ``""`` where it is the resource schema.
    """

    kind: Kind
    severity: Severity
    stack: str
    logical_id: str
    type: str
    path: str
    message: str
    fix: str = ""
    source: str = ""

    @property
    def fails(self) -> bool:
        """Whether it fails a rehearsal."""
        return self.severity is not Severity.INFO


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that CloudFormation does.

    :ivar start: minutes after the start of the rehearsal, if everything before it takes as long as it may.
    :ivar end: the same for its end.
    :ivar critical: nothing that takes as long as it may can finish later without the whole taking longer.
    :ivar ok: whether it succeeds.
    """

    stack: str
    logical_id: str
    type: str
    action: Action
    physical_id: str
    start: int
    end: int
    note: str = ""
    critical: bool = False
    ok: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A resource that nobody manages any more once the rehearsed operation is over.

    :ivar why: as the rest of a sentence that starts with the resource.
    :ivar intended: the template says so.
    :ivar named: it has a name that its successor asks for again.
    """

    stack: str
    logical_id: str
    type: str
    physical_id: str
    why: str
    intended: bool
    named: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a single failure leads to.

    :ivar stack: of the resource whose action fails.
    :ivar touched: how many resources the rollback has to undo at most; for a deletion, how many stay in the stack.
    :ivar leftovers: what can stay behind, belonging to no stack, when the rollback is over.
    """

    stack: str
    logical_id: str
    type: str
    action: Action
    touched: int
    leftovers: tuple[Leftover, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One rehearsed operation on every stack of an assembly.

    :ivar findings: the worst first.
    :ivar world: what is there afterwards, if nothing that was found stops it.
    :ivar leftovers: what is there afterwards and belongs to no stack.
    :ivar replaced: the logical ids of the resources that are replaced, by stack.
    :ivar failures: the single failures that were tried.
    :ivar opaque: types that nobody but their authors know, and how many resources have them.
    """

    mode: Mode
    events: tuple[Event, ...]
    findings: tuple[Finding, ...]
    world: World
    leftovers: tuple[Leftover, ...] = ()
    replaced: Mapping[str, tuple[str, ...]]
    failures: tuple[Failure, ...] = ()
    opaque: Mapping[str, int]

    @property
    def minutes(self) -> int:
        """The longest it can take by the time-outs of the handlers."""
        return max((event.end for event in self.events), default=0)

    @property
    def orphaned(self) -> tuple[Leftover, ...]:
        """What holds data, is there afterwards and belongs to no stack."""
        from cdk_ml.rehearsal.traits import holds_data

        return tuple(left for left in self.leftovers if holds_data(left.type))


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Every operation that was rehearsed, in their order."""

    outcomes: tuple[Outcome, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found in all of them."""
        return tuple(finding for outcome in self.outcomes for finding in outcome.findings)

    @property
    def passed(self) -> bool:
        """Whether nothing was found that fails."""
        return not any(finding.fails for finding in self.findings)
