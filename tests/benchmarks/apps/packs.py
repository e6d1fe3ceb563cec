"""Checks an assembly with every pack, several times over in one process, and prints the seconds of each as JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from cdk_ml.assembly import read
from cdk_ml.checks import PACKS, run

if __name__ == "__main__":
    folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
    assembly = read(folder)
    seconds: dict[str, list[float]] = {name: [] for name in PACKS}
    for _ in range(rounds):
        for name in PACKS:
            started = time.perf_counter()
            run(assembly, [name])
            seconds[name].append(time.perf_counter() - started)
    print(json.dumps(seconds))
