"""Rules about data, in DataBrew's language of checks, and what is wrong with them.

https://docs.aws.amazon.com/databrew/latest/dg/profile.data-quality-available-checks.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Literal

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token, outside

_ALLOWED = re.compile(r"[><0-9A-Za-z_.,:)(!= ]{4,1024}")
_PIECE = re.compile(r":\w+|[A-Za-z_]\w*|==|!=|<=|>=|[<>(),]|\d+(?:\.\d+)?|\S")
_REFERENCE = re.compile(r":[A-Za-z0-9_]{1,127}")
_COLUMN = re.compile(r"`([^`]+)`")
_COMPARES = ("==", "!=", "<", "<=", ">", ">=")
_OF_DATASET = ("COLUMNS_COUNT", "DUPLICATE_ROWS_COUNT", "DUPLICATE_ROWS_PERCENTAGE", "ROWS_COUNT")
_OF_COLUMNS = (
    *(
        f"{what}_VALUES_{unit}"
        for what in ("DISTINCT", "DUPLICATE", "MISSING", "UNIQUE", "VALID")
        for unit in ("COUNT", "PERCENTAGE")
    ),
    *("Z_SCORE_OUTLIERS_COUNT", "Z_SCORE_OUTLIERS_PERCENTAGE"),
    *("ENTROPY", "KURTOSIS", "MAX", "MEAN", "MEDIAN", "MEDIAN_ABSOLUTE_DEVIATION", "MIN", "MODE", "QUANTILE"),
    *("SKEWNESS", "STANDARD_DEVIATION", "SUM", "VARIANCE"),
)
_QUANTILES = ("0.25", "0.5", "0.75")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleThreshold:
    """How many rows have to keep a rule.

    :param value: rows, or percent of them.
    :param unit: which of the two.
    :param type: how the rows that keep it compare with ``value``.
    """

    value: float
    unit: Literal["COUNT", "PERCENTAGE"] = "PERCENTAGE"
    type: Literal["GREATER_THAN", "GREATER_THAN_OR_EQUAL", "LESS_THAN", "LESS_THAN_OR_EQUAL"] = "GREATER_THAN_OR_EQUAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataBrewRule:
    """A rule about the data of a dataset.

    :param name: what people see when it is broken.
    :param check: such as ``AGG(MISSING_VALUES_PERCENTAGE) <= :most`` or ``:age IS_BETWEEN :least and :most``.
    :param values: what each ``:name`` of the check stands for: a text, or a column in backticks.
    :param column_names: columns that a check without a column is about.
    :param column_pattern: regular expression of their names, instead.
    :param threshold: how many rows have to keep a check of rows; all of them when not given.
    """

    name: str
    check: str
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    column_names: Sequence[str] = ()
    column_pattern: str | None = None
    threshold: RuleThreshold | None = None


def rules_problems(rules: Sequence[DataBrewRule], columns: Sequence[str]) -> Iterator[Problem]:
    """What DataBrew would refuse about ``rules``.

    :param columns: of the dataset; empty where they are not known.
    """
    if not rules:
        yield Problem("rules", [], "let everything pass", "Give at least one")
    names = [rule.name for rule in rules]
    if len({*names}) < len(names):
        yield Problem("rules", names, "have one name twice", "Name each rule differently")
    for rule in rules:
        yield from _rule_problems(rule, columns)


def _rule_problems(rule: DataBrewRule, columns: Sequence[str]) -> Iterator[Problem]:
    at = f"rules[{rule.name!r}]"
    if not is_token(rule.name) and not 1 <= len(rule.name) <= 128:
        yield Problem("rules.name", rule.name, "is not a name that DataBrew takes", "Use 1 to 128 characters")
    if rule.threshold is not None and outside(
        rule.threshold.value, 0, 100 if rule.threshold.unit == "PERCENTAGE" else 2**53
    ):
        fix = "Use 0 to 100 percent, or a number of rows"
        yield Problem(f"{at}.threshold.value", rule.threshold.value, "is no share and no number of rows", fix)
    if rule.column_names and rule.column_pattern is not None:
        yield Problem(
            f"{at}.column_pattern", rule.column_pattern, "is given beside column_names", "Give one of the two"
        )
    if columns:
        for name in (*rule.column_names, *_columns_of(rule)):
            if name not in columns and not is_token(name):
                yield no_column(at, name, columns)
    if not is_token(rule.check):
        yield from _check_problems(at, rule)


def _columns_of(rule: DataBrewRule) -> Iterator[str]:
    for value in rule.values.values():
        if (found := _COLUMN.fullmatch(value)) is not None:
            yield found[1]


def no_column(at: str, name: str, columns: Sequence[str]) -> Problem:
    """That something is about a column that is not there."""
    like = get_close_matches(name, columns, n=1)
    fix = f"Did you mean {like[0]}" if like else f"Use one of {', '.join(columns)}"
    return Problem(at, name, "is about a column that the dataset does not have", fix)


def _check_problems(at: str, rule: DataBrewRule) -> Iterator[Problem]:
    check = rule.check
    if not _ALLOWED.fullmatch(check):
        fix = "Use 4 to 1024 letters, digits, spaces and _.,:()!=<>; put texts into values"
        yield Problem(f"{at}.check", check, "is no check", fix)
        return
    pieces = _PIECE.findall(check)
    if (wrong := _structure(pieces)) is not None:
        yield Problem(f"{at}.check", check, wrong, "Write one such as :age IS_BETWEEN :least and :most")
        return
    named = {piece for piece in pieces if piece.startswith(":")}
    for missing in sorted(named - {*rule.values}):
        yield Problem(
            f"{at}.values", missing, "is in the check and stands for nothing", f"Give values={{{missing!r}: ...}}"
        )
    for unused in sorted({*rule.values} - named):
        fix = f"Use it in the check, where {', '.join(sorted(named)) or 'nothing'} is used"
        yield Problem(f"{at}.values", unused, "is not in the check", fix)
    yield from _aggregate_problems(at, rule, pieces)


def _structure(pieces: Sequence[str]) -> str | None:
    depth = 0
    for piece in pieces:
        depth += (piece == "(") - (piece == ")")
        if depth < 0:
            return "closes a bracket that is not open"
        if piece.startswith(":") and not _REFERENCE.fullmatch(piece):
            return f"has {piece}, which is no name of a value"
    if depth:
        return "leaves a bracket open"
    words = {piece.upper() for piece in pieces if piece[0].isalpha()} - {"AGG", "AND", "OR", "LENGTH"}
    if not any(piece.startswith(":") for piece in pieces):
        return "compares with nothing: values are named, such as :most"
    if not any(piece in _COMPARES for piece in pieces) and not words - {*_OF_DATASET, *_OF_COLUMNS}:
        return "compares nothing"
    return None


def _aggregate_problems(at: str, rule: DataBrewRule, pieces: Sequence[str]) -> Iterator[Problem]:
    aggregates = [pieces[index + 2] for index, piece in enumerate(pieces[:-2]) if piece.upper() == "AGG"]
    every = (*_OF_DATASET, *_OF_COLUMNS)
    for name in aggregates:
        if name not in every:
            like = get_close_matches(name.upper(), every, n=1)
            fix = f"Did you mean {like[0]}" if like else f"Use one of {', '.join(every)}"
            yield Problem(f"{at}.check", name, "is no statistic of DataBrew", fix)
    selected = bool(rule.column_names) or rule.column_pattern is not None
    if aggregates:
        if rule.threshold is not None:
            rule_ = "is for checks of rows, and this one is about a statistic"
            yield Problem(f"{at}.threshold", rule.threshold.value, rule_, "Leave it out, and compare the statistic")
        if not selected and any(name in _OF_COLUMNS for name in aggregates):
            fix = "Name them in column_names, or say column_pattern"
            yield Problem(f"{at}.check", rule.check, "is about columns that are not named", fix)
        # Statistics are compared with values; a column that is named is a check of rows.
        if any(_columns_of(rule)):
            yield Problem(f"{at}.check", rule.check, "mixes rows with statistics", "Write two rules")
        yield from _quantile_problems(at, rule, pieces)
    elif selected and pieces[0].startswith(":"):
        fix = f"Begin with the comparison: {rule.check.removeprefix(pieces[0]).strip()}"
        yield Problem(f"{at}.check", rule.check, "names a column beside column_names", fix)
    elif not selected and pieces[0] != "(" and not pieces[0].startswith(":") and pieces[0].lower() != "length":
        yield Problem(
            f"{at}.check", rule.check, "is about no column", "Begin with one, such as :age, or give column_names"
        )


def _quantile_problems(at: str, rule: DataBrewRule, pieces: Sequence[str]) -> Iterator[Problem]:
    for index, piece in enumerate(pieces):
        if piece == "QUANTILE":
            name = pieces[index + 2] if pieces[index + 1] == "," else ""
            value = rule.values.get(name)
            if value is not None and not is_token(value) and value not in _QUANTILES:
                yield Problem(
                    f"{at}.values", value, "is no quantile of DataBrew", f"Use one of {', '.join(_QUANTILES)}"
                )
