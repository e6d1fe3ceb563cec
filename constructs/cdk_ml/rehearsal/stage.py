"""What a rehearsed operation has done so far. The one thing here that changes; an outcome is made of it in the end.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacks.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cdk_ml.assembly import Assembly, Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.rehearsal.language import EXTENSIONS, transforms
from cdk_ml.rehearsal.outcome import Action, Event, Finding, Kind, Leftover, Mode, Outcome
from cdk_ml.rehearsal.schemas import NESTED_STACK
from cdk_ml.rehearsal.world import Claim, Physical, StackState, World

_ORDER = {kind: index for index, kind in enumerate(Kind)}
_REWRITABLE = (Kind.ALREADY_EXISTS, Kind.INVALID_PROPERTY, Kind.MISSING_ATTRIBUTE, Kind.UNKNOWN_TYPE, Kind.UNRESOLVED)


class Stage:
    """The state of one operation.

    :ivar stacks: those that exist at this moment.
    :ivar claims: who has what only one can have, at this moment.
    :ivar now: minutes since the start, when the current stack starts.
    :ivar policy: the stack policy of every stack, or None.
    :ivar macros: those that rewrite a template, by the path of its stack.
    """

    def __init__(
        self, mode: Mode, assembly: Assembly, world: World, region: str, policy: Mapping[str, Any] | None = None
    ) -> None:
        self.mode = mode
        self.region = region
        self.policy = policy
        self.now = 0
        self.stacks: dict[str, StackState] = dict(world.stacks)
        self.claims: dict[Claim, Physical] = world.claims()
        self.replaced: dict[str, tuple[str, ...]] = {}
        self.opaque: Counter[str] = Counter()
        self.macros = {path: found for path, template in self._read(assembly).items() if (found := macros(template))}
        self._unmanaged: list[Physical] = list(world.unmanaged)
        self._templates = self._read(assembly)
        self._events: list[Event] = []
        self._causes: list[int | None] = []
        self._findings: dict[Finding, None] = {}
        self._leftovers: list[Leftover] = []

    def find(
        self,
        kind: Kind,
        severity: Severity,
        stack: str,
        resource: Resource | Physical | None,
        message: str,
        fix: str,
        source: str = "",
    ) -> None:
        """Note a finding; what a macro may still put right is no error."""
        if stack in self.macros and kind in _REWRITABLE:
            severity = Severity.INFO
        finding = Finding(
            kind=kind,
            severity=severity,
            stack=stack,
            logical_id=resource.logical_id if resource is not None else "",
            type=resource.type if resource is not None else "",
            path=(resource.path if resource is not None else "") or stack,
            message=message,
            fix=fix,
            source=source,
        )
        self._findings.setdefault(finding)

    @staticmethod
    def _read(assembly: Assembly) -> dict[str, Template]:
        return {template.path: template for template in assembly.templates}

    def happens(
        self, action: Action, resource: Physical, start: int, minutes: int, *, cause: int | None = None, note: str = ""
    ) -> int:
        """Note an event; its number."""
        event = Event(
            stack=resource.stack,
            logical_id=resource.logical_id,
            type=resource.type,
            action=action,
            physical_id=str(resource.physical_id),
            start=start,
            end=start + minutes,
            note=note,
        )
        self._events.append(event)
        self._causes.append(cause)
        return len(self._events) - 1

    def end(self, event: int) -> int:
        """When an event is over."""
        return self._events[event].end

    def last(self) -> int | None:
        """The event that ends last; None as long as nothing happened."""
        return max(range(len(self._events)), key=self.end, default=None)

    def leave(self, resource: Physical, why: str, *, intended: bool, exists: bool = True) -> None:
        """Note that a resource exists on without a stack.

        :param exists: it keeps its name; not for a snapshot, which only keeps the data.
        """
        if exists:
            self._unmanaged.append(resource)
        elif resource.claim is not None and self.claims.get(resource.claim) is resource:
            del self.claims[resource.claim]
        self._leftovers.append(leftover(resource, why, intended=intended, named=exists and resource.named))

    def release(self, resource: Physical) -> None:
        """Note that a resource is gone and others can have its name."""
        if resource.claim is not None and self.claims.get(resource.claim) is resource:
            del self.claims[resource.claim]

    def child(self, template: Template, resource: Resource) -> Template | None:
        """The template of a nested stack, where the assembly has it."""
        if resource.type != NESTED_STACK:
            return None
        file = resource.metadata.get("aws:asset:path")
        marked = resource.path.removesuffix(".NestedStackResource").removesuffix(".NestedStack")
        inside = [t for path, t in self._templates.items() if path.startswith(f"{template.path}/")]
        for candidate in inside:
            last = candidate.path.rpartition("/")[2]
            if resource.path and resource.path.startswith(f"{candidate.path}.NestedStack/") and marked.endswith(last):
                return candidate
        found = [t for t in inside if t.file.name == file or t.path == f"{template.path}/{resource.logical_id}"]
        return found[0] if found else None

    def is_nested(self, path: str) -> bool:
        """Whether a stack is nested in another one of the assembly."""
        return any(path.startswith(f"{other}/") and self._nests(other, path) for other in self._templates)

    def _nests(self, outer: str, path: str) -> bool:
        template = self._templates[outer]
        return any(
            child is not None and child.path == path
            for child in (self.child(template, resource) for resource in template.of_type(NESTED_STACK))
        )

    def outcome(self) -> Outcome:
        """What it came to."""
        critical = self._critical()
        events = tuple(
            replace(event, critical=True) if index in critical else event for index, event in enumerate(self._events)
        )
        severities = list(Severity)
        findings = sorted(self._findings, key=lambda f: (severities.index(f.severity), _ORDER[f.kind]))
        # Losing data is the one thing that no second attempt repairs, so it stands before everything.
        findings.sort(key=lambda f: not (f.fails and f.kind in (Kind.DATA_LOSS, Kind.ORPHAN)))
        return Outcome(
            mode=self.mode,
            events=events,
            findings=tuple(findings),
            world=World(self.stacks, tuple(self._unmanaged)),
            leftovers=tuple(self._leftovers),
            replaced=self.replaced,
            opaque=dict(self.opaque),
        )

    def _critical(self) -> set[int]:
        index = self.last()
        chain: set[int] = set()
        while index is not None and index not in chain:
            chain.add(index)
            index = self._causes[index]
        return chain


def macros(template: Template) -> tuple[str, ...]:
    """The macros that rewrite a template before CloudFormation reads it, the language extensions aside."""
    inside = (f"Fn::Transform of {name}" for name in _inside(template.raw))
    return tuple(dict.fromkeys(name for name in (*transforms(template.raw), *inside) if name != EXTENSIONS))


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _inside(inner)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Fn::Transform":
                listed = inner if isinstance(inner, list) else [inner]
                yield from (str(each.get("Name", "")) if isinstance(each, Mapping) else str(each) for each in listed)
            else:
                yield from _inside(inner)


def leftover(resource: Physical, why: str, *, intended: bool, named: bool) -> Leftover:
    """A resource as a leftover."""
    return Leftover(
        stack=resource.stack,
        logical_id=resource.logical_id,
        type=resource.type,
        physical_id=str(resource.physical_id),
        why=why,
        intended=intended,
        named=named,
    )
