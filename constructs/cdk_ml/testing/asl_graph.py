"""Checks the graph of a state machine: every target exists, every state is reached, and it ends.

https://states-language.net/spec.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdk_ml.checks.values import items
from cdk_ml.testing.rendering import mapping

TYPES = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
_ENDS = ("Succeed", "Fail")
_LONGEST_NAME = 80

Machine = Mapping[str, Any]


def machines(machine: Machine, place: str = "") -> Iterator[tuple[str, Machine]]:
    """A state machine, and those inside its Parallel and Map states, each with its place."""
    yield place, machine
    for name, state in mapping(machine.get("States")).items():
        inner = mapping(state)
        language = machine.get("QueryLanguage")
        inside = [*items(inner.get("Branches")), *items(inner.get("ItemProcessor")), *items(inner.get("Iterator"))]
        for index, child in enumerate(inside):
            number = f"[{index}]" if len(inside) > 1 else ""
            inherited = {"QueryLanguage": language, **mapping(child)} if language else mapping(child)
            yield from machines(inherited, f"{place}{name}{number}/")


def graph_problems(machine: Machine) -> Iterator[str]:
    """What is wrong with one level of a state machine."""
    states = {name: mapping(state) for name, state in mapping(machine.get("States")).items()}
    start = machine.get("StartAt")
    if start not in states:
        yield f"StartAt names {start}, which is no state. There are {', '.join(states) or 'none'}."
    for name, state in states.items():
        yield from (f"{name}: {problem}" for problem in _of_state(name, state, states))
    if start in states:
        reached = _reached(str(start), states)
        yield from (
            f"{name}: nothing leads to it. Remove it, or name it as a Next." for name in states if name not in reached
        )
        if not any(
            state.get("Type") in _ENDS or state.get("End") is True for state in map(states.__getitem__, reached)
        ):
            yield f"no state that {start} leads to ends the execution. Give one End: true."


def _of_state(name: str, state: Mapping[str, Any], states: Mapping[str, Any]) -> Iterator[str]:
    kind = state.get("Type")
    if kind not in TYPES:
        yield f"Type {kind} is none. Use one of {', '.join(TYPES)}."
        return
    if len(name) > _LONGEST_NAME:
        yield f"the name has {len(name)} characters. Use at most {_LONGEST_NAME}."
    for field, target in _targets(state):
        if target not in states:
            yield f"{field} names {target}, which is no state. There are {', '.join(states)}."
    continues = [field for field in ("Next", "End") if field in state]
    if kind in (*_ENDS, "Choice"):
        if continues:
            yield f"a {kind} state has no {continues[0]}. Remove it."
    elif len(continues) != 1:
        yield f"a {kind} state has either Next or End: true, and this has {' and '.join(continues) or 'neither'}."
    if kind == "Choice" and not items(state.get("Choices")):
        yield "a Choice state needs Choices."
    if kind == "Parallel" and not items(state.get("Branches")):
        yield "a Parallel state needs Branches."
    if kind == "Map" and "ItemProcessor" not in state and "Iterator" not in state:
        yield "a Map state needs an ItemProcessor."
    yield from _caught_last(state)


def _caught_last(state: Mapping[str, Any]) -> Iterator[str]:
    for field in ("Retry", "Catch"):
        handlers = items(state.get(field))
        for handler in handlers[:-1]:
            if "States.ALL" in items(mapping(handler).get("ErrorEquals")):
                yield f"States.ALL in {field} is not last, so those after it never apply. Move it to the end."


def _targets(state: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for field in ("Next", "Default"):
        if field in state:
            yield field, state[field]
    for field in ("Choices", "Catch"):
        for index, each in enumerate(items(state.get(field))):
            yield f"{field}[{index}].Next", mapping(each).get("Next")


def _reached(start: str, states: Mapping[str, Any]) -> set[str]:
    reached, waiting = {start}, [start]
    while waiting:
        for _, target in _targets(states[waiting.pop()]):
            if target in states and target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached
