"""Nothing new runs on a release that gets no fixes, or that nobody knows."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_ml.data.emr.release import chosen_release, release_problems


@pytest.mark.parametrize(
    ("release", "rule"),
    [
        ("7.13.0", "is no label of a release"),
        ("emr-7.13", "is no label of a release"),
        ("emr-6.15.0", "gets no fixes any more: its support ended two years after it came"),
        ("emr-7.2.0", "gets no fixes any more: its support ended two years after it came"),
        ("emr-7.5.0", "gets no fixes any more: its support ended on 2026-11-20"),
        ("emr-7.99.0", "is no release that facts/emr.toml knows"),
        ("emr-7.14.0", "is on EC2 only, as far as is known"),
    ],
)
def test_a_release_is_refused(release: str, rule: str) -> None:
    (problem,) = release_problems(release, kind="EMR Serverless")
    assert (problem.argument, problem.value, problem.rule) == ("release", release, rule)
    assert problem.fix.startswith("Use emr-7.13.0")


@pytest.mark.parametrize("release", ["emr-7.13.0", "emr-7.10.0", cdk.Token.as_string({"Ref": "Release"})])
def test_a_supported_release_passes(release: str) -> None:
    assert [*release_problems(release, kind="EMR Serverless")] == []


def test_the_newest_for_one_kind_is_for_that_kind() -> None:
    assert [*release_problems("emr-7.14.0", kind="EC2")] == []


def test_without_a_release_it_is_the_newest_that_all_have() -> None:
    assert chosen_release(None) == "emr-7.13.0"
    assert chosen_release("emr-7.12.0") == "emr-7.12.0"
