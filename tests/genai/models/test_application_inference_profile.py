"""An application inference profile: what it copies, who pays, and that nobody asks the model past it."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match, Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import ApplicationInferenceProfile, CrossRegionProfile, FoundationModel
from cdk_ml.workspace import CostTags, Profile, Workspace
from tests.conftest import TAGS, only
from tests.genai.models.deployed import deployed

Synth = Callable[[], Template]
TYPE = "AWS::Bedrock::ApplicationInferenceProfile"
TITAN = FoundationModel("amazon.titan-embed-text-v2:0")
NOVA = CrossRegionProfile("amazon.nova-micro-v1:0", "us")


def test_a_profile_copies_a_model_and_is_paid_by_the_workspace(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    ApplicationInferenceProfile(stack, "Profile", workspace=workspace, source=TITAN)
    made = only(template(), TYPE)
    copied = deployed(made["ModelSource"]["CopyFrom"])
    assert copied == "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"
    assert {tag["Key"]: tag["Value"] for tag in made["Tags"]}["owner"] == "growth-ml"
    assert "Description" not in made


def test_a_profile_is_paid_by_the_team_that_it_is_for(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    tags = CostTags(project="support", owner="claims", cost_center="0815", extra={"team": "claims"})
    ApplicationInferenceProfile(stack, "Profile", workspace=workspace, source=NOVA, tags=tags, description="For claims")
    made = only(template(), TYPE)
    found = {tag["Key"]: tag["Value"] for tag in made["Tags"]}
    assert (found["owner"], found["cost-center"], found["team"]) == ("claims", "0815", "claims")
    assert found["environment"] == "production"
    copied = deployed(made["ModelSource"]["CopyFrom"])
    assert copied == "arn:aws:bedrock:us-east-1:111111111111:inference-profile/us.amazon.nova-micro-v1:0"


def test_the_model_is_asked_through_the_profile_only(stack: cdk.Stack, workspace: Workspace) -> None:
    made = ApplicationInferenceProfile(stack, "Profile", workspace=workspace, source=NOVA)
    profile, model = (deployed(stack.resolve(each.document())) for each in made.invoke_statements())
    (arn,) = profile["Resource"]
    assert arn == deployed(stack.resolve(made.model_id))
    assert arn.endswith(".InferenceProfileArn>")
    assert model["Resource"] == [
        f"arn:aws:bedrock:{region}::foundation-model/amazon.nova-micro-v1:0"
        for region in ("us-east-1", "us-east-2", "us-west-2")
    ]
    assert model["Condition"] == {"StringEquals": {"bedrock:InferenceProfileArn": arn}}


def test_a_copied_model_is_asked_in_this_region_through_the_profile(stack: cdk.Stack, workspace: Workspace) -> None:
    made = ApplicationInferenceProfile(stack, "Profile", workspace=workspace, source=TITAN)
    _, model = (deployed(stack.resolve(each.document())) for each in made.invoke_statements())
    assert model["Resource"] == ["arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"]
    assert "bedrock:InferenceProfileArn" in model["Condition"]["StringEquals"]


def test_what_cannot_be_updated_gets_another_name(app: cdk.App) -> None:
    names = set()
    for index, (source, description) in enumerate([(TITAN, None), (NOVA, None), (NOVA, "For claims")]):
        stack = cdk.Stack(app, f"Churn{index}", stack_name="Churn")
        workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
        made = ApplicationInferenceProfile(
            stack, "Profile", workspace=workspace, source=source, description=description
        )
        names.add(made.cfn_profile.inference_profile_name.rpartition("-")[2])
    assert len(names) == 3


def test_metrics_are_about_the_profile(stack: cdk.Stack, workspace: Workspace) -> None:
    made = ApplicationInferenceProfile(stack, "Profile", workspace=workspace, source=TITAN)
    for metric, name, statistic in (
        (made.metric_invocations(), "Invocations", "Sum"),
        (made.metric_input_tokens(), "InputTokenCount", "Sum"),
        (made.metric_output_tokens(), "OutputTokenCount", "Sum"),
        (made.metric_throttles(), "InvocationThrottles", "Sum"),
        (made.metric_server_errors(), "InvocationServerErrors", "Sum"),
        (made.metric_latency(), "InvocationLatency", "p90"),
    ):
        assert (metric.namespace, metric.metric_name, metric.statistic) == ("AWS/Bedrock", name, statistic)
        assert metric.dimensions == {"ModelId": made.profile_id}


def test_a_role_of_the_users_own_may_be_granted_the_profile(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    ApplicationInferenceProfile(stack, "Profile", workspace=workspace, source=NOVA).grant_invoke(role)
    assert len(only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]) == 2


def test_a_legacy_model_is_warned_of_and_an_unknown_one_noted(stack: cdk.Stack, workspace: Workspace) -> None:
    legacy = FoundationModel("anthropic.claude-opus-4-1-20250805-v1:0")
    ApplicationInferenceProfile(stack, "Old", workspace=workspace, source=legacy)
    new = FoundationModel("amazon.nova-9-lite-v1:0")
    ApplicationInferenceProfile(stack, "New", workspace=workspace, source=new)
    found = Annotations.from_stack(stack)
    says = Match.string_like_regexp(r"ends on 2027-01-08.*Use anthropic\.claude-opus-5 instead")
    found.has_warning("*", says)
    found.has_info("*", Match.string_like_regexp("is not among the models that cdk-ml knows"))


@pytest.mark.parametrize(
    ("region", "source", "description", "says"),
    [
        ("us-west-1", NOVA, None, "region='us-west-1' has no AWS::Bedrock::ApplicationInferenceProfile"),
        (
            "eu-west-1",
            NOVA,
            None,
            "'us.amazon.nova-micro-v1:0' cannot be asked in eu-west-1. Use the profile of eu",
        ),
        ("us-east-1", TITAN, "a" * 201, "has 201 characters, but AWS takes 1 to 200"),
        ("us-east-1", TITAN, "For claims!", "has characters that Bedrock does not take"),
        ("us-east-1", TITAN, "For  claims", "or two separators in a row"),
        ("us-east-1", TITAN, "", "has 0 characters, but AWS takes 1 to 200"),
    ],
)
def test_what_cannot_be_made_is_refused(
    app: cdk.App, region: str, source: FoundationModel | CrossRegionProfile, description: str | None, says: str
) -> None:
    stack = cdk.Stack(app, "Churn", env=cdk.Environment(region=region))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError, match=says):
        ApplicationInferenceProfile(stack, "Profile", workspace=workspace, source=source, description=description)


def test_tags_that_aws_would_refuse_are_refused(stack: cdk.Stack, workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match=r"tags.owner='' is empty"):
        ApplicationInferenceProfile(
            stack,
            "Profile",
            workspace=workspace,
            source=TITAN,
            tags=CostTags(project="support", owner="", cost_center="0815"),
        )
