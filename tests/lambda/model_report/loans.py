"""Makes ``people.csv``, models that decide on their loans, and what SHAP values have to be. Runs in the toolkit."""

from __future__ import annotations

import itertools
import json
import math
import sys
import tarfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

NUMBERS = ["income", "age", "debt"]
INFERENCE = """
import json
import pathlib
import helper

def model_fn(model_dir):
    return json.loads((pathlib.Path(model_dir) / "weights.json").read_text())

def predict_fn(data, model):
    return helper.sigmoid(sum(data[name] * weight for name, weight in model.items()))
"""
HELPER = """
import numpy as np

def sigmoid(values):
    return 1 / (1 + np.exp(-np.asarray(values, dtype=float)))
"""


def people() -> pd.DataFrame:
    """Women earn less here, and cities differ; who earns much gets the loan, men a little sooner."""
    chance = np.random.default_rng(7)
    count = 240
    sex = chance.choice(["female", "male"], count, p=[0.4, 0.6])
    income = chance.normal(50, 12, count) + np.where(sex == "male", 6, 0)
    debt = chance.gamma(2, 5, count)
    frame = pd.DataFrame(
        {
            "income": income.round(2),
            "age": chance.integers(18, 80, count),
            "debt": debt.round(2),
            "city": chance.choice(["Basel", "Bern", "Zug"], count),
            "sex": sex,
        }
    )
    score = frame["income"] - frame["debt"] + np.where(sex == "male", 3, 0) + chance.normal(0, 4, count)
    frame["granted"] = (score > 42).astype(int)
    frame["probability"] = (1 / (1 + np.exp(-(frame["income"] - frame["debt"] - 42) / 5))).round(6)
    frame["called"] = (frame["probability"] > 0.5).astype(int)
    return frame


def pack(folder: Path, name: str, **files: Any) -> None:
    """An archive with models by the names of their files, and texts."""
    inside = folder / name
    for file, content in files.items():
        path = inside / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.write_text(content)
        else:
            joblib.dump(content, path)
    with tarfile.open(folder / f"{name}.tar.gz", "w:gz") as archive:
        archive.add(inside, arcname=".")


def shapley(answer: Any, rows: pd.DataFrame, usual: pd.DataFrame) -> np.ndarray[Any, Any]:
    """SHAP values as their definition has them: over every set of features, each with the rest at its usual value."""
    names = [*rows.columns]
    values = np.zeros(rows.shape)

    def with_only(known: tuple[int, ...]) -> Any:
        frame = pd.DataFrame(np.repeat(usual.to_numpy(dtype=float), len(rows), axis=0), columns=names)
        for index in known:
            frame[names[index]] = rows[names[index]].to_numpy(dtype=float)
        return answer(frame)

    for index in range(len(names)):
        others = [other for other in range(len(names)) if other != index]
        for size in range(len(names)):
            weight = math.factorial(size) * math.factorial(len(names) - size - 1) / math.factorial(len(names))
            for known in itertools.combinations(others, size):
                values[:, index] += weight * (with_only((*known, index)) - with_only(known))
    return values


def main(folder: Path) -> None:
    """Make everything."""
    frame = people()
    frame.to_csv(folder / "people.csv", index=False)
    numbers, label = frame[NUMBERS], frame["granted"]
    linear = LinearRegression().fit(numbers.to_numpy(), label)
    forest = RandomForestClassifier(n_estimators=8, max_depth=4, random_state=0).fit(numbers, label)
    mixed = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["city"]), remainder="passthrough"), LogisticRegression(max_iter=2000)
    ).fit(frame[[*NUMBERS, "city"]], label)
    classes = RandomForestClassifier(n_estimators=4, max_depth=3, random_state=0).fit(numbers, frame["city"])
    words = LogisticRegression(max_iter=2000).fit(numbers, np.where(label == 1, "yes", "no"))
    pack(folder, "linear", **{"model.joblib": linear})
    pack(folder, "forest", **{"model.joblib": forest})
    pack(folder, "mixed", **{"model.joblib": mixed})
    pack(folder, "classes", **{"model.joblib": classes})
    pack(folder, "words", **{"model.joblib": words})
    pack(folder, "two", **{"a.joblib": linear, "b.joblib": linear})
    pack(
        folder,
        "own",
        **{
            "weights.json": json.dumps({"income": 0.05, "age": -0.02}),
            "code/inference.py": INFERENCE,
            "code/helper.py": HELPER,
        },
    )
    usual = numbers.median().to_frame().T
    exact = shapley(lambda rows: forest.predict_proba(rows)[:, 1], numbers, usual)
    expected = {
        "linear": dict(zip(NUMBERS, map(float, linear.coef_), strict=True)),
        "forest": dict(zip(NUMBERS, map(float, np.abs(exact).mean(axis=0)), strict=True)),
        "usual": float(forest.predict_proba(usual)[0, 1]),
        "called": [int(each) for each in mixed.predict(frame[[*NUMBERS, "city"]])],
    }
    (folder / "expected.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
