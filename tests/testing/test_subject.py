"""What may be proven: stacks, stages, apps, assemblies and paths."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns
from constructs import RootConstruct

from cdk_ml.assembly import AssemblyError, read
from cdk_ml.testing import assert_compliant
from cdk_ml.testing.subject import assembly_of, expect_none


@pytest.fixture
def stacks(app: cdk.App) -> list[cdk.Stack]:
    """A stack, one with a nested stack, and one in a stage."""
    prod = cdk.Stage(app, "Prod")
    made = [cdk.Stack(app, "One"), cdk.Stack(app, "Two"), cdk.Stack(prod, "Three")]
    for stack in (*made, cdk.NestedStack(made[1], "Nested")):
        sns.CfnTopic(stack, "Topic")
    return made


def paths(subject: cdk.Stack | cdk.Stage | Path | str) -> set[str]:
    return {template.path for template in assembly_of(subject).templates}


def test_a_stack_is_proven_with_its_nested_stacks_and_without_its_neighbours(stacks: list[cdk.Stack]) -> None:
    assert [paths(stack) for stack in stacks] == [{"One"}, {"Two", "Two/Nested"}, {"Prod/Three"}]


def test_an_app_is_proven_whole_and_a_stage_alone(app: cdk.App, stacks: list[cdk.Stack]) -> None:
    assert paths(app) == {"One", "Two", "Two/Nested", "Prod/Three"}
    stage = cdk.Stage.of(stacks[2])
    assert stage is not None
    assert paths(stage) == {"Prod/Three"}


def test_what_was_synthesized_before_is_proven_as_it_stands(app: cdk.App, stacks: list[cdk.Stack]) -> None:
    folder = app.synth().directory
    assert paths(folder) == paths(Path(folder))
    assembly = read(Path(folder))
    assert assembly_of(assembly) is assembly
    assert paths(Path(folder) / "One.template.json") == {"One"}
    assert len(stacks) == 3


def test_a_change_after_a_synth_is_seen(stack: cdk.Stack) -> None:
    topic = sns.CfnTopic(stack, "Topic")
    assert assembly_of(stack).templates[0].resources["Topic"].properties == {}
    topic.display_name = "late"
    assert assembly_of(stack).templates[0].resources["Topic"].properties == {"DisplayName": "late"}


def test_a_stack_without_an_app_cannot_be_synthesized() -> None:
    with pytest.raises(
        TypeError, match=r"^Churn: is in no app, so it cannot be synthesized\. Make it with cdk\.App\(\)"
    ):
        assembly_of(cdk.Stack(RootConstruct(), "Churn"))


def test_a_path_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match="no such file or folder"):
        assert_compliant(tmp_path / "cdk.out")


def test_problems_are_counted_and_listed() -> None:
    expect_none([], "Nothing")
    with pytest.raises(AssertionError) as one:
        expect_none(["a"], "Nothing")
    assert str(one.value) == "Nothing: 1 problem\n- a"
    with pytest.raises(AssertionError) as two:
        expect_none(iter("ab"), "Nothing")
    assert str(two.value) == "Nothing: 2 problems\n- a\n- b"
