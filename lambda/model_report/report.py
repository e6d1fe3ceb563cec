"""Says how a model treats groups of people, or which features its answers come from, and whether limits are kept.

Runs in a processing job. What is asked is in ``config.json`` beside this file; the rows are in the input ``data``, the
model in ``model``; ``analysis.json``, ``evaluation.json`` and ``report.html`` are left in the output ``report``.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import bias
from dataset import UnusableError, read
from gate import judged, sentence
from model import Model
from page import page

# This file is in /opt/ml/processing/code.
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LONGEST_MESSAGE = 1024


def key(name: str) -> str:
    """What the path of a condition calls a column."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def run(told: dict[str, Any]) -> dict[str, Any]:
    """Make the report, and leave it.

    :returns: what the limits say of it.
    """
    target = ROOT / "output" / "report"
    target.mkdir(parents=True, exist_ok=True)
    rows = read(ROOT / "input" / "data", told["data"]["headers"])
    with tempfile.TemporaryDirectory() as folder:
        model = _model(told, Path(folder))
        if told["bias"] is not None:
            report = bias.analyze(rows, told, model)
            values = limited = bias.values(report)
        else:
            # SHAP is in the image, or among the wheels, only where it is needed.
            import explanation

            report = explanation.analyze(rows, told, model, target)
            explained = next(iter(report["explanations"].values()))
            values = {label: explained[label]["global_shap_values"] for label in explained}
            limited = report["shares"]
    verdict = judged(limited, told["limits"])
    evaluation: dict[str, Any] = {"gate": verdict, "metrics": _by_key(values), "rows": report["rows"]}
    if "shares" in report:
        evaluation["shares"] = _by_key(report["shares"])
    _write(target / "analysis.json", {"version": "1.0", **report})
    _write(target / "evaluation.json", evaluation)
    (target / "report.html").write_text(page(told["title"], report, verdict), encoding="utf-8")
    return verdict


def _model(told: dict[str, Any], folder: Path) -> Any:
    predictions = told["predictions"]
    if predictions is None or "column" in predictions:
        return None
    code = predictions["code"]
    return Model(ROOT / "input" / "model", folder, None if code is None else HERE / "inference" / code)


def _by_key(values: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Values under names that a path can hold, without those that are undefined."""
    return {
        key(group): {key(name): value for name, value in found.items() if value is not None}
        for group, found in values.items()
    }


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, allow_nan=False), encoding="utf-8")


def _end(message: str) -> None:
    """End the job as failed, and tell whoever looks at it why."""
    told = ROOT.parent / "output"
    told.mkdir(parents=True, exist_ok=True)
    (told / "message").write_bytes(message.encode()[:LONGEST_MESSAGE].decode(errors="ignore").encode())
    sys.exit(message)


if __name__ == "__main__":
    asked = json.loads((HERE / "config.json").read_text(encoding="utf-8"))
    try:
        gate = run(asked)
    except UnusableError as unusable:
        _end(str(unusable))
    print(json.dumps(gate))
    if gate["status"] == "FAILED" and asked["fail"]:
        _end("; ".join(map(sentence, gate["violations"])))
