"""Guardrail profiles: from which region Bedrock may evaluate what a guardrail sees in which others.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-cross-region-support.html
"""

from __future__ import annotations

from functools import cache

from . import _tables


@cache
def geographies() -> tuple[str, ...]:
    """Every geography that has a profile, such as ``eu``."""
    return tuple(_tables.read("guardrail_profiles"))


@cache
def sources(geography: str) -> tuple[str, ...]:
    """The regions whose guardrails may use the profile of ``geography``."""
    return tuple(_tables.read("guardrail_profiles")[geography])


@cache
def destinations(geography: str, region: str) -> tuple[str, ...]:
    """Where the profile evaluates what a guardrail in ``region`` sees; of all regions, where that is not a source."""
    table: dict[str, str] = _tables.read("guardrail_profiles")[geography]
    listed = [table[region]] if region in table else table.values()
    return tuple(sorted({destination for line in listed for destination in line.split()}))
