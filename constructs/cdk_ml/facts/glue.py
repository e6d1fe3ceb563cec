"""What AWS Glue runs jobs on; glue.toml says where each number was read.

https://docs.aws.amazon.com/glue/latest/dg/worker-types.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from . import _tables

Need = Literal["flex", "iceberg", "observability_metrics", "lake_formation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerType:
    """A size of workers.

    :ivar dpus: data processing units of one worker.
    :ivar cpus: virtual CPUs.
    :ivar memory_gib: memory in GiB.
    :ivar since: oldest version of Glue that has it.
    :ivar only_streaming: no other job may use it.
    :ivar flex: jobs of the flexible class may use it.
    """

    dpus: float
    cpus: int
    memory_gib: int
    since: str
    only_streaming: bool = False
    flex: bool = False


@cache
def worker_types() -> Mapping[str, WorkerType]:
    """Worker types by name, such as ``G.1X``, from the smallest."""
    return MappingProxyType({name: WorkerType(**entry) for name, entry in _data()["workers"].items()})


@cache
def versions() -> tuple[str, ...]:
    """Versions of Glue for Spark jobs, from the oldest."""
    return tuple(_data()["versions"])


def is_older(version: str, other: str) -> bool:
    """Whether a version of Glue came before another; one that nobody knows did not."""
    known = versions()
    return version in known and known.index(version) < known.index(other)


def since(need: Need) -> str:
    """Oldest version of Glue that has ``need``."""
    return str(_data()["needs"][need])


def limit(name: Literal["longest_minutes", "fewest_workers", "longest_prefix"]) -> int:
    """A limit that all jobs have."""
    return int(_data()[name])


def fewest_fine_grained_workers() -> int:
    """Workers that a job needs at least when Lake Formation filters rows and cells for it."""
    return int(_data()["fine_grained"]["fewest_workers"])


@cache
def python_shell() -> Mapping[str, Any]:
    """``python``, ``glue_version`` and ``dpus`` of Python shell jobs."""
    return MappingProxyType(_data()["python_shell"])


@cache
def _data() -> dict[str, Any]:
    return _tables.read("glue")
