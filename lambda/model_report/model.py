"""The model that a report is about, loaded as the inference toolkit loads it: ``model_fn``, and ``predict_fn``.

An archive with ``code/inference.py`` brings its functions. Without ``predict_fn`` a model answers with probabilities
where it has them, else with its predictions; without ``model_fn`` it is the one ``.joblib`` file of the archive.
https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/using_sklearn.html#load-a-model
"""

from __future__ import annotations

import importlib.util
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
from dataset import UnusableError


class Model:
    """A model, and how it is asked."""

    def __init__(self, archive: Path, folder: Path, code: Path | None) -> None:
        """
        :param archive: ``model.tar.gz``, or the folder that holds it.
        :param folder: where it is unpacked.
        :param code: a file with the functions, where they are not in the archive.
        """
        with tarfile.open(_archive(archive)) as packed:
            packed.extractall(folder, filter="data")
        own = folder / "code" / "inference.py"
        functions = _functions(code if code is not None else own if own.is_file() else None)
        self._predict = getattr(functions, "predict_fn", None)
        self.plain = functions.model_fn(str(folder)) if hasattr(functions, "model_fn") else _joblib(folder)

    def scores(self, rows: Any) -> Any:
        """A number for each row and output: the probability of each class, or of the one that is positive of two."""
        asked = self._asked(rows)
        if self._predict is not None:
            answer = self._predict(rows, self.plain)
        elif hasattr(self.plain, "predict_proba"):
            answer = self.plain.predict_proba(asked)
        else:
            answer = self.plain.predict(asked)
        try:
            found = np.asarray(answer, dtype=float)
        except ValueError:
            raise UnusableError("the model answers with no numbers, which cannot be explained") from None
        table = found.reshape(len(rows), -1)
        return table[:, -1:] if table.shape[1] == 2 else table

    def labels(self, rows: Any) -> Any:
        """What the model calls each row."""
        answer = self.plain.predict(self._asked(rows)) if self._predict is None else self._predict(rows, self.plain)
        found = np.asarray(answer)
        if found.size != len(rows):
            raise UnusableError(
                f"the model answers with {found.shape} for {len(rows)} rows: give AnalyzedModel a threshold"
            )
        return found.reshape(len(rows))

    def _asked(self, rows: Any) -> Any:
        # A model that was trained on plain numbers has no names to compare with.
        return rows if hasattr(self.plain, "feature_names_in_") else rows.to_numpy()


def _archive(path: Path) -> Path:
    found = [path] if path.is_file() else sorted(path.rglob("*.tar.gz"))
    if len(found) != 1:
        raise UnusableError(f"the model is one .tar.gz, and there are {len(found)}")
    return found[0]


def _functions(file: Path | None) -> Any:
    if file is None:
        return None
    # Its own modules are beside it.
    sys.path.insert(0, str(file.parent))
    specification = importlib.util.spec_from_file_location("inference", file)
    if specification is None or specification.loader is None:
        raise UnusableError(f"{file.name} is no Python file")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def _joblib(folder: Path) -> Any:
    import joblib

    found = sorted(folder.rglob("*.joblib"))
    if len(found) != 1:
        raise UnusableError(f"the archive has {len(found)} .joblib files and no model_fn: give one that loads it")
    return joblib.load(found[0])
