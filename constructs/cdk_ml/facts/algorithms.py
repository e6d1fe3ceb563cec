"""SageMaker's built-in algorithms: which hyper-parameters each takes, and whether its container runs a script.

https://docs.aws.amazon.com/sagemaker/latest/dg/algos.html; algorithms.toml says where each was read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from math import inf
from types import MappingProxyType
from typing import Any

from . import _tables

_INTERVAL = re.compile(r"(?P<open>[\[(])(?P<low>[^,]*),(?P<high>[^,]*)(?P<close>[\])])")


class TakesScript(StrEnum):
    """Whether a container runs a script of the user's."""

    NEVER = "never"
    OPTIONAL = "optional"
    ALWAYS = "always"


class Kind(StrEnum):
    """What a hyper-parameter is. A list is a text with commas, or JSON: what is in it is not judged."""

    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers between two ends, each of which belongs to it or does not.

    :ivar text: as AWS writes it: ``(0,1]``; an end without a number is infinitely far away.
    """

    text: str
    low: float
    high: float
    low_belongs: bool
    high_belongs: bool

    def __contains__(self, value: float) -> bool:
        above = value >= self.low if self.low_belongs else value > self.low
        below = value <= self.high if self.high_belongs else value < self.high
        return above and below


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """What AWS documents about one hyper-parameter of an algorithm.

    :ivar within: the numbers it takes; ``None`` where the page names no end.
    :ivar choices: the texts it takes; empty where it takes any.
    :ivar also: texts it takes beside numbers, such as ``auto``.
    :ivar required: whether the algorithm does not start without it.
    :ivar needs: values of another hyper-parameter that make it required.
    """

    name: str
    kind: Kind
    within: Interval | None
    choices: tuple[str, ...]
    also: tuple[str, ...]
    required: bool
    needs: Mapping[str, tuple[str, ...]]


def script(framework: str) -> TakesScript:
    """Whether the container of a framework or an algorithm runs a script. What is no algorithm, always does."""
    found = _data().get(framework)
    return TakesScript.ALWAYS if found is None else TakesScript(found["script"])


def hyperparameters(algorithm: str) -> Mapping[str, Hyperparameter] | None:
    """Every hyper-parameter of an algorithm by name; ``None`` where nobody has read its page yet."""
    return _parsed().get(algorithm)


def _interval(text: str) -> Interval:
    parts = _INTERVAL.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text} is no interval")
    low, high = parts["low"], parts["high"]
    return Interval(
        text, float(low) if low else -inf, float(high) if high else inf, parts["open"] == "[", parts["close"] == "]"
    )


def _hyperparameter(name: str, row: Mapping[str, Any]) -> Hyperparameter:
    return Hyperparameter(
        name=name,
        kind=Kind(row["type"]),
        within=_interval(row["within"]) if "within" in row else None,
        choices=tuple(row.get("choices", ())),
        also=tuple(row.get("also", ())),
        required=row.get("required", False),
        needs={other: tuple(values) for other, values in row.get("needs", {}).items()},
    )


@cache
def _data() -> dict[str, Any]:
    return _tables.read("algorithms")


@cache
def _parsed() -> Mapping[str, Mapping[str, Hyperparameter]]:
    return MappingProxyType(
        {
            algorithm: {name: _hyperparameter(name, row) for name, row in table["hyperparameters"].items()}
            for algorithm, table in _data().items()
            if "hyperparameters" in table
        }
    )
