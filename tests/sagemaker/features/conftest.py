"""A feature group as small as a test needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.sagemaker import Feature, FeatureGroup, FeatureType
from cdk_ml.workspace import Workspace

FEATURES = (
    Feature("customer_id", FeatureType.STRING),
    Feature("seen_at", FeatureType.STRING),
    Feature("orders_90d", FeatureType.INTEGRAL),
)


@pytest.fixture
def group(stack: cdk.Stack, workspace: Workspace) -> Callable[..., FeatureGroup]:
    """Makes a feature group, of defaults but for what the test says."""

    def make(**options: Any) -> FeatureGroup:
        names = {"record_identifier": "customer_id", "event_time": "seen_at"}
        given = {"workspace": workspace, "features": FEATURES, **names, **options}
        return FeatureGroup(stack, "Customers", **given)

    return make
