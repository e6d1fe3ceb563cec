"""A construct of a service that closed refuses new customers, and one of a service that ended refuses everybody."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts.lifecycle import State, entries, entry
from cdk_ml.lifecycle import EndedService, closed_problems, warn_of_closing

CLOSED = "sagemaker-ground-truth"
OPEN = "sagemaker-real-time-inference"
ENDED = "sagemaker-edge-manager"


def test_a_new_customer_of_a_closed_service_is_told_the_successor_and_the_way_in() -> None:
    (problem,) = closed_problems(CLOSED, existing_customer=False)
    assert (problem.argument, problem.value) == ("existing_customer", False)
    successor = entry(CLOSED).successor
    assert problem.fix == f"Use {successor}, or say existing_customer=True where the account used it before"
    assert problem.rule == f"is not enough: {entry(CLOSED).sentence().rstrip('.')}"


@pytest.mark.parametrize(("key", "existing"), [(CLOSED, True), (OPEN, False), (OPEN, True)])
def test_who_was_there_before_and_whoever_uses_an_open_service_is_served(key: str, existing: bool) -> None:
    assert [*closed_problems(key, existing_customer=existing)] == []


@pytest.mark.parametrize("key", [known.key for known in entries() if known.state is State.CLOSED_TO_NEW_CUSTOMERS])
def test_every_closed_service_refuses_new_customers_in_a_whole_sentence(key: str) -> None:
    (problem,) = closed_problems(key, existing_customer=False)
    assert ".." not in str(problem)
    assert str(problem).endswith("before.")


def test_whoever_synthesizes_a_closed_service_is_warned(stack: cdk.Stack) -> None:
    warn_of_closing(stack, CLOSED)
    Annotations.from_stack(stack).has_warning("/Churn", Match.string_like_regexp(entry(CLOSED).sentence()[:40]))


def test_nobody_is_warned_of_an_open_service(stack: cdk.Stack) -> None:
    warn_of_closing(stack, OPEN)
    Annotations.from_stack(stack).has_no_warning("/Churn", Match.any_value())


class EdgeManagerFleet(EndedService):
    """Ended with Edge Manager."""

    key = ENDED
    successor = "cdk_ml.edge.GreengrassComponent"


@pytest.mark.parametrize("make", [EdgeManagerFleet, lambda scope, id: EdgeManagerFleet(scope, id, fleet_name="cars")])
def test_an_ended_service_names_what_does_its_job(make: Callable[..., object], stack: cdk.Stack) -> None:
    with pytest.raises(ConfigurationError) as refused:
        make(stack, "Fleet")
    expected = (
        f"Churn/Fleet: construct='EdgeManagerFleet' cannot be made: {entry(ENDED).sentence().rstrip('.')}. "
        "Use cdk_ml.edge.GreengrassComponent."
    )
    assert str(refused.value) == expected
