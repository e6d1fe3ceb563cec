"""Bias metrics are what Clarify's documentation says they are, and say so where they are nothing."""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.toolkit import PYTHON, needs_toolkit

pytestmark = needs_toolkit

FOLDER = ROOT / "lambda" / "model_report"
# Answers one line for each line, so that the numbers are made where the container's packages are.
WORKER = """
import json, sys
import numpy as np
import bias_metrics as m
for line in sys.stdin:
    given = json.loads(line)
    facet, positive, predicted = (np.array(given[name], dtype=bool) for name in ("facet", "positive", "predicted"))
    groups = np.array(given["groups"]) if given.get("groups") else None
    labels = np.array(given.get("labels", given["positive"]))
    features = np.array(given.get("features", [[0.0]] * len(facet)), dtype=float)
    found = {
        **m.pretraining(facet, labels, positive, groups),
        **m.posttraining(facet, positive, predicted, features, groups),
    }
    print(json.dumps({name: str(v) if isinstance(v, m.UndefinedError) else v for name, v in found.items()}), flush=True)
"""

Measure = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def measure() -> Iterator[Measure]:
    """Measures rows; an undefined metric is the text that says why."""
    worker = subprocess.Popen(
        [PYTHON, "-B", "-c", WORKER],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert worker.stdin is not None
    assert worker.stdout is not None

    def ask(**rows: Any) -> dict[str, Any]:
        print(json.dumps(rows), file=worker.stdin, flush=True)
        found: dict[str, Any] = json.loads(worker.stdout.readline())
        return found

    yield ask
    worker.stdin.close()
    worker.wait(timeout=30)


def rows(**counts: tuple[int, int]) -> dict[str, list[bool]]:
    """Rows by how many of facet a and of facet d are true or false, positives or negatives."""
    found: dict[str, list[bool]] = {"facet": [], "positive": [], "predicted": []}
    outcomes = {"tp": (True, True), "tn": (False, False), "fp": (False, True), "fn": (True, False)}
    for name, numbers in counts.items():
        for facet, number in zip((False, True), numbers, strict=True):
            found["facet"] += [facet] * number
            found["positive"] += [outcomes[name][0]] * number
            found["predicted"] += [outcomes[name][1]] * number
    return found


# The applicants of the page on treatment equality: 100 of facet a, 50 of facet d, the same accuracy.
LOANS = rows(tp=(50, 20), tn=(36, 23), fp=(6, 2), fn=(8, 5))


def test_metrics_of_predictions_are_what_can_be_counted(measure: Measure) -> None:
    found = measure(**LOANS)
    benefits = [2] * 8 + [0] * 13 + [1] * 129
    mean = sum(benefits) / 150
    expected = {
        "DPPL": 56 / 100 - 22 / 50,
        "DI": (22 / 50) / (56 / 100),
        "DCAcc": 58 / 56 - 25 / 22,
        "DCR": 25 / 28 - 42 / 44,
        "SD": 23 / 25 - 36 / 42,
        "RD": 50 / 58 - 20 / 25,
        "DAR": 50 / 56 - 20 / 22,
        "DRR": 23 / 28 - 36 / 44,
        "AD": 0.0,
        "TE": 5 / 2 - 8 / 6,
        "GE": sum((benefit / mean) ** 2 - 1 for benefit in benefits) / (2 * 150),
    }
    # Everybody is alike, and most of facet a are accepted: so would be the 28 of facet d who are not.
    expected["FT"] = 28 / 50
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_metrics_of_data_are_what_can_be_counted(measure: Measure) -> None:
    found = measure(**rows(tp=(60, 20), tn=(40, 30)))
    expected = {
        "CI": 1 / 3,
        "DPL": 0.2,
        "KL": 0.6 * math.log(0.6 / 0.4) + 0.4 * math.log(0.4 / 0.6),
        "JS": 0.6 * math.log(1.2) + 0.4 * math.log(0.8),
        "LP": math.sqrt(0.08),
        "TVD": 0.2,
        "KS": 0.2,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_distances_take_every_label_into_account(measure: Measure) -> None:
    facet = [False] * 4 + [True] * 4
    found = measure(
        facet=facet, positive=[True] + [False] * 7, predicted=facet, labels=["a", "b", "b", "c", "a", "a", "c", "c"]
    )
    # Shares of a, b and c: 1/4, 1/2, 1/4 and 1/2, 0, 1/2.
    assert (found["TVD"], found["KS"]) == pytest.approx((0.5, 0.5))
    assert found["LP"] == pytest.approx(math.sqrt(1 / 16 + 1 / 4 + 1 / 16))
    assert found["KL"] == "facet a has a label that facet d has not, so that the divergence is infinite"


@pytest.mark.parametrize(
    ("observed", "predicted", "expected"),
    [((70, 20), (60, 30), 0.5), ((50, 40), (60, 30), -0.5)],
    ids=["positive bias", "negative bias"],
)
def test_conditional_acceptance_is_as_in_the_examples_of_its_page(
    measure: Measure, observed: tuple[int, int], predicted: tuple[int, int], expected: float
) -> None:
    sizes = (100, 50)
    facet = [False] * 100 + [True] * 50
    positive, called = (
        [index < number for number, size in zip(numbers, sizes, strict=True) for index in range(size)]
        for numbers in (observed, predicted)
    )
    assert measure(facet=facet, positive=positive, predicted=called)["DCAcc"] == pytest.approx(expected)


def test_disparity_within_groups_is_not_the_disparity_of_all(measure: Measure) -> None:
    # Berkeley: women apply where few are accepted, and are accepted more often there. (department, woman, accepted)
    people = [
        *[("easy", False, True)] * 60,
        *[("easy", False, False)] * 40,
        *[("easy", True, True)] * 14,
        *[("easy", True, False)] * 6,
        *[("hard", False, True)] * 4,
        *[("hard", False, False)] * 16,
        *[("hard", True, True)] * 25,
        *[("hard", True, False)] * 75,
    ]
    departments, facet, accepted = (list(column) for column in zip(*people, strict=True))
    found = measure(facet=facet, positive=accepted, predicted=accepted, groups=departments)
    easy, hard = 6 / 46 - 14 / 74, 75 / 91 - 25 / 29
    assert found["CDDL"] == pytest.approx((120 * easy + 120 * hard) / 240)
    assert found["CDDPL"] == pytest.approx(found["CDDL"])
    assert (found["CDDL"] < 0, found["DPL"] > 0) == (True, True)


def test_the_flip_test_asks_who_is_alike(measure: Measure) -> None:
    # Five near 0 are refused, five near 10 accepted; of facet d each is treated the other way but one.
    a = [[0.1 * index] for index in range(5)] + [[10 + 0.1 * index] for index in range(5)]
    d = [[0.0], [10.0], [10.1], [10.2]]
    found = measure(
        facet=[False] * 10 + [True] * 4,
        positive=[True, False] * 7,
        predicted=[False] * 5 + [True] * 5 + [True, False, False, True],
        features=a + d,
    )
    assert found["FT"] == pytest.approx((2 - 1) / 4)


def test_the_flip_test_needs_something_to_compare_by(measure: Measure) -> None:
    found = measure(**LOANS, features=[[]] * 150)
    assert found["FT"] == "there is no feature with numbers, and none missing, to find neighbors by"


@pytest.mark.parametrize("always", [True, False])
def test_constant_predictions_divide_by_nothing(measure: Measure, always: bool) -> None:
    found = measure(**{**LOANS, "predicted": [always] * 150}, groups=["x", "y"] * 75)
    expected = {
        True: {
            "DCR": "nobody of a facet is predicted negative",
            "DRR": "nobody of a facet is predicted negative",
            "CDDPL": "every outcome is the same",
        },
        False: {
            "DI": "nobody of facet a is predicted positive",
            "DCAcc": "nobody of a facet is predicted positive",
            "DAR": "nobody of a facet is predicted positive",
            "TE": "nobody of a facet is predicted positive by mistake",
            "CDDPL": "every outcome is the same",
        },
    }
    assert {name: value for name, value in found.items() if isinstance(value, str)} == expected[always]


def test_only_false_negatives_have_no_entropy(measure: Measure) -> None:
    assert measure(**rows(fn=(5, 5)))["GE"] == "every prediction is a false negative"


row = st.tuples(st.booleans(), st.booleans(), st.booleans(), st.integers(0, 2), st.floats(-5, 5))
some_rows = st.lists(row, min_size=2, max_size=60).filter(lambda rows: len({facet for facet, *_ in rows}) == 2)

ANTISYMMETRIC = ("CI", "DPL", "DPPL", "DCAcc", "DCR", "SD", "RD", "DAR", "DRR", "AD", "TE")
SYMMETRIC = ("JS", "LP", "TVD", "KS", "GE")
BOUNDS = {
    **dict.fromkeys(("CI", "DPL", "CDDL", "DPPL", "SD", "RD", "DAR", "DRR", "AD", "FT", "CDDPL"), (-1, 1)),
    **dict.fromkeys(("TVD", "KS"), (0, 1)),
    **dict.fromkeys(("KL", "DI"), (0, math.inf)),
    "JS": (0, math.log(2)),
    "LP": (0, math.sqrt(2)),
    "GE": (0, math.inf),
}


def told(given: list[Any]) -> dict[str, Any]:
    facet, positive, predicted, groups, feature = (list(column) for column in zip(*given, strict=True))
    return {
        "facet": facet,
        "positive": positive,
        "predicted": predicted,
        "groups": [f"group {group}" for group in groups],
        "features": [[value] for value in feature],
    }


@settings(max_examples=60, deadline=None)
@given(some_rows)
def test_metrics_keep_their_bounds_and_know_no_side(measure: Measure, given: list[Any]) -> None:
    asked = told(given)
    found = measure(**asked)
    for name, (low, high) in BOUNDS.items():
        if not isinstance(found[name], str):
            assert low - 1e-9 <= found[name] <= high + 1e-9, name
    other = measure(**{**asked, "facet": [not facet for facet in asked["facet"]]})
    for name in SYMMETRIC:
        assert other[name] == found[name] or other[name] == pytest.approx(found[name], abs=1e-9), name
    for name in ANTISYMMETRIC:
        if isinstance(found[name], str):
            assert isinstance(other[name], str), name
        else:
            assert other[name] == pytest.approx(-found[name], abs=1e-9), name
    if not isinstance(found["DI"], str) and found["DI"] > 0:
        assert other["DI"] == pytest.approx(1 / found["DI"])


@settings(max_examples=60, deadline=None)
@given(some_rows)
def test_a_model_that_is_always_right_adds_no_bias_of_its_own(measure: Measure, given: list[Any]) -> None:
    asked = told(given)
    found = measure(**{**asked, "predicted": asked["positive"], "features": [[]] * len(given)})
    assert found["DPPL"] == found["DPL"]
    assert found["CDDPL"] == found["CDDL"]
    for name in ("AD", "RD", "SD", "DAR", "DRR", "DCAcc", "DCR", "GE"):
        assert isinstance(found[name], str) or found[name] == pytest.approx(0, abs=1e-9), name
