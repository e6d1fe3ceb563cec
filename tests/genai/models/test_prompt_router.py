"""A router: two models of one family, the fallback among them, and what a role needs to ask it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import CrossRegionProfile, FoundationModel, PromptRouter
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only
from tests.genai.models.deployed import deployed

Synth = Callable[[], Template]
TYPE = "AWS::Bedrock::IntelligentPromptRouter"
PRO, LITE = CrossRegionProfile("amazon.nova-pro-v1:0", "us"), CrossRegionProfile("amazon.nova-lite-v1:0", "us")
HERE = FoundationModel("amazon.nova-micro-v1:0")


def test_a_router_has_both_models_and_falls_back_to_one(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    PromptRouter(stack, "Router", workspace=workspace, model=PRO, fallback=HERE, quality_difference=25)
    made = deployed(only(template(), TYPE))
    pro = "arn:aws:bedrock:us-east-1:111111111111:inference-profile/us.amazon.nova-pro-v1:0"
    micro = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0"
    assert made["Models"] == [{"ModelArn": pro}, {"ModelArn": micro}]
    assert made["FallbackModel"] == {"ModelArn": micro}
    assert made["RoutingCriteria"] == {"ResponseQualityDifference": 25}
    assert "Description" not in made


def test_what_cannot_be_updated_gets_another_name(app: cdk.App) -> None:
    names = set()
    for index, difference in enumerate((10, 25)):
        stack = cdk.Stack(app, f"Churn{index}", stack_name="Churn")
        workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
        made = PromptRouter(
            stack, "Router", workspace=workspace, model=PRO, fallback=LITE, quality_difference=difference
        )
        names.add(made.cfn_router.prompt_router_name.rpartition("-")[2])
    assert len(names) == 2


def test_a_role_may_ask_the_router_and_both_models(stack: cdk.Stack, workspace: Workspace) -> None:
    made = PromptRouter(stack, "Router", workspace=workspace, model=PRO, fallback=HERE)
    found = [deployed(stack.resolve(each.document())) for each in made.invoke_statements()]
    assert found[0]["Resource"] == [deployed(stack.resolve(made.model_id))]
    assert [len(each["Resource"]) for each in found] == [1, 1, 4, 1]
    assert found[2]["Condition"]["StringEquals"]["bedrock:InferenceProfileArn"].endswith("us.amazon.nova-pro-v1:0")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made.grant_invoke(role)
    assert len(only(Template.from_stack(stack), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]) == 2


@pytest.mark.parametrize(
    ("region", "chosen", "says"),
    [
        ("us-east-1", {"fallback": PRO}, "is the model itself, so there is nothing to choose"),
        (
            "us-east-1",
            {"fallback": CrossRegionProfile("anthropic.claude-sonnet-5", "us")},
            "is of another family than amazon.nova-pro-v1:0, .* Use another model of Amazon",
        ),
        (
            "us-east-1",
            {"fallback": FoundationModel("amazon.titan-embed-text-v2:0")},
            "fallback='amazon.titan-embed-text-v2:0' gives embedding, and no text",
        ),
        ("us-east-1", {"quality_difference": 101}, "quality_difference=101 is no share of quality. Use 0 to 100"),
        ("us-east-1", {"description": ""}, "has 0 characters"),
        ("us-west-1", {}, "region='us-west-1' has no AWS::Bedrock::IntelligentPromptRouter"),
        ("eu-west-1", {}, "model='us.amazon.nova-pro-v1:0' cannot be asked in eu-west-1"),
    ],
)
def test_what_cannot_be_routed_is_refused(app: cdk.App, region: str, chosen: dict[str, Any], says: str) -> None:
    stack = cdk.Stack(app, "Churn", env=cdk.Environment(region=region))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError, match=says):
        PromptRouter(stack, "Router", workspace=workspace, **{"model": PRO, "fallback": LITE, **chosen})


def test_what_only_the_deployment_knows_passes(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    model = FoundationModel(cdk.Token.as_string({"Ref": "Model"}))
    difference = cdk.Token.as_number({"Ref": "Difference"})
    PromptRouter(stack, "Router", workspace=workspace, model=model, fallback=LITE, quality_difference=difference)
    template().resource_count_is(TYPE, 1)
