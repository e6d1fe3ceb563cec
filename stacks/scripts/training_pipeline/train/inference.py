"""Loads the model where it is served, and answers: CSV, JSON or NumPy in, predictions out."""

from __future__ import annotations

from pathlib import Path

import joblib
import numpy
from sklearn.pipeline import Pipeline


def model_fn(model_dir: str) -> Pipeline:
    """The fitted classifier of an unpacked model archive."""
    return joblib.load(Path(model_dir) / "model.joblib")


def predict_fn(rows: numpy.ndarray, model: Pipeline) -> numpy.ndarray:
    """What the rows of a request are.

    :param rows: what the container has read; a single line of CSV is no table to it.
    :raises ValueError: for what is no row of numbers, as a text or a missing value in CSV.
    """
    rows, count = numpy.atleast_2d(rows), model.n_features_in_
    if rows.dtype.kind not in "iuf" or rows.shape[1:] != (count,) or not numpy.isfinite(rows).all():
        raise ValueError(f"A row is {count} numbers")
    return model.predict(rows)
