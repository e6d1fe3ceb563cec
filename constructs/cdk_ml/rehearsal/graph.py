"""What depends on what in a template, the order that follows, and the circles that make one impossible.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from cdk_ml.rehearsal.intrinsics import Resolver

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def references(value: Any, resolver: Resolver) -> Iterator[str]:
    """The names that a value refers to; of ``Fn::If`` only the branch that is taken."""
    if isinstance(value, list):
        for item in value:
            yield from references(item, resolver)
        return
    if not isinstance(value, Mapping):
        return
    if len(value) == 1:
        match value:
            case {"Ref": str() as name}:
                # Of a module's resource: Module.Resource.
                yield name.partition(".")[0]
                return
            case {"Ref": Mapping() as name} if resolver.extended:
                yield resolver.named(name)
                return
            case {"Fn::GetAtt": [Mapping() as name, *rest]} if resolver.extended:
                yield resolver.named(name)
                yield from references(rest, resolver)
                return
            case {"Fn::GetAtt": str() as path}:
                yield path.partition(".")[0]
                return
            case {"Fn::GetAtt": [str() as name, *rest]}:
                yield name.partition(".")[0]
                yield from references(rest, resolver)
                return
            case {"Fn::Sub": str() as template}:
                yield from _in_text(template, ())
                return
            case {"Fn::Sub": [str() as template, Mapping() as values]}:
                yield from _in_text(template, values)
                yield from references(values, resolver)
                return
            case {"Fn::If": [str() as condition, yes, no]}:
                yield from references(yes if resolver.holds(condition) else no, resolver)
                return
    for inner in value.values():
        yield from references(inner, resolver)


def order(needs: Mapping[str, Collection[str]]) -> tuple[list[str], list[tuple[str, ...]]]:
    """The names so that each comes after what it needs, as early as they are given, and every circle in the way.

    A circle is taken out of the graph where it was found, so that the others are found too.
    """
    graph = {name: list(others) for name, others in needs.items()}
    cycles: list[tuple[str, ...]] = []
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            # graphlib lists it against the arrows: each name is needed by the next.
            circle = tuple(reversed(error.args[1]))
            cycles.append(circle)
            graph[circle[0]].remove(circle[1])
        else:
            return _stable(graph), cycles


def _stable(graph: Mapping[str, Collection[str]]) -> list[str]:
    done: dict[str, None] = {}
    for start in graph:
        stack = [(start, iter(graph[start]))]
        while stack:
            name, rest = stack[-1]
            for other in rest:
                if other not in done and other in graph:
                    stack.append((other, iter(graph[other])))
                    break
            else:
                done.setdefault(name)
                stack.pop()
    return list(done)


def needed_by(needs: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """The same arrows, the other way round."""
    turned: dict[str, list[str]] = {name: [] for name in needs}
    for name, others in needs.items():
        for other in others:
            turned.setdefault(other, []).append(name)
    return turned


def reachable(start: str, arrows: Mapping[str, Collection[str]]) -> set[str]:
    """Everything that can be reached from a name, without the name itself."""
    found: set[str] = set()
    waiting = list(arrows.get(start, ()))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(arrows.get(name, ()))
    return found


def _in_text(template: str, defined: Collection[str]) -> Iterator[str]:
    for name in _VARIABLE.findall(template):
        if name not in defined:
            yield name.strip().partition(".")[0]
