"""Reports as small as a test needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    AnalyzedModel,
    BiasReport,
    Compute,
    Data,
    ExplainabilityReport,
    Facet,
    LabeledData,
    Outcome,
)
from cdk_ml.workspace import Workspace


@pytest.fixture
def rows(workspace: Workspace) -> Data:
    return Data(workspace.data_bucket, "loans/test/")


@pytest.fixture
def model(workspace: Workspace) -> AnalyzedModel:
    return AnalyzedModel(Data(workspace.artifact_bucket, "loans/model.tar.gz"))


@pytest.fixture
def usual(workspace: Workspace, rows: Data) -> dict[str, Any]:
    """What every report takes."""
    return {
        "workspace": workspace,
        "image": images.built_in_algorithm("sklearn"),
        "compute": Compute(instance_type="ml.m5.xlarge"),
        "data": LabeledData(rows, "granted"),
    }


@pytest.fixture
def bias(stack: cdk.Stack, usual: dict[str, Any]) -> Callable[..., BiasReport]:
    """Makes a bias report, of defaults but for what the test says."""

    def make(id: str = "Bias", **options: Any) -> BiasReport:
        who = {"facets": [Facet("sex", values=["female"])], "outcome": Outcome(values=[1])}
        return BiasReport(stack, id, **{**usual, **who, **options})

    return make


@pytest.fixture
def explain(stack: cdk.Stack, usual: dict[str, Any], model: AnalyzedModel) -> Callable[..., ExplainabilityReport]:
    """Makes an explainability report, of defaults but for what the test says."""

    def make(id: str = "Explain", **options: Any) -> ExplainabilityReport:
        return ExplainabilityReport(stack, id, **{**usual, "model": model, **options})

    return make
