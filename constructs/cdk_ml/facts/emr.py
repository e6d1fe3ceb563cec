"""Amazon EMR: which releases are supported, and which sizes the workers of EMR Serverless have.

https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-standard-support.html; emr.toml says when it was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from . import _tables


@dataclass(frozen=True, slots=True)
class Release:
    """A release of Amazon EMR.

    :ivar label: such as ``emr-7.13.0``.
    :ivar until: last day of its standard support; ``None`` where that day was not read and is in the future.
    :ivar only: where alone it is known to be, such as ``EC2``; empty where every kind of EMR has it.
    """

    label: str
    until: date | None = None
    only: str = ""

    @property
    def ended(self) -> bool:
        """Whether its support had ended on the day the facts were read."""
        return self.until is not None and self.until < _read_on()


@dataclass(frozen=True, slots=True)
class MemoryRange:
    """Memory of a worker, in GB.

    :ivar lowest: the least.
    :ivar highest: the most.
    :ivar step: what it grows by.
    """

    lowest: int
    highest: int
    step: int

    def holds(self, gb: int) -> bool:
        """Whether a worker can have that much."""
        return self.lowest <= gb <= self.highest and (gb - self.lowest) % self.step == 0


def default_release() -> str:
    """The label of the newest release that every kind of EMR has."""
    label: str = _tables.read("emr")["default"]
    return label


@cache
def releases() -> dict[str, Release]:
    """The releases by their labels, the oldest first. What is older than the first has ended."""
    return {label: Release(label, **known) for label, known in _tables.read("emr")["releases"].items()}


@cache
def worker_memory() -> dict[int, MemoryRange]:
    """Memory that a worker of EMR Serverless can have, by its vCPUs."""
    return {int(vcpu): MemoryRange(*known["memory"]) for vcpu, known in _tables.read("emr")["workers"].items()}


@cache
def worker_disk() -> tuple[int, int]:
    """The least and the most GB of disk that a worker of EMR Serverless can have."""
    lowest, highest = _tables.read("emr")["disk"]["standard"]
    return lowest, highest


@cache
def _read_on() -> date:
    day: date = _tables.read("emr")["read_on"]
    return day
