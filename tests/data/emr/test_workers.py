"""Workers have the sizes that EMR Serverless has, and jobs fit into their application."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_ml.data import Capacity, Worker
from cdk_ml.data.emr.workers import capacity_problems, fit_problems, worker_problems
from cdk_ml.errors import Problem

TOKEN = cdk.Token.as_number({"Ref": "AWS::AccountId"})


@pytest.mark.parametrize(
    ("worker", "argument", "fix"),
    [
        (Worker(vcpu=3), "vcpu", "Use one of 1, 2, 4, 8, 16"),
        (Worker(vcpu=1, memory_gb=9), "memory_gb", "Use 2 to 8 in steps of 1"),
        (Worker(vcpu=4, memory_gb=31), "memory_gb", "Use 8 to 30 in steps of 1"),
        (Worker(vcpu=8, memory_gb=18), "memory_gb", "Use 16 to 60 in steps of 4"),
        (Worker(vcpu=16, memory_gb=36), "memory_gb", "Use 32 to 120 in steps of 8"),
        (Worker(disk_gb=10), "disk_gb", "Use 20 to 200"),
        (Worker(disk_gb=500), "disk_gb", "Use 20 to 200"),
    ],
)
def test_a_size_that_no_worker_has_is_refused(worker: Worker, argument: str, fix: str) -> None:
    (problem,) = worker_problems("spark.driver", worker)
    assert problem.argument == f"spark.driver.{argument}"
    assert problem.value == getattr(worker, argument)
    assert problem.fix == fix


@pytest.mark.parametrize(
    "worker",
    [
        Worker(),
        Worker(vcpu=1, memory_gb=2),
        Worker(vcpu=16, memory_gb=120, disk_gb=200),
        Worker(vcpu=TOKEN, memory_gb=TOKEN, disk_gb=TOKEN),  # type: ignore[arg-type]
        Worker(memory_gb=TOKEN),  # type: ignore[arg-type]
    ],
)
def test_what_exists_or_is_not_known_yet_passes(worker: Worker) -> None:
    assert [*worker_problems("spark.driver", worker)] == []


@pytest.mark.parametrize("memory", [2, 4, 8, 16, 30, 60, 120])
def test_sparks_own_overhead_fits_into_the_worker(memory: int) -> None:
    given = Worker(memory_gb=memory).spark_memory_mb
    assert 0 < given + max(384, given // 10) <= memory * 1024


def test_a_capacity_has_room_for_a_driver_and_an_executor() -> None:
    problems = [*capacity_problems(Capacity(vcpu=1, memory_gb=3, disk_gb=39))]
    assert [(problem.argument, problem.fix) for problem in problems] == [
        ("maximum_capacity.vcpu", "Use 2 at least"),
        ("maximum_capacity.memory_gb", "Use 4 at least"),
        ("maximum_capacity.disk_gb", "Use 40 at least"),
    ]
    assert [*capacity_problems(Capacity(vcpu=2, memory_gb=4, disk_gb=40))] == []
    assert [*capacity_problems(Capacity(vcpu=TOKEN, memory_gb=TOKEN, disk_gb=TOKEN))] == []  # type: ignore[arg-type]


def test_executors_that_do_not_fit_are_refused_with_how_many_would() -> None:
    worker = Worker(vcpu=4, memory_gb=16, disk_gb=20)
    problems = [*fit_problems(worker, worker, 4, Capacity(vcpu=16, memory_gb=64, disk_gb=1_000))]
    assert problems == [
        Problem(
            "spark.maximum_executors",
            4,
            "executors and the driver take 20 vcpu, and the application has 16",
            "Use 3 executors",
        ),
        Problem(
            "spark.maximum_executors",
            4,
            "executors and the driver take 80 memory_gb, and the application has 64",
            "Use 3 executors",
        ),
    ]
    assert [*fit_problems(worker, worker, 3, Capacity(vcpu=16, memory_gb=64, disk_gb=1_000))] == []
    (none,) = fit_problems(worker, worker, 1, Capacity(vcpu=4, memory_gb=64, disk_gb=1_000))
    assert none.fix == "Use smaller workers, or raise maximum_capacity.vcpu"
