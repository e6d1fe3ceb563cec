"""Lets every single action of an operation fail once, and says what its rollback leaves behind.

When one resource fails, everything that does not wait for it may be done already: a rollback has to undo that at
most. All failures share one resolved operation; which resources wait for which is computed once, as sets of bits.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cdk_ml.checks.finding import Severity
from cdk_ml.rehearsal import graph, teardown
from cdk_ml.rehearsal.outcome import Action, Event, Failure, Finding, Kind, Leftover, Mode, Outcome
from cdk_ml.rehearsal.stage import leftover
from cdk_ml.rehearsal.world import Physical, StackState, World

_Key = tuple[str, str]
_MADE = (Action.CREATE, Action.REPLACE)
_PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html"


def with_failures(outcome: Outcome, before: World) -> Outcome:
    """The outcome with every single failure tried."""
    tried = tuple(failures(outcome, before))
    stay = {left: failure for failure in tried for left in failure.leftovers if left.intended}
    found = tuple(_second_attempt(left, failure) for left, failure in stay.items() if outcome.mode is Mode.CREATE)
    return replace(outcome, failures=tried, findings=(*outcome.findings, *found))


def failures(outcome: Outcome, before: World) -> Iterator[Failure]:
    """What each single failure leads to, in the order of the events.

    :param before: what existed when the operation began.
    """
    world = before if outcome.mode is Mode.DESTROY else outcome.world
    roots: dict[str, list[Event]] = {}
    for event in outcome.events:
        roots.setdefault(_root(world.stacks, event.stack), []).append(event)
    for root, events in roots.items():
        yield from _of_stack(outcome.mode, world, root, events)


def _of_stack(mode: Mode, world: World, root: str, events: list[Event]) -> Iterator[Failure]:
    needs = _needs(world.stacks, root)
    behind = _closure(needs if mode is Mode.DESTROY else _turned(needs), needs, forward=mode is Mode.DESTROY)
    index = {key: number for number, key in enumerate(needs)}
    forward = [event for event in events if event.action in (*_MADE, Action.UPDATE)]
    mask = sum(1 << index[key] for key in {(e.stack, e.logical_id) for e in forward} if key in index)
    kept = list(_kept(world, forward, index))
    for event in events:
        key = (event.stack, event.logical_id)
        found: tuple[Leftover, ...] = ()
        touched = 0
        if event.action in (*_MADE, Action.UPDATE) and key in index:
            done = mask & ~behind[key] & ~(1 << index[key])
            touched = done.bit_count()
            found = tuple(left for bit, left in kept if done >> bit & 1)
        elif event.action is Action.DELETE and key in index:
            # What the resource uses has to wait for it, in a stack that can be deleted once more.
            touched = behind[key].bit_count() + 1
        elif event.action is Action.CLEAN_UP:
            found = (_not_cleaned(event),)
        elif event.action in (Action.RETAIN, Action.SNAPSHOT):
            continue
        yield Failure(
            stack=event.stack,
            logical_id=event.logical_id,
            type=event.type,
            action=event.action,
            touched=touched,
            leftovers=found,
        )


def _turned(needs: Mapping[_Key, list[_Key]]) -> dict[_Key, list[_Key]]:
    """Who waits for whom."""
    turned: dict[_Key, list[_Key]] = {key: [] for key in needs}
    for key, others in needs.items():
        for other in others:
            turned[other].append(key)
    return turned


def _needs(stacks: Mapping[str, StackState], root: str) -> dict[_Key, list[_Key]]:
    """What each resource of a stack and of those nested in it waits for."""
    found: dict[_Key, list[_Key]] = {}

    def walk(path: str, outside: list[_Key]) -> list[_Key]:
        state = stacks.get(path)
        if state is None:
            return []
        for name, resource in state.resources.items():
            own = [(path, need) for need in resource.needs if need in state.resources]
            found[path, name] = [*own, *outside]
            if resource.child is not None:
                found[path, name] += walk(resource.child, [*own, *outside])
        return [(path, name) for name in state.resources]

    walk(root, [])
    return found


def _closure(arrows: Mapping[_Key, list[_Key]], needs: Mapping[_Key, list[_Key]], *, forward: bool) -> dict[_Key, int]:
    """Everything that can be reached from each key, as bits."""
    index = {key: number for number, key in enumerate(needs)}
    names = {f"{number}": key for key, number in index.items()}
    in_order, _ = graph.order({str(index[key]): [str(index[o]) for o in others] for key, others in needs.items()})
    reached: dict[_Key, int] = {}
    for name in in_order if forward else reversed(in_order):
        key = names[name]
        bits = 0
        for other in arrows[key]:
            bits |= reached.get(other, 0) | 1 << index[other]
        reached[key] = bits
    return reached


def _kept(world: World, events: list[Event], index: Mapping[_Key, int]) -> Iterator[tuple[int, Leftover]]:
    """What a rollback does not take away once it was made, with the bit of the resource."""
    for event in events:
        if event.action not in _MADE:
            continue
        bit = index[event.stack, event.logical_id]
        resource = world.stacks[event.stack].resources[event.logical_id]
        # RetainExceptOnCreate is made for this: what a failed deployment made does not stay.
        if resource.deletion_policy == "Retain":
            yield bit, leftover(resource, "stays, by its DeletionPolicy", intended=True, named=resource.named)
        else:
            yield from ((bit, left) for left in _left_by_service(resource))


def _left_by_service(resource: Physical) -> Iterator[Leftover]:
    for case in teardown.applicable(resource.type, resource.properties):
        if case.certain and case.kind is teardown.Kind.LEAVES:
            yield leftover(resource, f"leaves something: {case.what}", intended=False, named=False)


def _not_cleaned(event: Event) -> Leftover:
    return Leftover(
        stack=event.stack,
        logical_id=event.logical_id,
        type=event.type,
        physical_id=event.physical_id,
        why="stays where it is: an update does not fail when its clean-up does",
        intended=False,
        named=False,
    )


def _second_attempt(left: Leftover, failure: Failure) -> Finding:
    again = (
        f"its name {left.physical_id} is taken when it is tried again"
        if left.named
        else "every attempt leaves one more"
    )
    return Finding(
        kind=Kind.LEFTOVER,
        severity=Severity.INFO,
        stack=left.stack,
        logical_id=left.logical_id,
        type=left.type,
        path=left.stack,
        message=f"stays when the deployment fails later on (at {failure.logical_id}, say), and {again}",
        fix="Set DeletionPolicy: RetainExceptOnCreate, or import it into the next attempt",
        source=_PAGE,
    )


def _root(stacks: Mapping[str, StackState], path: str) -> str:
    state = stacks.get(path)
    return path if state is None or state.parent is None else _root(stacks, state.parent)
