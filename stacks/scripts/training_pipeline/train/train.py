"""Trains a classifier on prepared rows, and leaves it with the code that serves it.

Runs in SageMaker's scikit-learn container: hyper-parameters are arguments, the channel ``train`` is a folder.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
from pathlib import Path
from typing import TypeAlias

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

LABEL = "target"

Numbers: TypeAlias = NDArray[np.float64]


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


def train(features: Numbers, labels: Numbers, *, regularization: float, iterations: int) -> Pipeline:
    """A classifier that is fitted, after telling how well it does on folds it has not seen."""
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=1 / regularization, max_iter=iterations))
    scores = cross_val_score(classifier, features, labels, cv=5)
    print(f"validation:accuracy={scores.mean():.4f}", flush=True)
    return classifier.fit(features, labels)


def save(classifier: Pipeline, folder: Path) -> None:
    """Leave the model as the container serves it: ``model.joblib``, and ``code/inference.py`` that loads it."""
    joblib.dump(classifier, folder / "model.joblib")
    (folder / "code").mkdir(exist_ok=True)
    shutil.copy(Path(__file__).with_name("inference.py"), folder / "code" / "inference.py")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--regularization", type=float, default=1.0)
    parser.add_argument("--iterations", type=int, default=1_000)
    given = parser.parse_args()
    data = read(Path(os.environ["SM_CHANNEL_TRAIN"]))
    fitted = train(*data, regularization=given.regularization, iterations=given.iterations)
    save(fitted, Path(os.environ["SM_MODEL_DIR"]))
