"""Every reference stack, in every profile, has nothing to answer for in any pack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cdk_ml.assembly import read
from cdk_ml.checks import PACKS, run
from cdk_ml.workspace import PROFILES, Profile
from stacks import reference_stacks

Synthesize = Callable[..., Path]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_no_pack_has_an_open_finding_and_no_acknowledgement_is_stale(synthesize: Synthesize, profile: Profile) -> None:
    report = run(read(synthesize(profile)))
    assert {template.name for template in report.assembly.templates} == {*reference_stacks()}
    assert report.packs == tuple(PACKS)
    assert [f"{found.path}: {found.id}: {found.message}" for found in report.open] == []
    assert [f"{stale.path}: {stale.rule}" for stale in report.stale] == []
    assert report.acknowledged, "the packs that are acknowledged somewhere are alive"


def test_deleting_data_adds_no_finding(synthesize: Synthesize) -> None:
    report = run(read(synthesize(Profile.SANDBOX, **{"cdk-ml:delete-data": True})))
    assert [f"{found.path}: {found.id}: {found.message}" for found in report.open] == []


def test_every_acknowledgement_argues(synthesize: Synthesize) -> None:
    for acknowledgement in read(synthesize(Profile.PRODUCTION)).acknowledgements:
        assert len(acknowledgement.reason) > 60, acknowledgement
        assert acknowledgement.rule.startswith(tuple(f"{pack}::" for pack in (*PACKS, "Annotation"))), acknowledgement
