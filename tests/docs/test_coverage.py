"""docs/coverage.toml: it names what exists, and leaves no construct out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tools.docs import coverage_page
from tools.docs.coverage_page import Mapping, mapping, problems, where_tested
from tools.docs.evidence import Stacks
from tools.docs.inventory import ROOT, Inventory

from tests.docs.conftest import Site

INVENTORY = Inventory()


@pytest.fixture
def stacks() -> Stacks:
    from stacks import reference_stacks

    return Stacks(dict.fromkeys(reference_stacks()), {}, {})  # type: ignore[arg-type]


def test_the_mapping_is_right_and_complete(stacks: Stacks) -> None:
    assert [*problems(INVENTORY, stacks, mapping())] == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"constructs": {"Endpoint": []}}, "Endpoint is no public construct."),
        ({"stacks": {"Retail": []}}, "Retail is no public reference stack."),
        ({"constructs": {"Workspace": ["s4"]}}, "Workspace: s4 is not in facts/lifecycle.toml."),
        ({"stacks": {"MlWorkspace": ["s4"]}}, "MlWorkspace: s4 is not in facts/lifecycle.toml."),
        ({"capabilities": {"Agents": ["Agent"]}}, "Agents: Agent is no public construct."),
    ],
)
def test_a_name_that_does_not_exist_is_named(
    stacks: Stacks, change: dict[str, dict[str, list[str]]], expected: str
) -> None:
    written = mapping()
    merged = {name: {**getattr(written, name), **more} for name, more in change.items()}
    assert [*problems(INVENTORY, stacks, replace(written, **merged))] == [expected]


def test_a_construct_that_is_left_out_is_named(stacks: Stacks) -> None:
    written = mapping()
    without = replace(written, constructs={k: v for k, v in written.constructs.items() if k != "Workspace"})
    assert [*problems(INVENTORY, stacks, without)] == [
        "Workspace says in docs/coverage.toml for no service what it is for. An empty list is an answer."
    ]


def test_a_construct_without_tests_is_named(stacks: Stacks, monkeypatch: pytest.MonkeyPatch) -> None:
    assert where_tested(INVENTORY.constructs["MlBudget"]) == ROOT / "tests/cost/test_budget.py"
    monkeypatch.setattr(coverage_page, "where_tested", lambda member: ROOT / "tests" / f"test_{member.name}.py")
    assert [*problems(INVENTORY, stacks, Mapping({"Workspace": []}, {}))][-1] == (
        "Workspace has no tests: tests/test_Workspace.py does not exist."
    )


def test_the_table_has_a_row_for_every_service_with_construct_stack_and_tests(site: Site) -> None:
    from cdk_ml.facts import lifecycle

    page = site.page("coverage.html")
    assert {entry.key for entry in lifecycle.entries()} <= page.anchors
    text = " ".join(page.text.split())
    assert (
        "Asynchronous Inference active is open to new customers. AsyncEndpoint InferenceModes "
        "tests/sagemaker/hosting/test_async_endpoint.py"
    ) in text
    assert "Amazon Rekognition People Pathing ended ended on 2025-10-31" in text
    assert "Bedrock prompt management Prompt DocumentUnderstanding tests/genai/prompts/test_prompt.py" in text
