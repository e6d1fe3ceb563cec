"""Services and features that new accounts cannot use are found in any template."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cdk_ml.assembly import Assembly
from cdk_ml.checks import Severity, run
from cdk_ml.checks.rule import example
from cdk_ml.facts import lifecycle
from cdk_ml.facts.lifecycle import State


@pytest.mark.parametrize(
    ("state", "rule", "severity"),
    [
        (State.ENDED, "Lifecycle-Ended", Severity.ERROR),
        (State.CLOSED_TO_NEW_CUSTOMERS, "Lifecycle-ClosedToNewCustomers", Severity.ERROR),
        (State.FROZEN, "Lifecycle-Frozen", Severity.WARNING),
    ],
)
def test_every_affected_type_is_found_with_the_sentence_of_its_entry(
    template_of: Callable[..., Assembly], state: State, rule: str, severity: Severity
) -> None:
    types = {type_: entry for entry in lifecycle.entries() if entry.state is state for type_ in entry.resource_types}
    resources = {f"R{index}": {"Type": type_} for index, type_ in enumerate(types)}
    found = run(template_of(resources), ["Lifecycle"]).findings
    assert {f.message for f in found} == {f"{type_}: {entry.sentence()}" for type_, entry in types.items()}
    assert {(f.rule, f.severity) for f in found} == ({(rule, severity)} if types else set())


def test_a_closed_property_is_found_inside_a_list(template_of: Callable[..., Assembly]) -> None:
    config = example("AWS::SageMaker::EndpointConfig", ProductionVariants=[{"AcceleratorType": "ml.eia2.large"}])
    (found,) = run(template_of(config), ["Lifecycle"]).findings
    assert found.message.startswith("ProductionVariants[].AcceleratorType: ")
    assert found.logical_id == "EndpointConfig"


@pytest.mark.parametrize(("command", "accused"), [("glueray", True), ("glueetl", False), ({"Ref": "Command"}, False)])
def test_a_property_closed_for_one_value_is_found_for_that_value_only(
    template_of: Callable[..., Assembly], command: object, accused: bool
) -> None:
    found = run(template_of(example("AWS::Glue::Job", Command={"Name": command})), ["Lifecycle"]).findings
    assert [f.message.split(":")[0] for f in found] == (["Command.Name glueray"] if accused else [])


def test_an_open_service_is_not_mentioned(template_of: Callable[..., Assembly]) -> None:
    open_types = example("AWS::SageMaker::Endpoint") | example("AWS::Bedrock::Guardrail") | example("AWS::Lex::Bot")
    assert run(template_of(open_types), ["Lifecycle"]).findings == ()
