"""Facts about built-in algorithms hold together, and are about algorithms that have images."""

from __future__ import annotations

import tomllib

import pytest

from cdk_ml.facts import algorithms, images
from cdk_ml.facts.algorithms import Kind, TakesScript
from tests.conftest import ROOT

TABLES = tomllib.loads((ROOT / "constructs/cdk_ml/facts/algorithms.toml").read_text())
IMAGES = {image.framework for image in images.images() if image.purpose is images.Purpose.TRAINING_AND_INFERENCE}
DOCUMENTED = [name for name, table in TABLES.items() if "hyperparameters" in table]


def test_every_algorithm_with_an_image_is_listed_and_no_other() -> None:
    assert {*TABLES} == IMAGES


@pytest.mark.parametrize(
    ("framework", "expected"),
    [
        ("kmeans", TakesScript.NEVER),
        ("xgboost", TakesScript.OPTIONAL),
        ("sklearn", TakesScript.ALWAYS),
        ("pytorch", TakesScript.ALWAYS),
    ],
)
def test_a_container_takes_a_script_or_does_not(framework: str, expected: TakesScript) -> None:
    assert algorithms.script(framework) is expected


@pytest.mark.parametrize("algorithm", DOCUMENTED)
def test_a_hyper_parameter_is_described_by_what_its_kind_has(algorithm: str) -> None:
    described = algorithms.hyperparameters(algorithm)
    assert described is not None
    assert [*described] == sorted(described)
    for parameter in described.values():
        numeric = parameter.kind in (Kind.INTEGER, Kind.NUMBER)
        assert numeric or parameter.within is None, parameter
        assert numeric or not parameter.also, parameter
        assert parameter.kind is Kind.TEXT or not parameter.choices, parameter
        if parameter.within is not None:
            assert parameter.within.low < parameter.within.high, parameter
        for other, values in parameter.needs.items():
            assert not described[other].choices or {*values} <= {*described[other].choices}, parameter


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("(0,1]", (0.1, 1), (0, 1.1)),
        ("[0,1)", (0, 0.9), (-1, 1)),
        ("[1,)", (1, 1e300), (0,)),
        ("(,0)", (-1e300,), (0,)),
    ],
)
def test_an_interval_reads_as_mathematics_writes_it(
    text: str, inside: tuple[float, ...], outside: tuple[float, ...]
) -> None:
    interval = algorithms._interval(text)
    assert all(value in interval for value in inside)
    assert not any(value in interval for value in outside)


def test_what_is_no_interval_is_an_error() -> None:
    with pytest.raises(ValueError, match="0-1 is no interval"):
        algorithms._interval("0-1")


def test_what_nobody_has_read_is_unknown() -> None:
    assert algorithms.hyperparameters("seq2seq") is None
    assert algorithms.hyperparameters("pytorch") is None
