"""Reads and checks templates of growing size, and prints the seconds of each step as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from cdk_ml.assembly import read
from cdk_ml.checks import run

if __name__ == "__main__":
    template = json.loads(Path(sys.argv[1]).read_text())
    originals = list(template["Resources"].items())
    found: dict[str, dict[str, float]] = {}
    with TemporaryDirectory() as folder:
        for size in map(int, sys.argv[2:]):
            copies = (originals[index % len(originals)] for index in range(size))
            resources = {f"{logical_id}{index}": body for index, (logical_id, body) in enumerate(copies)}
            file = Path(folder) / f"{size}.json"
            file.write_text(json.dumps({"Resources": resources}))
            assembly = read(file)
            steps: dict[str, Callable[[], object]] = {
                "reader": lambda file=file: read(file),
                "ML": lambda assembly=assembly: run(assembly, ["ML"]),
                "Lifecycle": lambda assembly=assembly: run(assembly, ["Lifecycle"]),
            }
            found[str(size)] = {}
            for name, step in steps.items():
                runs = []
                for _ in range(3):
                    started = time.process_time()
                    step()
                    runs.append(time.process_time() - started)
                found[str(size)][name] = sorted(runs)[1]
    print(json.dumps(found))
