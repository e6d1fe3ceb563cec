"""Workers go with jobs, versions of Glue and Lake Formation, or are refused with what would."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.data import Workers
from cdk_ml.data.glue.workers import version_problems, worker_problems


def said(workers: Workers, **job: Any) -> list[str]:
    """What is wrong, in the words of the error."""
    return [str(problem) for problem in worker_problems(workers, **{"version": "5.1", **job})]


@pytest.mark.parametrize(
    ("workers", "job"),
    [
        (Workers(), {}),
        (Workers(type="R.8X", count=100), {"version": "4.0"}),
        (Workers(type="G.025X"), {"streaming": True, "version": "3.0"}),
        (Workers(type="G.2X"), {"flex": True, "version": "3.0"}),
        (Workers(count=4), {"fine_grained": True}),
        (Workers(type=cdk.Token.as_string({"Ref": "Type"}), count=cdk.Token.as_number({"Ref": "Count"})), {}),
        # A version that nobody knows is refused for itself, and not for being old.
        (Workers(type="R.1X"), {"version": "9.9"}),
    ],
)
def test_pairs_that_glue_takes_pass(workers: Workers, job: dict[str, Any]) -> None:
    assert said(workers, **job) == []


@pytest.mark.parametrize(
    ("workers", "job", "sentence"),
    [
        (
            Workers(type="R.1X"),
            {"version": "3.0"},
            "workers.type='R.1X' needs Glue 4.0, and this is 3.0. Use glue_version=\"4.0\" or newer, or one of G.025X, "
            "G.1X, G.2X, G.4X, G.8X.",
        ),
        (
            Workers(type="G.025X"),
            {},
            "workers.type='G.025X' is for streaming jobs only. Use G.1X, or a StreamingJob.",
        ),
        (
            Workers(type="G.4X"),
            {"flex": True},
            "workers.type='G.4X' has no flexible class. Use G.1X or G.2X, or leave flex out.",
        ),
        (Workers(count=1), {}, "workers.count=1 leaves no worker beside the driver. Use 2 or more."),
        (
            Workers(count=3),
            {"fine_grained": True},
            "workers.count=3 is too few for Lake Formation to filter rows and cells: it runs a driver and executors of "
            "its own. Use 4 or more, or full access to tables.",
        ),
    ],
)
def test_pairs_that_glue_refuses_say_what_would_do(workers: Workers, job: dict[str, Any], sentence: str) -> None:
    assert said(workers, **job) == [sentence]


def test_a_type_that_nobody_knows_is_answered_with_all_of_them() -> None:
    (sentence,) = said(Workers(type="Z.2X"))
    assert sentence.startswith("workers.type='Z.2X' is no type of workers of Spark jobs. Use one of G.025X, G.1X")


def test_a_version_that_nobody_knows_is_answered_with_all_of_them() -> None:
    (problem,) = version_problems("2.0")
    assert str(problem) == "glue_version='2.0' is no version of Glue for Spark. Use one of 3.0, 4.0, 5.0, 5.1, 6.0."
    assert [*version_problems("5.1"), *version_problems(cdk.Token.as_string({"Ref": "Version"}))] == []


def test_workers_are_paid_by_the_unit() -> None:
    assert Workers(type="G.2X", count=5).dpus == 10
    assert Workers(type="G.025X", count=2).dpus == 0.5
