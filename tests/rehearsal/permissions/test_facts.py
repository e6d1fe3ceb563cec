"""Facts that AWS's own data has caught up with, or that name what does not exist, fail here."""

from __future__ import annotations

from cdk_ml.rehearsal.permissions.catalog import expand, services
from cdk_ml.rehearsal.permissions.facts import facts
from cdk_ml.rehearsal.permissions.handlers import Operation
from cdk_ml.rehearsal.schemas import regions, schema_of


def published(type_: str) -> dict[str, object]:
    schema = schema_of(type_, "us-east-1")
    assert schema, f"{type_} does not exist"
    return dict(schema.raw)


def test_a_spelling_is_corrected_only_where_iam_does_not_know_it() -> None:
    for given, meant in facts().spelling.items():
        assert not expand(given), f"{given} exists by now"
        assert all(expand(each) for each in meant), meant


def test_permissions_are_given_only_for_types_without_handlers() -> None:
    for type_, by_operation in facts().permissions.items():
        assert "handlers" not in published(type_)
        for operation, permissions in by_operation.items():
            assert Operation(operation)
            assert all(len(expand(each)) == 1 for each in permissions), permissions


def test_names_and_services_are_of_things_that_exist() -> None:
    for type_ in (*facts().names, *facts().passed_to):
        assert published(type_)
    assert {*facts().names.values()} <= {"stack", "logical-id"}
    assert {*facts().services.values()} <= services()
    assert all(name.endswith(".amazonaws.com") for name in facts().passed_to.values())


def test_actions_without_a_resource_are_ones_that_could_have_one() -> None:
    for name in facts().without_resource:
        (action,) = expand(name)
        assert action.resources


def test_the_schemas_are_those_of_many_regions() -> None:
    assert {"us-east-1", "eu-central-1"} <= {*regions()}
