"""Looks at what a model was asked and answered in a window of time: the script of a processing job.

Runs where there is no network. Evidently is in the image, or comes as wheels in ``input/wheels``. Beside it are
``input/plan/plan.json``, which ``lambda/model_monitor/steps`` writes, ``input/captured`` with the objects that the plan
names, and ``input/baseline``. Leaves in ``output/results``: ``rows.jsonl``, a row for each feature and metric;
``metrics.json``, what is an alarm's business; ``corrupt.jsonl``, every line that could not be read; HTML reports.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

BASE = Path(os.environ.get("PROCESSING_FOLDER", "/opt/ml/processing"))
REQUIREMENT = "evidently>=0.7.23,<0.8"


def install(wheels: Path, target: Path) -> None:
    """Install Evidently from wheels, with everything it needs, apart from what the image has."""
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--find-links", str(wheels)]
    subprocess.run([*command, "--target", str(target), "--quiet", REQUIREMENT], check=True)
    sys.path.insert(0, str(target))


def main() -> None:
    """Do what the plan says."""
    # Evidently would count its users, over a network that is not there.
    os.environ["DO_NOT_TRACK"] = "1"
    wheels = BASE / "input" / "wheels"
    if wheels.is_dir():
        install(wheels, BASE / "packages")
    from run import run

    plan = json.loads((BASE / "input" / "plan" / "plan.json").read_text())
    results = BASE / "output" / "results"
    results.mkdir(parents=True, exist_ok=True)
    run(plan, captured=BASE / "input" / "captured", baseline=BASE / "input" / "baseline", results=results)


if __name__ == "__main__":
    main()
