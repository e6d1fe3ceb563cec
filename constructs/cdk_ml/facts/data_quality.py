"""The rules of AWS Glue Data Quality; data_quality.toml says where they were read.

https://docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from . import _tables

Answer = Literal["number", "text", "date", "duration", "nothing"]
Parameter = Literal[
    "aggregate", "column", "columns", "dataset", "keys", "mappings", "metrics", "pattern", "reference", "sql"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleType:
    """A kind of rule.

    :ivar parameters: what it is asked about.
    :ivar answers: what its condition compares; ``nothing`` where it needs none.
    :ivar least: parameters that it needs at least.
    :ivar where: whether rows can be chosen.
    :ivar threshold: whether a share of the rows may break it.
    """

    parameters: tuple[Parameter, ...]
    answers: frozenset[Answer]
    least: int
    where: bool
    threshold: bool

    @property
    def takes_any_number(self) -> bool:
        """Whether its last parameter may be given more than once."""
        return self.parameters[-1:] in (("columns",), ("metrics",))


@cache
def rule_types() -> Mapping[str, RuleType]:
    """Rules that a table can be asked, by name."""
    return MappingProxyType(
        {
            name: RuleType(
                parameters=tuple(entry["parameters"]),
                answers=frozenset(entry["answers"]),
                least=entry.get("least", len(entry["parameters"])),
                where=entry.get("where", False),
                threshold=entry.get("threshold", False),
            )
            for name, entry in _data()["rules"].items()
        }
    )


@cache
def elsewhere() -> Mapping[str, str]:
    """Rules that a table is not asked, and what to use instead."""
    return MappingProxyType(_data()["elsewhere"])


def longest_ruleset() -> int:
    """Characters that a ruleset may have."""
    return int(_data()["limits"]["longest_ruleset"])


@cache
def _data() -> dict[str, Any]:
    return _tables.read("data_quality")
