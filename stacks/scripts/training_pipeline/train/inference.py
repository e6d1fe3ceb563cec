"""Loads the model where it is served; the scikit-learn container does the rest: CSV in, predictions out."""

from __future__ import annotations

from pathlib import Path

import joblib
from sklearn.pipeline import Pipeline


def model_fn(model_dir: str) -> Pipeline:
    """The fitted classifier of an unpacked model archive."""
    return joblib.load(Path(model_dir) / "model.joblib")
