"""Monitors as small as a test needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.facts import images
from cdk_ml.sagemaker import Data, DataCapture, Model, ModelMonitor, RealTimeEndpoint
from cdk_ml.workspace import Workspace


@pytest.fixture
def endpoint(stack: cdk.Stack, workspace: Workspace) -> Callable[..., RealTimeEndpoint]:
    """Makes an endpoint that captures everything, unless the test says otherwise."""

    def make(**capture: Any) -> RealTimeEndpoint:
        return RealTimeEndpoint(
            stack,
            "Endpoint",
            workspace=workspace,
            model=Model.from_image(images.built_in_algorithm("xgboost")),
            instance_type="ml.m7i.large",
            capture=DataCapture(**{"percentage": 100, **capture}),
        )

    return make


@pytest.fixture
def monitor(
    stack: cdk.Stack, workspace: Workspace, endpoint: Callable[..., RealTimeEndpoint]
) -> Callable[..., ModelMonitor]:
    """Makes a monitor of that endpoint, of defaults but for what the test says."""

    def make(**options: Any) -> ModelMonitor:
        given: dict[str, Any] = {
            "workspace": workspace,
            "baseline": Data(workspace.data_bucket, "churn/train/"),
            "wheels": Data(workspace.artifact_bucket, "evidently/"),
        }
        if "source" not in options:
            given["source"] = endpoint()
        return ModelMonitor(stack, "Monitor", **{**given, **options})

    return make
