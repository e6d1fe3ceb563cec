"""Reference stacks, synthesized as ``app.py`` does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.workspace import Profile
from stacks import reference_stacks
from tests.conftest import FLAGS


@pytest.fixture
def synthesize(tmp_path: Path) -> Callable[..., Path]:
    """Synthesizes every reference stack in a profile, and gives the folder of the cloud assembly."""

    def synth(profile: Profile, **context: Any) -> Path:
        app = cdk.App(outdir=str(tmp_path / "cdk.out"), context={**FLAGS, **context})
        for name, stack in reference_stacks().items():
            stack(app, name, profile=profile)
        app.synth()
        return tmp_path / "cdk.out"

    return synth
