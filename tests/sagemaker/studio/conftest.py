"""Domains as small as a test needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.sagemaker import StudioDomain, StudioUserProfile
from cdk_ml.workspace import Workspace


@pytest.fixture
def domain(stack: cdk.Stack, workspace: Workspace) -> Callable[..., StudioDomain]:
    """Makes a domain, of defaults but for what the test says."""
    return lambda **options: StudioDomain(stack, "Studio", **{"workspace": workspace, **options})


@pytest.fixture
def user(stack: cdk.Stack, domain: Callable[..., StudioDomain]) -> Callable[..., StudioUserProfile]:
    """Makes a user of a domain, both of defaults but for what the test says."""

    def make(**options: Any) -> StudioUserProfile:
        return StudioUserProfile(stack, "Analyst", domain=domain(**options), user_name="analyst")

    return make
