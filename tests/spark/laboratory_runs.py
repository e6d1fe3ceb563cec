"""Runs the script of the reference stack FeatureEngineering several times in one session, as EMR does it once a run."""

from __future__ import annotations

import hashlib
import importlib
import json
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch


def laboratory_runs(spark: Any, *, scripts: str, folder: str, steps: Iterable[Mapping[str, Any]]) -> list[Any]:
    """What came of each step.

    :param scripts: the folder of the script.
    :param folder: the data's.
    :param steps: what is written or removed first, and the script's arguments.
    """
    # As Spark has it where nobody says otherwise, and not as a preparation wants it.
    spark.conf.unset("spark.sql.caseSensitive")
    sys.path.insert(0, scripts)
    job = importlib.import_module("job")
    return [_run(spark, job, Path(folder), step) for step in steps]


def _run(spark: Any, job: Any, folder: Path, step: Mapping[str, Any]) -> dict[str, Any]:
    for name, text in step.get("write", {}).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for name in step.get("remove", []):
        shutil.rmtree(folder / name)
    with patch.object(sys, "argv", ["job.py", *step["arguments"]]):
        job.main()
    counted = json.loads((folder / "summary" / "one.json").read_text())
    shutil.rmtree(folder / "summary")
    return {
        "counted": counted,
        "files": _content(folder),
        "features": _table(spark, folder / "features"),
        "inbox": {file.name: file.read_text() for file in sorted((folder / "inbox").glob("*.jsonl"))},
        "quarantine": [
            json.loads(line)
            for file in sorted((folder / "quarantine").rglob("part-*.json"))
            for line in file.read_text().splitlines()
        ],
    }


def _content(folder: Path) -> dict[str, str]:
    """Every file that is not Spark's or Hadoop's own, by its name in the folder, as a digest with its time."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and file.name[0] not in "._")
    return {
        str(file.relative_to(folder)): f"{hashlib.sha256(file.read_bytes()).hexdigest()} {file.stat().st_mtime_ns}"
        for file in files
    }


def _table(spark: Any, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of every snapshot."""
    return {
        snapshot.name: [row.asDict() for row in spark.read.parquet(str(snapshot)).orderBy("sample_id").collect()]
        for snapshot in sorted(folder.glob("snapshot=*"))
    }
