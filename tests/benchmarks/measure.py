"""Runs commands and says what they took, in pairs that take turns: A B A B.

A shared machine is slow for a while and quick again. Runs that take turns are slowed alike, so their ratio holds where
their seconds do not; the median of the ratios leaves out the pair that was interrupted.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Taken:
    """What a process took, its children included.

    :ivar wall: seconds from start to end.
    :ivar cpu: seconds of all cores, in user and system mode.
    """

    wall: float
    cpu: float


class CommandFailedError(RuntimeError):
    """A command of the benchmark did not end well; the message is what it wrote to stderr."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command, and the environment on top of the benchmark's own.

    :ivar exits: exit codes that mean that it did its work.
    """

    argv: Sequence[str | Path]
    env: Mapping[str, str]
    cwd: Path | None = None
    exits: Container[int] = (0,)

    def run(self, folder: Path) -> Taken:
        """Run once, with ``folder`` as the place that an app writes to.

        :raises CommandFailedError: when it exits otherwise than it should.
        """
        errors = folder / "stderr"
        with errors.open("wb") as stderr:
            started = time.perf_counter()
            process = subprocess.Popen(
                [str(part) for part in self.argv],
                env=os.environ | self.env | {"CDK_OUTDIR": str(folder / "cdk.out")},
                cwd=self.cwd,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
            # wait4 knows of Node too, for which the process waits before it ends.
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in self.exits:
            raise CommandFailedError(f"{process.args}: {errors.read_text()[-2000:]}")
        return Taken(wall, usage.ru_utime + usage.ru_stime)


def take_turns(commands: Mapping[str, Command], rounds: int, folder: Path) -> dict[str, list[Taken]]:
    """Run every command ``rounds`` times, in turns, after one round that warms the caches and is not counted."""
    taken: dict[str, list[Taken]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            place = folder / name
            place.mkdir(parents=True, exist_ok=True)
            once = command.run(place)
            if number:
                taken[name].append(once)
    return taken


def median(runs: Sequence[Taken]) -> Taken:
    """The median of both figures."""
    return Taken(statistics.median(run.wall for run in runs), statistics.median(run.cpu for run in runs))


def ratio(runs: Sequence[Taken], base: Sequence[Taken]) -> Taken:
    """The median of the ratios of runs that were neighbours."""
    pairs = list(zip(runs, base, strict=True))
    return Taken(
        statistics.median(one.wall / other.wall for one, other in pairs),
        statistics.median(one.cpu / other.cpu for one, other in pairs),
    )
