"""Models and endpoints as small as a test needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_ml.facts import images
from cdk_ml.sagemaker import Model, RealTimeEndpoint
from cdk_ml.workspace import Workspace


@pytest.fixture
def models(stack: cdk.Stack) -> s3.IBucket:
    """A bucket with models in it."""
    return s3.Bucket.from_bucket_name(stack, "ModelBucket", "models")


@pytest.fixture
def cpu_model(models: s3.IBucket) -> Model:
    """A model that needs no accelerator."""
    image = images.deep_learning_container(purpose="inference", framework="pytorch", version="2.6", accelerator="cpu")
    return Model.from_artifact(models, "churn/model.tar.gz", image=image)


@pytest.fixture
def neuron_model(models: s3.IBucket) -> Model:
    """A model that is compiled for Inferentia2."""
    return Model.from_artifact(models, "churn/model.tar.gz", image=images.neuron_inference("pytorch", "2.8"))


@pytest.fixture
def endpoint(stack: cdk.Stack, workspace: Workspace, cpu_model: Model) -> Callable[..., RealTimeEndpoint]:
    """Makes an endpoint, of defaults but for what the test says."""

    def make(**options: Any) -> RealTimeEndpoint:
        given = {"workspace": workspace, "model": cpu_model, "instance_type": "ml.m7i.large", **options}
        return RealTimeEndpoint(stack, "Endpoint", **given)

    return make
