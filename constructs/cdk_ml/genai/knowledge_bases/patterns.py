"""Which objects of a source are read: regular expressions, as connectors take them.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_PatternObjectFilter.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

_MOST = 25
_LONGEST = 1_000
_LONGEST_TYPE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFilter:
    """Which objects of one kind are read.

    See https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_PatternObjectFilter.html

    :param object_type: as the connector calls it, such as ``Page``, ``Attachment`` or ``Space`` in Confluence.
    :param include: regular expressions of objects that are read, at most 25.
    :param exclude: regular expressions of objects that are not, which win over ``include``; at most 25.
    """

    object_type: str
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()

    def configuration(self) -> dict[str, Any]:
        """What CloudFormation is told."""
        found: dict[str, Any] = {"objectType": self.object_type}
        if self.include:
            found["inclusionFilters"] = [*self.include]
        if self.exclude:
            found["exclusionFilters"] = [*self.exclude]
        return found

    def problems(self) -> Iterator[Problem]:
        """What Bedrock would refuse."""
        if not is_token(self.object_type) and not 1 <= len(self.object_type) <= _LONGEST_TYPE:
            fix = "Use what the connector calls it, such as Page"
            yield Problem("source.filters.object_type", self.object_type, "is no kind of object", fix)
        if not self.include and not self.exclude:
            fix = "Say what to include or exclude, or leave the filter out"
            yield Problem("source.filters", self.object_type, "is a filter that filters nothing", fix)
        yield from pattern_problems("source.filters.include", self.include)
        yield from pattern_problems("source.filters.exclude", self.exclude)


def crawler_configuration(filters: Sequence[ObjectFilter]) -> dict[str, Any]:
    """What a connector is told about ``filters``."""
    if not filters:
        return {}
    patterns = {"filters": [asked.configuration() for asked in filters]}
    return {"crawlerConfiguration": {"filterConfiguration": {"type": "PATTERN", "patternObjectFilter": patterns}}}


def filter_problems(filters: Sequence[ObjectFilter]) -> Iterator[Problem]:
    """What Bedrock would refuse about the filters of one source."""
    if len(filters) > _MOST:
        kinds = tuple(asked.object_type for asked in filters)
        yield Problem("source.filters", kinds, f"are {len(filters)} filters", f"Use at most {_MOST}")
    for asked in filters:
        yield from asked.problems()


def pattern_problems(argument: str, patterns: Sequence[str]) -> Iterator[Problem]:
    """Why a connector does not take these regular expressions."""
    if len(patterns) > _MOST:
        yield Problem(argument, tuple(patterns), f"are {len(patterns)} expressions", f"Use at most {_MOST}")
    for pattern in patterns:
        if is_token(pattern):
            continue
        if not 1 <= len(pattern) <= _LONGEST:
            rule = f"has {len(pattern)} characters"
            yield Problem(argument, f"{pattern[:20]}...", rule, f"Use 1 to {_LONGEST}")
        elif not _compiles(pattern):
            yield Problem(argument, pattern, "is no regular expression", r"Write it as .*\.pdf")


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
