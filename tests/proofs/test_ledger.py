"""A change that would replace, orphan or unprotect a stateful resource fails until somebody answers for it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.workspace import Profile
from stacks import reference_stacks
from tests.proofs.ledger.ledger import Ledger, stateful
from tests.snapshots.templates import template

FOLDER = Path(__file__).parent / "ledger"
BUCKET = "WorkspaceData8620E45A"
ENDPOINT = "EndpointEEF1FD8F"

Resources = dict[str, dict[str, Any]]


@pytest.mark.parametrize("name", reference_stacks())
def test_no_stateful_resource_is_replaced_orphaned_or_unprotected(name: str, request: pytest.FixtureRequest) -> None:
    ledger, current = Ledger(FOLDER), stateful(template(name, Profile.PRODUCTION))
    assert current, "a reference stack without state has nothing to be kept in order"
    if request.config.option.update_snapshots:
        ledger.accept(name, current)
    problems = ledger.problems(name, current)
    assert not problems, "\n".join(problems)


def test_no_reference_stack_disappears_with_its_data() -> None:
    assert Ledger(FOLDER).stacks == {*reference_stacks()}


# Mutations: each kind of change fails, and is accepted once somebody answers for it.


@pytest.fixture
def original() -> dict[str, Any]:
    return template("NeuronInference", Profile.PRODUCTION)


@pytest.fixture
def ledger(tmp_path: Path, original: dict[str, Any]) -> Ledger:
    ledger = Ledger(tmp_path)
    ledger.accept("NeuronInference", stateful(original))
    assert ledger.problems("NeuronInference", stateful(original)) == []
    return ledger


def renamed(resources: Resources) -> None:
    resources["Renamed"] = resources.pop(BUCKET)


def removed(resources: Resources) -> None:
    del resources[ENDPOINT]


def retyped(resources: Resources) -> None:
    resources[BUCKET]["Type"] = "AWS::S3Express::DirectoryBucket"


def fixed_property_changed(resources: Resources) -> None:
    resources[ENDPOINT]["Properties"]["EndpointName"] = "mine"


def unprotected(resources: Resources) -> None:
    resources[BUCKET]["DeletionPolicy"] = "Delete"


LOST = {
    renamed: f"{BUCKET} (AWS::S3::Bucket) is gone from the template: the old one stays behind, with what it holds, and "
    "belongs to no stack. Was it renamed? Renamed is new, and would be made empty",
    removed: f"{ENDPOINT} (AWS::SageMaker::Endpoint) is gone from the template: the old one is deleted, with what it "
    "holds",
    retyped: f"{BUCKET} (AWS::S3::Bucket) becomes an AWS::S3Express::DirectoryBucket: the old one stays behind, with "
    "what it holds, and belongs to no stack",
    fixed_property_changed: f"{ENDPOINT} (AWS::SageMaker::Endpoint) is replaced by an empty one, because of "
    'EndpointName "neuroninference-endpoint-205ea4aa" -> "mine": the old one is deleted, with what it holds',
    unprotected: f"{BUCKET} (AWS::S3::Bucket) is deleted with its stack from now on, because of DeletionPolicy "
    "Retain -> Delete",
}


@pytest.mark.parametrize(("change", "says"), LOST.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_what_would_be_lost_fails_until_somebody_answers_for_it(
    change: Callable[[Resources], None], says: str, ledger: Ledger, original: dict[str, Any], tmp_path: Path
) -> None:
    mutant = copy.deepcopy(original)
    change(mutant["Resources"])
    current = stateful(mutant)
    problems = ledger.problems("NeuronInference", current)
    lost = f"NeuronInference: {says}. If that is meant, say why in tests/proofs/ledger/changes.toml"
    assert problems[0].startswith(lost)
    ledger.accept("NeuronInference", current)
    assert ledger.problems("NeuronInference", current) == problems, "what is lost is not accepted silently"

    asked = problems[0].rpartition("[[change]] with ")[2].partition(", reason and date")[0]
    fields = asked.replace(", ", "\n")
    answered = f'[[change]]\n{fields}\nreason = "Carried over by hand on the weekend."\ndate = 2026-11-23\n'
    (tmp_path / "changes.toml").write_text(answered)
    answering = Ledger(tmp_path)
    assert answering.problems("NeuronInference", current)[0].endswith("Record it with `make ledger`.")
    answering.accept("NeuronInference", current)
    assert answering.problems("NeuronInference", current) == []


def test_what_is_new_only_has_to_be_recorded(ledger: Ledger, original: dict[str, Any]) -> None:
    original["Resources"]["Table"] = {"Type": "AWS::DynamoDB::Table"}
    current = stateful(original)
    expected = "NeuronInference: Table (AWS::DynamoDB::Table) is new. Record it with `make ledger`."
    assert ledger.problems("NeuronInference", current) == [expected]
    ledger.accept("NeuronInference", current)
    assert ledger.problems("NeuronInference", current) == []


def test_a_change_in_place_is_no_business_of_the_ledger(ledger: Ledger, original: dict[str, Any]) -> None:
    del original["Resources"][BUCKET]["Properties"]["VersioningConfiguration"]
    assert ledger.problems("NeuronInference", stateful(original)) == []


@pytest.mark.usefixtures("ledger")
def test_an_answer_for_one_change_does_not_excuse_the_next(original: dict[str, Any], tmp_path: Path) -> None:
    fixed_property_changed(original["Resources"])
    answer = f'stack = "NeuronInference"\nlogical_id = "{ENDPOINT}"\nfingerprint = "0123456789ab"'
    reason = 'reason = "Callers were told last week."\ndate = 2026-11-23'
    (tmp_path / "changes.toml").write_text(f"[[change]]\n{answer}\n{reason}\n")
    assert "If that is meant" in Ledger(tmp_path).problems("NeuronInference", stateful(original))[0]


@pytest.mark.parametrize("reason", ['reason = "because"', 'reason = "Callers were told last week."\nby = "me"'])
def test_an_answer_that_does_not_argue_is_refused(reason: str, tmp_path: Path) -> None:
    answer = f'[[change]]\nstack = "A"\nlogical_id = "B"\nfingerprint = "c"\ndate = 2026-11-23\n{reason}\n'
    (tmp_path / "changes.toml").write_text(answer)
    with pytest.raises(ValueError, match=r"^changes.toml: .* needs stack, .* and a reason that argues$"):
        Ledger(tmp_path)
