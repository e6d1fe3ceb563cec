"""Many models share an endpoint, its instances and its permissions, and callers may be let to some of them only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.sagemaker import Model, MultiModelEndpoint, RealTimeEndpoint, Scaling
from cdk_ml.workspace import Workspace
from tests.conftest import only

Make = Callable[..., MultiModelEndpoint]
Synth = Callable[[], Template]
XGBOOST = images.built_in_algorithm("xgboost")


@pytest.fixture
def folder(models: s3.IBucket) -> Model:
    """Models under a prefix."""
    return Model.from_folder(models, "customers/", image=XGBOOST)


@pytest.fixture
def shared(stack: cdk.Stack, workspace: Workspace, folder: Model) -> Make:
    """Makes an endpoint, of defaults but for what the test says."""

    def make(**options: Any) -> MultiModelEndpoint:
        given = {"workspace": workspace, "models": folder, "instance_type": "ml.m5.large", **options}
        return MultiModelEndpoint(stack, "Endpoint", **given)

    return make


@pytest.mark.parametrize(("cached", "setting"), [(True, "Enabled"), (False, "Disabled")])
def test_one_model_stands_for_all_under_the_prefix(
    shared: Make, models: s3.IBucket, template: Synth, cached: bool, setting: str
) -> None:
    shared(models=Model.from_folder(models, "customers/", image=XGBOOST, cached=cached))
    container = only(template(), "AWS::SageMaker::Model")["PrimaryContainer"]
    assert container["Mode"] == "MultiModel"
    assert container["ModelDataUrl"] == "s3://models/customers/"
    assert container["MultiModelConfig"] == {"ModelCacheSetting": setting}


def test_the_role_reads_what_is_under_the_prefix_and_lists_it(shared: Make, template: Synth) -> None:
    shared()
    statements = only(template(), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    (read,) = (item for item in statements if item["Action"] == "s3:GetObject")
    assert "models/customers/*" in json.dumps(read["Resource"])
    (listed,) = (item for item in statements if item["Action"] == "s3:ListBucket")
    assert listed["Condition"] == {"StringLike": {"s3:prefix": ["customers/", "customers/*"]}}


def test_instances_scale_for_all_models_together(shared: Make, template: Synth) -> None:
    shared(scaling=Scaling(minimum=2, maximum=4, invocations_per_instance=100))
    target = only(template(), "AWS::ApplicationAutoScaling::ScalableTarget")
    assert target["ScalableDimension"] == "sagemaker:variant:DesiredInstanceCount"


def test_nothing_is_captured(shared: Make, template: Synth) -> None:
    shared()
    assert "DataCaptureConfig" not in only(template(), "AWS::SageMaker::EndpointConfig")


def test_the_dashboard_shows_how_often_a_model_was_found_loaded(shared: Make, template: Synth) -> None:
    made = shared()
    assert "ModelCacheHit" in json.dumps(only(template(), "AWS::CloudWatch::Dashboard")["DashboardBody"])
    assert made.metric_cache_hits().metric_name == "ModelCacheHit"
    assert made.metric_loading_wait().dimensions == {"EndpointName": made.endpoint_name, "VariantName": "Primary"}


def test_a_caller_may_be_let_to_some_models_only(shared: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    shared().grant_invoke_models(caller, ["eu/*"])
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sagemaker:InvokeEndpoint"
    assert statement["Condition"] == {"StringLike": {"sagemaker:TargetModel": ["eu/*"]}}


def test_one_model_is_refused(shared: Make, models: s3.IBucket) -> None:
    with pytest.raises(ConfigurationError, match=r"is one model\. Use Model\.from_folder, or RealTimeEndpoint\."):
        shared(models=Model.from_artifact(models, "model.tar.gz", image=XGBOOST))


def test_many_models_are_refused_where_one_is_served(endpoint: Callable[..., RealTimeEndpoint], folder: Model) -> None:
    with pytest.raises(ConfigurationError, match=r"is a folder of many models\. Use MultiModelEndpoint"):
        endpoint(model=folder)


@pytest.mark.parametrize("prefix", ["customers", "/customers/"])
def test_a_place_of_models_that_is_none_is_refused(shared: Make, models: s3.IBucket, prefix: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        shared(models=Model.from_folder(models, prefix, image=XGBOOST))
    (problem,) = raised.value.problems
    assert str(problem) == (
        f"model.artifact.prefix={prefix!r} is no place of many models. "
        "Name a prefix that ends in / and does not start with one."
    )


def test_instances_that_cannot_be_none_are_refused(shared: Make) -> None:
    with pytest.raises(ConfigurationError, match=r"scaling\.minimum=0 is no number of instances"):
        shared(scaling=Scaling(minimum=0, maximum=1, invocations_per_instance=1))


def test_a_prefix_that_is_known_only_at_deployment_passes(
    shared: Make, models: s3.IBucket, stack: cdk.Stack, template: Synth
) -> None:
    prefix = cdk.CfnParameter(stack, "Prefix").value_as_string
    shared(models=Model.from_folder(models, prefix, image=XGBOOST))
    assert only(template(), "AWS::SageMaker::Model")["PrimaryContainer"]["Mode"] == "MultiModel"
