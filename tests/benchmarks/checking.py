"""How long checks take: each pack against a synth, whole commands against others, and growing templates."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks import environments
from tests.benchmarks.measure import Command, CommandFailedError, median, ratio, take_turns
from tests.benchmarks.synthesis import ROOT, surroundings
from tests.benchmarks.table import Table

SIZES = (10, 100, 1_000, 10_000)
_OWN = "cdk-ml check, ML and Lifecycle"
# All of them exit with something else than 0 when they find something, as they do in a template without its app.
_FINDINGS = range(16)


def packs(folder: Path, rounds: int) -> Table:
    """Each pack over the assembly of every reference stack, as a share of that assembly's synth."""
    env = surroundings(validation=False)
    place = folder / "all"
    synth = Command([sys.executable, "app.py"], env, ROOT)
    taken = take_turns({"all": synth}, rounds, folder)["all"]
    seconds = _printed(["-m", "tests.benchmarks.apps.packs", str(place / "cdk.out"), str(rounds + 1)], env)
    whole = median(taken).wall
    table = Table(
        "Packs over all reference stacks",
        f"Wall seconds, and shares of the synth without the CDK's validator ({whole:.2f} s). The first run "
        "of a process loads rules, schemas and the validator's engine; later runs are medians.",
        ["pack", "first run, s", "later runs, s", "share of the synth"],
    )
    for name, (first, *later) in seconds.items():
        middle = statistics.median(later)
        table.rows.append([name, f"{first:.2f}", f"{middle:.3f}", f"{middle / whole:.3f}"])
    return table


def commands(folder: Path, rounds: int, template: Path) -> Table:
    """Whole commands over one template."""
    env = surroundings(validation=False)
    lint = shutil.which("cfn-lint", path=Path(sys.executable).parent)
    assert lint is not None
    command = [sys.executable, "-m", "cdk_ml", "check", template]
    table = Table(
        "Commands over one template",
        "Whole processes; ratios are medians over neighbouring runs, wall / CPU.",
        ["command", "wall, s", "CPU, s", "to the first"],
    )
    every = {
        _OWN: Command([*command, "--pack", "ML", "--pack", "Lifecycle"], env, exits=_FINDINGS),
        "cdk-ml check, all packs": Command(command, env, exits=_FINDINGS),
        "cfn-lint": Command([lint, template, "--regions", "us-east-1"], env, exits=_FINDINGS),
    }
    try:
        python = environments.environment("checkov", *environments.CHECKOV)
        checkov = [python, "-m", "checkov.main", "--file", template, "--compact", "--quiet", "--soft-fail"]
        every["checkov"] = Command(checkov, {**env, "PYTHONPATH": ""}, exits=_FINDINGS)
    except CommandFailedError as failed:
        table = Table(table.title, f"{table.note} Without checkov: {failed}", table.columns)
    taken = take_turns(every, rounds, folder)
    for name, runs in taken.items():
        middle, against = median(runs), ratio(runs, taken[_OWN])
        cells = [f"{middle.wall:.2f}", f"{middle.cpu:.2f}", f"{against.wall:.1f} / {against.cpu:.1f}"]
        table.rows.append([name, *cells])
    return table


def growth(template: Path) -> Table:
    """Our own packs and the reader over templates of copies."""
    env = surroundings(validation=False)
    found: dict[str, dict[str, float]] = _printed(
        ["-m", "tests.benchmarks.apps.scale", str(template), *map(str, SIZES)], env
    )
    steps = list(next(iter(found.values())))
    table = Table(
        "Growing templates",
        "CPU microseconds for each resource.",
        ["resources", *steps],
    )
    for size, seconds in found.items():
        table.rows.append([size, *(f"{seconds[step] / int(size) * 1e6:.0f}" for step in steps)])
    return table


def _printed(arguments: list[str], env: Mapping[str, str]) -> Any:
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=os.environ | env, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise CommandFailedError(f"{arguments[1]}: {ran.stderr[-2000:]}")
    return json.loads(ran.stdout)
