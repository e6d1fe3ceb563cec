"""Workers of EMR Serverless: their sizes, and how much all of them may be together.

https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/app-behavior.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdk_ml.errors import Problem
from cdk_ml.facts.emr import worker_disk, worker_memory
from cdk_ml.tokens import is_token, outside

# Spark asks for a tenth of the memory, and for no less than this, on top of what a process is given:
# https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/jobs-spark.html
_OVERHEAD, _LEAST_OVERHEAD_MB = 0.1, 384
_MB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """The size of a driver or an executor. Billed by the second, from when it is ready until it is released.

    :param vcpu: 1, 2, 4, 8 or 16.
    :param memory_gb: GB of memory, with what Spark needs for itself; which sizes there are depends on ``vcpu``.
    :param disk_gb: GB of disk, of which 20 are free.
    """

    vcpu: int = 4
    memory_gb: int = 16
    disk_gb: int = 20

    @property
    def spark_memory_mb(self) -> int:
        """What Spark's process is given, so that it fits into the worker with its overhead."""
        whole = self.memory_gb * _MB
        return min(int(whole / (1 + _OVERHEAD)), whole - _LEAST_OVERHEAD_MB)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What all workers of an application may be together: what does not fit waits.

    :param vcpu: vCPUs.
    :param memory_gb: GB of memory.
    :param disk_gb: GB of disk.
    """

    vcpu: int = 64
    memory_gb: int = 256
    disk_gb: int = 1_000


def worker_problems(argument: str, worker: Worker) -> Iterator[Problem]:
    """Why EMR Serverless has no worker of that size."""
    sizes = worker_memory()
    lowest, highest = worker_disk()
    if outside(worker.disk_gb, lowest, highest):
        rule = "is no disk that a worker has"
        yield Problem(f"{argument}.disk_gb", worker.disk_gb, rule, f"Use {lowest} to {highest}")
    if is_token(worker.vcpu):
        return
    if worker.vcpu not in sizes:
        known = ", ".join(map(str, sizes))
        yield Problem(f"{argument}.vcpu", worker.vcpu, "is no number of vCPUs that a worker has", f"Use one of {known}")
        return
    memory = sizes[worker.vcpu]
    if not is_token(worker.memory_gb) and not memory.holds(worker.memory_gb):
        rule = f"is no memory that a worker with {worker.vcpu} vCPU has"
        fix = f"Use {memory.lowest} to {memory.highest} in steps of {memory.step}"
        yield Problem(f"{argument}.memory_gb", worker.memory_gb, rule, fix)


def pod_problems(argument: str, worker: Worker) -> Iterator[Problem]:
    """Why a pod cannot have that size, whatever its node has."""
    for name in ("vcpu", "memory_gb"):
        if outside(getattr(worker, name), 1, float("inf")):
            yield Problem(f"{argument}.{name}", getattr(worker, name), "is no size of a pod", "Use 1 at least")


def capacity_problems(capacity: Capacity) -> Iterator[Problem]:
    """Why nothing could run within ``capacity``: Spark needs a driver and an executor."""
    smallest, memory = min(worker_memory().items())
    needed = {"vcpu": 2 * smallest, "memory_gb": 2 * memory.lowest, "disk_gb": 2 * worker_disk()[0]}
    for name, least in needed.items():
        value = getattr(capacity, name)
        if outside(value, least, float("inf")):
            rule = "leaves no room for a driver and an executor"
            yield Problem(f"maximum_capacity.{name}", value, rule, f"Use {least} at least")


def fit_problems(driver: Worker, executor: Worker, executors: int, capacity: Capacity) -> Iterator[Problem]:
    """Why a job with that many executors does not fit into an application."""
    for name in ("vcpu", "memory_gb", "disk_gb"):
        sizes = [getattr(driver, name), getattr(executor, name), executors, getattr(capacity, name)]
        if any(is_token(size) for size in sizes):
            continue
        own, each, count, most = sizes
        if own + each * count > most:
            rule = f"executors and the driver take {own + each * count} {name}, and the application has {most}"
            room = max((most - own) // each, 0)
            fix = f"Use {room} executors" if room else f"Use smaller workers, or raise maximum_capacity.{name}"
            yield Problem("spark.maximum_executors", count, rule, fix)
