"""Rules of a quality gate: what has to hold of each record, and of a run as a whole.

They become part of a file that Spark reads; lambda/data_preparation/quality.py applies them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

_NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")
_TIMES = ("date", "timestamp")
_MOST_VALUES = 1_000
_MOST_HOURS = 24 * 366
# What Java's patterns lack and Python's have, or mean something else by.
_NOT_JAVA = re.compile(r"\(\?P|\\[AZ]|\(\?\(")


@dataclass(frozen=True, slots=True)
class NotNull:
    """Each record has a value.

    :param columns: where.
    :param fails_run: one record that has none refuses the run, instead of going to quarantine.
    """

    columns: Sequence[str]
    fails_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InRange:
    """Values are within bounds, which belong to them. A record without a value breaks nothing.

    :param column: of numbers, or of times.
    :param minimum: a number, or a time as ``2026-01-01T00:00:00Z``.
    :param maximum: the same.
    :param fails_run: as in :class:`NotNull`.
    """

    column: str
    minimum: float | str | None = None
    maximum: float | str | None = None
    fails_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """Values are among these. A record without a value breaks nothing.

    :param column: of texts or whole numbers.
    :param values: as texts.
    :param fails_run: as in :class:`NotNull`.
    """

    column: str
    values: Sequence[str]
    fails_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Texts have a pattern somewhere in them; ``^`` and ``$`` make it the whole. A record without one breaks nothing.

    :param column: of texts.
    :param pattern: a regular expression that Java and Python read alike.
    :param fails_run: as in :class:`NotNull`.
    """

    column: str
    pattern: str
    fails_run: bool = False


@dataclass(frozen=True, slots=True)
class Unique:
    """No two keys of a run have the same values here. Records of both go to quarantine: nobody knows which is right.

    It is the one rule that makes Spark move records between workers.

    :param columns: which together are of one key only.
    :param fails_run: as in :class:`NotNull`.
    """

    columns: Sequence[str]
    fails_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """Enough records of the run have a value; otherwise the run is refused.

    :param column: where.
    :param at_least: share of the records, above 0 and up to 1.
    """

    column: str
    at_least: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """The latest event of the run is not old; otherwise the run is refused.

    :param hours: hours before the run.
    """

    hours: int


Rule = NotNull | InRange | OneOf | Matches | Unique | Complete | Fresh

_KINDS: dict[type[Any], str] = {
    NotNull: "not_null",
    InRange: "in_range",
    OneOf: "one_of",
    Matches: "matches",
    Unique: "unique",
    Complete: "complete",
    Fresh: "fresh",
}


def columns_of(rule: Rule) -> Sequence[str]:
    """The columns that a rule is about."""
    match rule:
        case NotNull(columns) | Unique(columns):
            return tuple(columns)
        case Fresh():
            return ()
        case _:
            return (rule.column,)


def rule_settings(rule: Rule, key: Sequence[str]) -> dict[str, Any]:
    """A rule as Spark's part reads it."""
    return {
        "kind": _KINDS[type(rule)],
        "name": _name(rule),
        "columns": [*columns_of(rule)],
        "fails": bool(getattr(rule, "fails_run", False)),
        "options": _options(rule, key),
    }


def _name(rule: Rule) -> str:
    columns = ", ".join(columns_of(rule))
    match rule:
        case NotNull():
            return f"{columns} not null"
        case InRange(minimum=minimum, maximum=maximum):
            bounds = [f"at least {minimum}"] if minimum is not None else []
            bounds += [f"at most {maximum}"] if maximum is not None else []
            return f"{columns} {' and '.join(bounds)}"
        case OneOf():
            return f"{columns} among the values"
        case Matches():
            return f"{columns} of the pattern"
        case Unique():
            return f"{columns} unique"
        case Complete(at_least=share):
            return f"{columns} complete to {share:g}"
        case Fresh(hours=hours):
            return f"fresh within {hours} hours"


def _options(rule: Rule, key: Sequence[str]) -> dict[str, Any]:
    match rule:
        case InRange(minimum=minimum, maximum=maximum):
            return {"minimum": minimum, "maximum": maximum}
        case OneOf(values=values):
            return {"values": [*values]}
        case Matches(pattern=pattern):
            return {"pattern": pattern}
        case Unique():
            return {"key": [*key]}
        case Complete(at_least=share):
            return {"share": share}
        case Fresh(hours=hours):
            return {"hours": hours}
        case _:
            return {}


def rule_problems(rules: Sequence[Rule], types: Mapping[str, str], key: Sequence[str]) -> Iterator[Problem]:
    """Why rules cannot be applied to a table.

    :param types: of its columns, as Spark writes them.
    :param key: columns that say which records are about the same.
    """
    for index, rule in enumerate(rules):
        argument = f"gate.rules[{index}]"
        held = columns_of(rule)
        if not held and not isinstance(rule, Fresh):
            yield Problem(f"{argument}.columns", held, "is about nothing", "Name a column")
        for name in held:
            if name not in types:
                fix = f"It has {', '.join(types)}"
                yield Problem(f"{argument}.column", name, "is no column of the table", fix)
        if all(name in types for name in held):
            yield from _kind_problems(argument, rule, types, key)


def _kind_problems(argument: str, rule: Rule, types: Mapping[str, str], key: Sequence[str]) -> Iterator[Problem]:
    match rule:
        case InRange():
            yield from _range_problems(argument, rule, types[rule.column])
        case OneOf(column=column, values=values):
            if not 1 <= len(values) <= _MOST_VALUES:
                fix = f"Name 1 to {_MOST_VALUES}; join more of them in a job of your own"
                yield Problem(f"{argument}.values", f"{len(values)} values", f"are no set for {column}", fix)
        case Matches(column=column, pattern=pattern):
            yield from _pattern_problems(f"{argument}.pattern", pattern)
            if types[column] != "string":
                rule_ = f"is {types[column]}, and patterns are for texts"
                yield Problem(f"{argument}.column", column, rule_, "Use InRange or OneOf")
        case Unique(columns):
            if {*key} <= {*columns}:
                fix = "Leave it out: of records of one key the latest is kept, and the others are counted"
                yield Problem(f"{argument}.columns", tuple(columns), "holds the key, which is merged by", fix)
        case Complete(at_least=share):
            if not is_token(share) and not 0 < share <= 1:
                fix = "Use more than 0 and at most 1, such as 0.95"
                yield Problem(f"{argument}.at_least", share, "is no share of the records", fix)
        case Fresh(hours=hours):
            if is_token(hours) or not 1 <= hours <= _MOST_HOURS:
                fix = f"Use 1 to {_MOST_HOURS}, which is a year"
                yield Problem(f"{argument}.hours", hours, "is no time before a run", fix)


def _range_problems(argument: str, rule: InRange, type_: str) -> Iterator[Problem]:
    kind = type_.partition("(")[0]
    bounds = {"minimum": rule.minimum, "maximum": rule.maximum}
    given = {name: value for name, value in bounds.items() if value is not None}
    if kind not in (*_NUMBERS, *_TIMES):
        fix = "Use OneOf or Matches"
        yield Problem(f"{argument}.column", rule.column, f"is {type_}, which has no order worth a range", fix)
        return
    if not given:
        yield Problem(f"{argument}.minimum", None, "and no maximum leave nothing to break", "Give one of them")
    wrong = False
    for name, value in given.items():
        if kind in _TIMES and _time(value) is None:
            wrong = True
            fix = "Write it as 2026-01-01 or 2026-01-01T00:00:00Z"
            yield Problem(f"{argument}.{name}", value, f"is no time, and {rule.column} is {type_}", fix)
        elif kind in _NUMBERS and (is_token(value) or isinstance(value, str) or not math.isfinite(value)):
            wrong = True
            fix = "Give a finite number that is known at synth"
            yield Problem(f"{argument}.{name}", value, f"is no number, and {rule.column} is {type_}", fix)
    if len(given) == len(bounds) and not wrong and _order(rule.minimum) > _order(rule.maximum):
        rule_ = f"is above maximum={rule.maximum!r}, so that every value breaks it"
        yield Problem(f"{argument}.minimum", rule.minimum, rule_, "Exchange them")


def _order(bound: float | str | None) -> Any:
    return _time(bound) if isinstance(bound, str) else bound


def _time(value: object) -> datetime | None:
    if not isinstance(value, str) or is_token(value):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    # Spark reads a time without a zone as one in UTC.
    return read if read.tzinfo is not None else datetime.fromisoformat(f"{read.isoformat()}+00:00")


def _pattern_problems(argument: str, pattern: str) -> Iterator[Problem]:
    if is_token(pattern):
        yield Problem(argument, pattern, "is not known at synth", "Write the pattern itself")
        return
    try:
        re.compile(pattern)
    except re.error as error:
        yield Problem(argument, pattern, f"does not compile: {error}", "Put a backslash before what is meant literally")
        return
    stray = _NOT_JAVA.search(pattern)
    if stray is not None:
        fix = "Use ^ and $, and groups without names"
        yield Problem(argument, pattern, f"has {stray[0]}, which Spark reads otherwise", fix)
