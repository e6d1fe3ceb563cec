"""What a Spark job runs on: workers of a type, and which types go with which jobs.

https://docs.aws.amazon.com/glue/latest/dg/worker-types.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdk_ml.errors import Problem
from cdk_ml.facts import glue
from cdk_ml.tokens import is_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Machines of a job.

    :param type: such as ``G.1X``: 4 CPUs and 16 GiB, one data processing unit.
    :param count: how many, at least 2: one is the driver.
    :param auto_scaling: start with few, and add workers up to ``count`` while there is work for them.
    """

    type: str = "G.1X"
    count: int = 2
    auto_scaling: bool = False

    @property
    def dpus(self) -> float:
        """Data processing units that all workers together are paid as, while they run."""
        return glue.worker_types()[self.type].dpus * self.count


def version_problems(version: str) -> Iterator[Problem]:
    """Why a job cannot run on a version of Glue."""
    if not is_token(version) and version not in glue.versions():
        rule = "is no version of Glue for Spark"
        yield Problem("glue_version", version, rule, f"Use one of {', '.join(glue.versions())}")


def worker_problems(
    workers: Workers, *, version: str, streaming: bool = False, flex: bool = False, fine_grained: bool = False
) -> Iterator[Problem]:
    """Why Glue would refuse ``workers`` for a job.

    :param version: of Glue.
    :param streaming: whether the job is one that reads a stream.
    :param flex: whether it is of the flexible class.
    :param fine_grained: whether Lake Formation filters rows and cells for it.
    """
    yield from _count_problems(workers, fine_grained)
    if flex and glue.is_older(version, glue.since("flex")):
        yield Problem("flex", flex, f"needs Glue {glue.since('flex')}, and this is {version}", _newer("flex"))
    if is_token(workers.type):
        return
    types = glue.worker_types()
    if workers.type not in types:
        rule = "is no type of workers of Spark jobs"
        yield Problem("workers.type", workers.type, rule, f"Use one of {', '.join(types)}")
        return
    known = types[workers.type]
    if glue.is_older(version, known.since):
        older = [name for name, each in types.items() if not glue.is_older(version, each.since)]
        fix = f'Use glue_version="{known.since}" or newer, or one of {", ".join(older)}'
        yield Problem("workers.type", workers.type, f"needs Glue {known.since}, and this is {version}", fix)
    if known.only_streaming and not streaming:
        fix = "Use G.1X, or a StreamingJob"
        yield Problem("workers.type", workers.type, "is for streaming jobs only", fix)
    if flex and not known.flex:
        flexible = " or ".join(name for name, each in types.items() if each.flex)
        fix = f"Use {flexible}, or leave flex out"
        yield Problem("workers.type", workers.type, "has no flexible class", fix)


def _count_problems(workers: Workers, fine_grained: bool) -> Iterator[Problem]:
    if is_token(workers.count):
        return
    fewest = glue.limit("fewest_workers")
    if fine_grained and workers.count < (needed := glue.fewest_fine_grained_workers()):
        rule = "is too few for Lake Formation to filter rows and cells: it runs a driver and executors of its own"
        yield Problem("workers.count", workers.count, rule, f"Use {needed} or more, or full access to tables")
    elif workers.count < fewest:
        yield Problem("workers.count", workers.count, "leaves no worker beside the driver", f"Use {fewest} or more")


def _newer(need: glue.Need) -> str:
    return f'Use glue_version="{glue.since(need)}" or newer'
