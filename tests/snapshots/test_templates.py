"""The reference stacks' templates, as they were last accepted with ``make snapshots``."""

from __future__ import annotations

import json
import re
from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from cdk_ml.workspace import PROFILES, Profile
from stacks import reference_stacks
from tests.conftest import FLAGS

_ASSET = re.compile(r"[0-9a-f]{64}")


def template(name: str, profile: Profile) -> dict[str, Any]:
    app = cdk.App(context=FLAGS)
    stack = reference_stacks()[name](app, name, profile=profile)
    made: dict[str, Any] = app.synth().get_stack_by_name(stack.stack_name).template
    masked: dict[str, Any] = json.loads(_ASSET.sub("<asset>", json.dumps(made)))
    return masked


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Snapshots as canonical JSON, a file each."""
    return snapshot.use_extension(JSONSnapshotExtension)


@pytest.mark.parametrize("name", reference_stacks())
def test_the_template_is_as_it_was_accepted(name: str, snapshot: SnapshotAssertion) -> None:
    assert template(name, Profile.PRODUCTION) == snapshot(name=name)


@pytest.mark.parametrize("name", reference_stacks())
def test_profiles_differ_in_decisions_and_not_in_what_is_made(name: str) -> None:
    kinds = [{resource["Type"] for resource in template(name, profile)["Resources"].values()} for profile in PROFILES]
    assert kinds[0] <= kinds[1] == kinds[2]
