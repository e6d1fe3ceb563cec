"""What starts jobs in a workflow of Glue: a schedule, an event or somebody, and then one job after another.

https://docs.aws.amazon.com/glue/latest/dg/about-triggers.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import Any

from cdk_ml.data.glue.job import GlueJob
from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token, outside

_SCHEDULE = re.compile(r"cron\(\S+(?: \S+){5}\)")
_MOST_EVENTS = 100
_LONGEST_WINDOW = 900


class Ended(StrEnum):
    """How a job before ended."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"
    TIMEOUT = "TIMEOUT"


@dataclass(frozen=True, slots=True)
class OnDemand:
    """Whoever starts the workflow starts these jobs.

    :param jobs: jobs that are started at once.
    """

    jobs: Sequence[GlueJob]


@dataclass(frozen=True, slots=True)
class OnSchedule:
    """A schedule starts these jobs.

    :param jobs: jobs that are started at once.
    :param expression: in UTC, such as ``cron(0 3 * * ? *)``.
    """

    jobs: Sequence[GlueJob]
    expression: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnEvents:
    """Events of AWS start these jobs.

    :param jobs: jobs that are started at once.
    :param source: where events come from, such as ``aws.s3``.
    :param detail_types: kinds of events, such as ``Object Created``.
    :param detail: pattern that the event's detail has to match.
    :param batch: events that are waited for.
    :param window_seconds: seconds after the first event after which no more are waited for.
    """

    jobs: Sequence[GlueJob]
    source: str
    detail_types: Sequence[str]
    detail: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    batch: int = 1
    window_seconds: int = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """Jobs before start these jobs.

    :param jobs: jobs that are started at once.
    :param ended: jobs before, and how each has to end.
    :param all: wait for all of them, or for any.
    """

    jobs: Sequence[GlueJob]
    ended: Mapping[GlueJob, Ended]
    all: bool = True


Start = OnDemand | OnSchedule | OnEvents


def start_problems(start: Start) -> Iterator[Problem]:
    """Why Glue would not take what starts a workflow."""
    match start:
        case OnSchedule(expression=expression) if not is_token(expression) and not _SCHEDULE.fullmatch(expression):
            fix = "Write cron(0 3 * * ? *), with six fields"
            yield Problem("start.expression", expression, "is no schedule of Glue", fix)
        case OnEvents():
            if outside(start.batch, 1, _MOST_EVENTS):
                rule = "is no number of events that Glue waits for"
                yield Problem("start.batch", start.batch, rule, f"Use 1 to {_MOST_EVENTS}")
            if outside(start.window_seconds, 1, _LONGEST_WINDOW):
                rule = "is no time that Glue waits for events"
                yield Problem("start.window_seconds", start.window_seconds, rule, f"Use 1 to {_LONGEST_WINDOW}")
    if not start.jobs:
        yield Problem("start.jobs", [], "starts nothing", "Name a job")


def order_problems(first: Sequence[str], then: Sequence[tuple[Sequence[str], Sequence[str]]]) -> Iterator[Problem]:
    """Why jobs cannot run in an order.

    :param first: names of jobs that the start starts.
    :param then: for each :class:`After`, names of jobs before, and of jobs that they start.
    """
    started = [*first, *(name for _, jobs in then for name in jobs)]
    known = {*started}
    for before, jobs in then:
        if not jobs or not before:
            what = "waits for nothing" if not before else "starts nothing"
            fix = "Name a job before, and a job after it"
            yield Problem("then", [*before, *jobs], what, fix)
        for name in before:
            if name not in known:
                yield Problem("then", name, "is waited for, and nothing in the workflow starts it", _add(name))
    waits: dict[str, set[str]] = {name: set() for name in known}
    for before, jobs in then:
        for name in jobs:
            waits[name] |= {*before} & known
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as cycle:
        circle = " -> ".join(reversed(cycle.args[1]))
        yield Problem("then", circle, "is a circle: each waits for the one before it", "Leave one of them out")
    for name in sorted(name for name in known if started.count(name) > 1):
        fix = "Let one of them start it; After(ended={...}, all=False) waits for any of several"
        yield Problem("then", name, "is started by several triggers, and Glue starts it once for each", fix)


def _add(name: str) -> str:
    return f"Let the start, or another job, start {name}"
