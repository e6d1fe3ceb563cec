"""Profiles of guardrails and of data automation: from which region Bedrock may work in which others.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-cross-region-support.html
https://docs.aws.amazon.com/bedrock/latest/userguide/bda-cris.html
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from . import _tables

Kind = Literal["guardrail", "data_automation"]
"""What a profile is for."""


@cache
def _geographies(kind: Kind) -> dict[str, dict[str, str]]:
    return _tables.read(f"{kind}_profiles")


def geographies(kind: Kind) -> tuple[str, ...]:
    """Every geography that has a profile, such as ``eu``."""
    return tuple(_geographies(kind))


def sources(kind: Kind, geography: str) -> tuple[str, ...]:
    """The regions that may use the profile of ``geography``."""
    return tuple(_geographies(kind)[geography])


def destinations(kind: Kind, geography: str, region: str) -> tuple[str, ...]:
    """Where what comes from ``region`` may be worked on; from all regions, where that is not a source."""
    table = _geographies(kind)[geography]
    listed = [table[region]] if region in table else table.values()
    return tuple(sorted({destination for line in listed for destination in line.split()}))
