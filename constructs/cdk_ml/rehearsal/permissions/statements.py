"""Groups what is needed into few statements, none of which allows more than its parts.

Two statements become one where no action of the one takes a resource of the other. What IAM cannot scope stands in
statements of its own, and so does what reaches beyond named resources, each with its reason.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from cdk_ml.rehearsal.permissions.catalog import expand
from cdk_ml.rehearsal.permissions.environment import UNKNOWN
from cdk_ml.rehearsal.permissions.match import Question, matches, parts
from cdk_ml.rehearsal.permissions.model import Need, Statement
from cdk_ml.rehearsal.permissions.passing import PASS_ROLE

UNSCOPABLE = "IAM cannot scope these actions: they take no resource."
WHOLE_TYPE = "AWS chooses these names or ids, or the template does not tell them."
PASSED = "These roles may be handed to these services only."


@dataclass(slots=True)
class _Group:
    service: str
    actions: set[str]
    resources: set[str] = field(default_factory=set)
    passed_to: tuple[str, ...] = ()

    @property
    def scoped(self) -> bool:
        return self.resources != {UNKNOWN}

    def takes(self, other: _Group) -> bool:
        """Whether joining ``other`` would allow an action of this one for more than before."""
        return any(_takes(action, arn) for action in self.actions for arn in other.resources - self.resources)


def group(needs: Iterable[Need]) -> tuple[Statement, ...]:
    """The statements that allow the needs, by service."""
    needed: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for need in needs:
        needed.setdefault((need.action, need.passed_to), set()).update(need.resources)
    equal: dict[tuple[str, frozenset[str], tuple[str, ...]], _Group] = {}
    for (action, passed_to), resources in sorted(needed.items()):
        service = action.partition(":")[0]
        # A wildcard covers what is beside it.
        if UNKNOWN in resources:
            resources = {UNKNOWN}
        key = service, _without_covered(frozenset(resources)), passed_to
        equal.setdefault(key, _Group(service, set(), set(key[1]), passed_to)).actions.add(action)
    return tuple(_named(_joined(equal.values())))


def _joined(groups: Iterable[_Group]) -> list[_Group]:
    joined: list[_Group] = []
    for one in groups:
        for other in joined:
            alike = (one.service, one.scoped, one.passed_to) == (other.service, other.scoped, other.passed_to)
            same_reach = _is_whole_type(one) == _is_whole_type(other)
            if alike and same_reach and one.scoped and not one.takes(other) and not other.takes(one):
                other.actions |= one.actions
                other.resources |= one.resources
                break
        else:
            joined.append(one)
    return joined


def _named(groups: Iterable[_Group]) -> Iterator[Statement]:
    used: Counter[str] = Counter()
    for each in sorted(groups, key=lambda g: (g.service, not g.scoped, sorted(g.actions))):
        base = "".join(part.capitalize() for part in re.split(r"\W+", each.service))
        base += "PassRole" if {PASS_ROLE} == each.actions else "" if each.scoped else "Unscopable"
        used[base] += 1
        yield Statement(
            sid=base if used[base] == 1 else f"{base}No{used[base]}",
            actions=tuple(sorted(each.actions)),
            resources=tuple(sorted(each.resources)),
            passed_to=each.passed_to,
            reason=_reason(each),
        )


def _reason(each: _Group) -> str:
    if not each.scoped:
        return UNSCOPABLE
    if each.passed_to:
        return PASSED
    return WHOLE_TYPE if _is_whole_type(each) else ""


def _is_whole_type(each: _Group) -> bool:
    return any(_is_whole(action, arn) for action in each.actions for arn in each.resources)


@cache
def _is_whole(action: str, arn: str) -> bool:
    """Whether an ARN is a type of resources that an action takes, and nothing of their names."""
    _, _, service, _, _, name = parts(arn) if arn.startswith("arn:") else ("",) * 6
    patterns = (parts(_general(pattern)) for taken in expand(action) for pattern in taken.arns)
    return any((service, name) == (pattern[2], pattern[-1]) for pattern in patterns)


@cache
def _without_covered(resources: frozenset[str]) -> frozenset[str]:
    prefixes = [arn[:-1] for arn in resources if arn.endswith(UNKNOWN)]
    return frozenset(
        arn for arn in resources if not any(arn.startswith(each) and arn != f"{each}{UNKNOWN}" for each in prefixes)
    )


@cache
def _takes(action: str, arn: str) -> bool:
    return any(matches(arn, _general(pattern), Question.ANY) for each in expand(action) for pattern in each.arns)


@cache
def _general(pattern: str) -> str:
    return re.sub(r"\$\{[^}]*\}", UNKNOWN, pattern)
