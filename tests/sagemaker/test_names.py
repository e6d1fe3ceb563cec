"""Names are what SageMaker takes, however many hyphens they have."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.names import is_name, name_problems


@pytest.mark.parametrize("name", ["a", "A-1", "a" * 63, "a--b"])
def test_a_name_passes(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "-a", "a-", "a_b", "a b", "ü", "a" * 64, "a" + 62 * "-" + "b", "a\n"])
def test_what_is_no_name_is_refused_with_the_fix(name: str) -> None:
    fix = "Use at most 63 letters, digits and hyphens, starting and ending with a letter or digit"
    problem = Problem("endpoint_name", name, "is not a name that SageMaker takes", fix)
    assert [*name_problems("endpoint_name", name)] == [problem]


def test_some_names_may_be_longer() -> None:
    assert [*name_problems("pipeline_name", "a" * 256, 256)] == []
    (problem,) = name_problems("pipeline_name", "a" * 257, 256)
    assert problem.fix.startswith("Use at most 256 letters")


def test_no_name_and_a_name_that_only_the_deployment_knows_pass() -> None:
    assert [*name_problems("name", None), *name_problems("name", cdk.Aws.STACK_NAME)] == []
