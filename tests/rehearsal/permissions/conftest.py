"""Assemblies to make policies of: the reference stacks, and templates written on the spot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.assembly import Assembly, read
from cdk_ml.rehearsal.permissions import ExecutionPolicy, execution_policy
from cdk_ml.workspace import Profile
from stacks import reference_stacks
from tests.conftest import FLAGS


@pytest.fixture(scope="session", params=[Profile.SANDBOX, Profile.PRODUCTION], ids=lambda profile: str(profile.name))
def reference(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """All reference stacks in one profile that deletes data and one that keeps it."""
    folder = tmp_path_factory.mktemp("reference") / "cdk.out"
    app = cdk.App(outdir=str(folder), context=FLAGS)
    for name, stack in reference_stacks().items():
        stack(app, name, profile=request.param)
    app.synth()
    return read(folder)


@pytest.fixture(scope="session")
def granted(reference: Assembly) -> ExecutionPolicy:
    """Their policy, which takes as long to make as all that is asked of it."""
    return execution_policy(reference)


Policy = Callable[..., ExecutionPolicy]


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    """Makes the policy of a stack named Churn with these resources."""

    def make(resources: dict[str, Any], **template: Any) -> ExecutionPolicy:
        file = tmp_path / "Churn.json"
        file.write_text(json.dumps({"Resources": resources, **template}))
        return execution_policy(read(file))

    return make


def resources_of(policy: ExecutionPolicy, action: str) -> set[str]:
    """The ARNs that a policy allows an action on, without their environment."""
    return {
        resource.replace("${AWS::Partition}", "").replace("${AWS::Region}", "").replace("${AWS::AccountId}", "")
        for statement in policy.statements
        if action in statement.actions
        for resource in statement.resources
    }


def subjects(policy: ExecutionPolicy) -> set[str]:
    """What the notes are about."""
    return {note.subject for note in policy.notes}
