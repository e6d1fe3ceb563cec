"""The graph of a pipeline: every step once, every dependency there is, and no circle.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps.html#build-and-manage-custom-dependency
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cdk_ml.errors import Problem

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Node:
    """A step, as far as the graph is concerned.

    :ivar name: of the step.
    :ivar needs: names of the steps that have to be done before.
    :ivar branch: the condition that it is inside, and which side of it: ``("GoodEnough", "then")``; empty outside.
    """

    name: str
    needs: frozenset[str]
    branch: tuple[str, ...] = ()


def graph_problems(nodes: Sequence[Node]) -> Iterator[Problem]:
    """Why a pipeline of these steps could not be made, or would never end."""
    if not nodes:
        yield Problem("steps", [], "is empty", "Give at least one step")
    counts = Counter(node.name for node in nodes)
    for name, count in counts.items():
        if not _NAME.fullmatch(name):
            fix = "Use at most 64 letters, digits, hyphens and underscores"
            yield Problem("steps", name, "is no name of a step", fix)
        if count > 1:
            places = ", ".join(_place(node.branch) for node in nodes if node.name == name)
            rule = f"is the name of {count} steps ({places})"
            yield Problem("steps", name, rule, "Name each step differently, and put each in one place")
    by_name = {node.name: node for node in nodes}
    for node in nodes:
        for needed in sorted(node.needs):
            if needed not in by_name:
                fix = f"Add the step, or name one of {', '.join(counts)}"
                yield Problem(f"{node.name}.after", needed, "is no step of the pipeline", fix)
            elif by_name[needed].branch not in ((), node.branch):
                rule = f"is in {_place(by_name[needed].branch)}, which {node.name} cannot wait for"
                fix = f"Put {needed} before the condition, or {node.name} into the same branch"
                yield Problem(f"{node.name}.after", needed, rule, fix)
        if len(node.branch) > 2:
            fix = "Use AnyOf, Not or several conditions in one step"
            yield Problem("steps", node.name, "is in a condition inside a condition, which SageMaker refuses", fix)
    circle = _circle({node.name: before(node, nodes) for node in nodes})
    if circle:
        path = " -> ".join(circle)
        yield Problem("steps", path, "is a circle of steps that wait for each other", "Leave one of them out")


def before(node: Node, nodes: Sequence[Node]) -> list[str]:
    """Names of the steps beside ``node`` that it has to wait for, for itself and for what is inside it."""
    inside = [each for each in nodes if each.branch[:-1] == (*node.branch, node.name)]
    needed = node.needs.union(*(each.needs for each in inside))
    beside = {each.name for each in nodes if each.branch == node.branch}
    return sorted((needed & beside) - ({node.name} - node.needs))


def _place(branch: tuple[str, ...]) -> str:
    return f"{branch[-2]}.{branch[-1]}" if branch else "the pipeline itself"


def _circle(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Names of steps that wait for each other, the first one again at the end."""
    done: set[str] = set()
    for start in needs:
        waiting = [(start, iter(needs[start]))] if start not in done else []
        path = [start] if waiting else []
        while waiting:
            name, rest = waiting[-1]
            following = next((each for each in rest if each in needs and each not in done), None)
            if following is None:
                done.add(name)
                waiting.pop()
                path.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            else:
                path.append(following)
                waiting.append((following, iter(needs[following])))
    return []
