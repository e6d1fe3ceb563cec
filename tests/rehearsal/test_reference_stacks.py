"""The first proof: our own stacks and constructs, in every profile, from their creation to their end."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from pathlib import Path

import pytest

from cdk_ml.assembly import Assembly, read
from cdk_ml.rehearsal import Action
from cdk_ml.rehearsal.traits import holds_data
from cdk_ml.testing import assert_deployable, assert_destroyable, assert_permitted, assert_updatable
from tests.proofs.assemblies import assembly
from tests.proofs.subjects import SUBJECTS, Subject

PARAMETERS = {"ModelBucket": "models-bucket", "ModelKey": "churn/model.tar.gz"}


def in_profiles(old: str, new: str) -> list[tuple[Subject, Subject]]:
    pairs = product(SUBJECTS, SUBJECTS)
    return [(a, b) for a, b in pairs if a.name == b.name and (a.profile.name, b.profile.name) == (old, new)]


def without_data(types: Iterable[str]) -> set[str]:
    """Those of the types that hold no data: nothing of them may stay, whatever the profile."""
    return {type_ for type_ in types if not holds_data(type_)}


def parameters(subject: Assembly) -> dict[str, str]:
    declared = {name: p for template in subject.templates for name, p in template.parameters.items()}
    return {name: PARAMETERS.get(name, "value") for name, p in declared.items() if "Default" not in p}


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_it_is_created_and_a_failure_leaves_only_what_the_profile_keeps(subject: Subject) -> None:
    built = assembly(subject)

    (outcome,) = assert_deployable(built, parameters=parameters(built)).outcomes

    assert len(outcome.failures) == len(outcome.events) > 0
    assert without_data(left.type for failure in outcome.failures for left in failure.leftovers) == set()


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_deploying_it_again_does_nothing(subject: Subject) -> None:
    built = assembly(subject)

    (outcome,) = assert_updatable(built, built, parameters=parameters(built)).outcomes

    assert outcome.events == ()
    assert outcome.findings == ()


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_it_is_destroyed_but_for_what_the_profile_keeps(subject: Subject) -> None:
    built = assembly(subject)

    kept = {
        resource.type
        for template in built.templates
        for resource in template.resources.values()
        if holds_data(resource.type)
    }
    gone = assert_destroyable(built, keeping=kept, parameters=parameters(built)).outcomes[-1]

    assert gone.world.stacks == {}


@pytest.mark.parametrize(("old", "new"), in_profiles("sandbox", "production"), ids=str)
def test_going_from_sandbox_to_production_loses_nothing(old: Subject, new: Subject, tmp_path: Path) -> None:
    # The assemblies of the other proofs have the profile in the names of their stacks; these are one stack.
    before, after = (read(subject.synthesize(tmp_path / str(subject))) for subject in (old, new))

    (outcome,) = assert_updatable(after, before, parameters=parameters(after), fail=True).outcomes

    assert outcome.orphaned == ()
    rolled_back = [f for f in outcome.failures if f.action is not Action.CLEAN_UP]
    assert without_data(left.type for f in rolled_back for left in f.leftovers) == set()


@pytest.mark.parametrize("subject", [s for s in SUBJECTS if s.profile.name == "production"], ids=str)
def test_an_administrator_is_denied_nothing(subject: Subject) -> None:
    administrator = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}

    assert assert_permitted(assembly(subject), administrator) == []
