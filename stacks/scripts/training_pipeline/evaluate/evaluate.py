"""Tests a trained model on rows it has not seen, and reports in the form that the model registry shows.

Reads ``model.tar.gz`` from the input ``model`` and CSV files from ``test``; writes ``report/evaluation.json``.
"""

from __future__ import annotations

import csv
import json
import tarfile
import tempfile
from pathlib import Path
from typing import Any, TypeAlias

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, precision_score, recall_score, roc_auc_score

# This file is in /opt/ml/processing/code.
ROOT = Path(__file__).resolve().parents[1]
LABEL = "target"

Numbers: TypeAlias = NDArray[np.float64]


def load(archive: Path) -> Any:
    """The classifier in a model archive."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        return joblib.load(Path(folder) / "model.joblib")


def read(folder: Path) -> tuple[Numbers, Numbers]:
    """Features and labels of the CSV files in a folder."""
    features: list[list[float]] = []
    labels: list[float] = []
    for file in sorted(folder.rglob("*.csv")):
        with file.open(newline="") as lines:
            for row in csv.DictReader(lines):
                labels.append(float(row.pop(LABEL)))
                features.append([float(value) for value in row.values()])
    return np.array(features), np.array(labels)


def report(classifier: Any, features: Numbers, labels: Numbers) -> dict[str, Any]:
    """What the registry shows of a classifier with two classes."""
    predicted = classifier.predict(features)
    metrics = {
        "accuracy": accuracy_score(labels, predicted),
        "precision": precision_score(labels, predicted, zero_division=0),
        "recall": recall_score(labels, predicted, zero_division=0),
        "auc": roc_auc_score(labels, classifier.predict_proba(features)[:, 1]),
    }
    values = {name: {"value": float(value), "standard_deviation": "NaN"} for name, value in metrics.items()}
    return {"binary_classification_metrics": values}


if __name__ == "__main__":
    written = report(load(ROOT / "input" / "model" / "model.tar.gz"), *read(ROOT / "input" / "test"))
    (ROOT / "output" / "report" / "evaluation.json").write_text(json.dumps(written, indent=2))
    print(json.dumps(written))
