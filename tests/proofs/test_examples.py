"""Every public construct has an example, and it makes a stack in every profile."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from constructs import Construct

from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import PROFILES, Profile
from stacks import reference_stacks
from tests.proofs.subjects import SUBJECTS, constructs, example


def test_every_construct_and_every_stack_is_proven_in_every_profile() -> None:
    proven = {(subject.name, subject.profile.name) for subject in SUBJECTS}
    assert proven == {(name, p.name) for name in (*reference_stacks(), *constructs()) for p in PROFILES}
    assert len(proven) == len(SUBJECTS)


@pytest.mark.parametrize("name", constructs())
def test_an_example_makes_resources(name: str) -> None:
    stack = example(constructs()[name], Profile.REGULATED)
    assert any(isinstance(child, cdk.CfnElement) for child in stack.node.find_all())


class Raising(Construct):
    """
    >>> from cdk_ml.errors import Problem, reject
    >>> reject("Churn/Endpoint", [Problem("size", 0, "is nothing", "Use 1")])
    """


class Silent(Construct):
    """Has no example."""


def test_an_example_that_raises_fails_the_proofs_with_its_error() -> None:
    with pytest.raises(ConfigurationError, match=r"^Churn/Endpoint: size=0 is nothing\. Use 1\.$"):
        example(Raising, Profile.SANDBOX)


def test_a_construct_without_an_example_fails_the_proofs() -> None:
    with pytest.raises(KeyError, match="stack"):
        example(Silent, Profile.SANDBOX)
