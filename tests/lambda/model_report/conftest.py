"""People who ask for loans, models that decide, and a process that makes reports of both where the packages are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.toolkit import PYTHON

FOLDER = ROOT / "lambda" / "model_report"
MODELS = Path(__file__).with_name("loans.py")
WORKER = """
import json, pathlib, sys
import report
from dataset import UnusableError
for line in sys.stdin:
    given = json.loads(line)
    report.ROOT = pathlib.Path(given["root"])
    try:
        answer = {"gate": report.run(given["told"])}
    except UnusableError as error:
        answer = {"unusable": str(error)}
    print(json.dumps(answer), flush=True)
"""

Report = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def loans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``people.csv`` and an archive of each model."""
    folder = tmp_path_factory.mktemp("loans")
    subprocess.run([PYTHON, "-B", MODELS, folder], check=True, timeout=300)
    return folder


@pytest.fixture(scope="session")
def worker() -> Iterator[subprocess.Popen[str]]:
    """One process for all reports: what takes long is to import the packages."""
    process = subprocess.Popen(
        [PYTHON, "-B", "-W", "ignore", "-c", WORKER],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    yield process
    assert process.stdin is not None
    process.stdin.close()
    process.wait(timeout=60)


@pytest.fixture
def report(worker: subprocess.Popen[str], loans: Path, tmp_path: Path) -> Report:
    """Makes a report, and gives what it leaves: ``analysis``, ``evaluation``, ``page``, or why it was ``unusable``."""

    def make(
        *, model: str | None = None, data: Path | None = None, code: str | None = None, **told: Any
    ) -> dict[str, Any]:
        target = tmp_path / "output" / "report"
        shutil.rmtree(tmp_path / "input", ignore_errors=True)
        (tmp_path / "input" / "data").mkdir(parents=True)
        for file in [loans / "people.csv"] if data is None else sorted(data.iterdir()):
            shutil.copy(file, tmp_path / "input" / "data")
        if model is not None:
            (tmp_path / "input" / "model").mkdir()
            shutil.copy(loans / f"{model}.tar.gz", tmp_path / "input" / "model" / "model.tar.gz")
            told["predictions"] = {"code": code, "threshold": None, **(told.get("predictions") or {})}
        usual = {
            "title": "Loans",
            "data": {"label": "granted", "headers": [], "excluded": [], **told.pop("data_told", {})},
            "predictions": None,
            "bias": None,
            "limits": [],
            "fail": False,
        }
        assert worker.stdin is not None
        assert worker.stdout is not None
        print(json.dumps({"root": str(tmp_path), "told": {**usual, **told}}), file=worker.stdin, flush=True)
        answer: dict[str, Any] = json.loads(worker.stdout.readline())
        if "gate" in answer:
            answer["analysis"] = json.loads((target / "analysis.json").read_text())
            answer["evaluation"] = json.loads((target / "evaluation.json").read_text())
            answer["page"] = (target / "report.html").read_text()
        return answer

    return make
