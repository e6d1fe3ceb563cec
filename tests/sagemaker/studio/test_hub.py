"""A hub has what its models list, is emptied before it goes, and is used by those who are granted it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import HubModel, PrivateHub
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only, resources

Make = Callable[..., PrivateHub]
Synth = Callable[[], Template]
HUB = "AWS::SageMaker::Hub"


@pytest.fixture
def hub(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes a hub, of defaults but for what the test says."""
    return lambda **options: PrivateHub(
        stack, "Hub", **{"workspace": workspace, "description": "Allowed models", **options}
    )


def test_models_are_referenced_by_what_is_deleted_before_the_hub(hub: Make, template: Synth) -> None:
    hub(models=[HubModel("falcon", "2.0.1"), HubModel("catboost")])
    made = template()
    models = only(made, "Custom::HubModels")
    assert json.loads(models["Models"]) == {"falcon": "2.0.1", "catboost": ""}
    (logical_id,) = resources(made, HUB)
    assert models["HubArn"] == {"Fn::GetAtt": [logical_id, "HubArn"]}


def test_references_may_be_made_to_the_listed_models_only(hub: Make, template: Synth) -> None:
    hub(models=[HubModel("falcon")])
    policies = json.dumps(resources(template(), "AWS::IAM::ManagedPolicy"))
    assert ":aws:hub-content/SageMakerPublicHub/Model/falcon" in policies
    assert "SageMakerPublicHub/Model/*" not in policies


def test_an_empty_hub_needs_nobody_to_fill_it(hub: Make, template: Synth) -> None:
    hub(display_name="Allowed", hub_name="allowed")
    made = template()
    made.resource_count_is("AWS::Lambda::Function", 0)
    assert only(made, HUB)["HubName"] == "allowed"


def test_users_are_granted_this_hub_and_not_the_public_one(hub: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    hub(hub_name="allowed").grant_use(caller)
    statements = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert [statement["Action"] for statement in statements] == [
        "sagemaker:ListHubs",
        ["sagemaker:DescribeHub", "sagemaker:ListHubContents"],
        ["sagemaker:DescribeHubContent", "sagemaker:ListHubContentVersions"],
    ]
    assert "SageMakerPublicHub" not in json.dumps(statements)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"description": " "}, "description=' ' says nothing"),
        ({"description": "x" * 1024}, "is too long for SageMaker. Use at most 1023 characters on one line."),
        ({"hub_name": "a_b"}, "hub_name='a_b' is not a name that SageMaker takes"),
        ({"models": [HubModel("a_b")]}, "models.name='a_b' is not a name that SageMaker takes"),
        ({"models": [HubModel("a", "2")]}, "models.minimum_version='2' is no version. Write one such as 2.0.1."),
        ({"models": [HubModel("a"), HubModel("a")]}, "models.name='a' is listed 2 times. List each model once."),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(hub: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        hub(**options)
    assert message in str(error.value)


def test_a_region_without_hubs_is_refused(app: cdk.App) -> None:
    stack = cdk.Stack(app, "China", env=cdk.Environment(region="cn-north-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    with pytest.raises(ConfigurationError, match="has no AWS::SageMaker::Hub in CloudFormation"):
        PrivateHub(stack, "Hub", workspace=workspace, description="Allowed models")


def test_what_is_known_only_at_deployment_passes(hub: Make, stack: cdk.Stack, template: Synth) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    hub(description=text, display_name=text, hub_name=text)
    assert only(template(), HUB)["HubName"] == {"Ref": "Text"}
