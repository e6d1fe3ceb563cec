"""A cross-region profile: the profile, and the model wherever it may answer, through the profile only."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_iam as iam

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import CrossRegionProfile, Geography
from tests.genai.models.deployed import deployed

PROFILE = "arn:aws:bedrock:us-east-1:111111111111:inference-profile/us.amazon.nova-micro-v1:0"


def statements(profile: CrossRegionProfile) -> list[Any]:
    """The statements as they are deployed to one account and region."""
    resolved = cdk.Stack().resolve([each.document() for each in profile.invoke_statements()])
    return [deployed(each) for each in resolved]


def test_a_role_may_ask_the_profile_and_through_it_the_model_in_each_destination() -> None:
    profile, model = statements(CrossRegionProfile("amazon.nova-micro-v1:0", Geography.US))
    assert profile["Resource"] == [PROFILE]
    assert "Condition" not in profile
    assert model["Resource"] == [
        f"arn:aws:bedrock:{region}::foundation-model/amazon.nova-micro-v1:0"
        for region in ("us-east-1", "us-east-2", "us-west-2")
    ]
    assert model["Condition"] == {"StringEquals": {"bedrock:InferenceProfileArn": PROFILE}}


def test_a_global_profile_may_ask_the_model_here_and_wherever_no_region_is_named() -> None:
    profile, here, anywhere = statements(CrossRegionProfile("amazon.nova-2-lite-v1:0", "global"))
    arn = "arn:aws:bedrock:us-east-1:111111111111:inference-profile/global.amazon.nova-2-lite-v1:0"
    assert profile["Resource"] == [arn]
    assert here["Resource"] == ["arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0"]
    assert here["Condition"] == {"StringEquals": {"bedrock:InferenceProfileArn": arn}}
    assert anywhere["Resource"] == ["arn:aws:bedrock:::foundation-model/amazon.nova-2-lite-v1:0"]
    assert anywhere["Condition"] == {
        "StringEquals": {"bedrock:InferenceProfileArn": arn, "aws:RequestedRegion": "unspecified"}
    }


def test_regions_that_a_profile_has_come_to_use_are_said() -> None:
    newer = CrossRegionProfile("amazon.nova-micro-v1:0", "us", also_in=("mx-central-1",))
    assert "arn:aws:bedrock:mx-central-1::foundation-model/amazon.nova-micro-v1:0" in str(statements(newer))


def test_a_model_that_is_not_known_may_answer_anywhere_in_the_geography() -> None:
    _, model = statements(CrossRegionProfile("amazon.nova-9-lite-v1:0", "jp"))
    assert model["Resource"] == [
        f"arn:aws:bedrock:{region}::foundation-model/amazon.nova-9-lite-v1:0"
        for region in ("ap-northeast-1", "ap-northeast-3")
    ]


def test_a_role_of_the_users_own_may_be_granted_the_profile() -> None:
    stack = cdk.Stack()
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    CrossRegionProfile("amazon.nova-micro-v1:0", "us").grant_invoke(role)
    (policy,) = assertions.Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    assert len(policy["Properties"]["PolicyDocument"]["Statement"]) == 2


@pytest.mark.parametrize(
    ("model", "geography", "says"),
    [
        ("amazon.nova-micro-v1:0", "mars", r"geography='mars' is not a geography of Bedrock. Use one of us, eu"),
        ("us.amazon.nova-micro-v1:0", "us", r"Use CrossRegionProfile\('amazon.nova-micro-v1:0', 'us'\)"),
        ("amazon.nova-micro-v1:0", "global", r"has no profile for amazon.nova-micro-v1:0. Use apac, eu, us"),
        ("amazon.titan-embed-text-v2:0", "us", r"Use FoundationModel\('amazon.titan-embed-text-v2:0'\), or name the"),
        ("amazon.nova-premier-v1:0", "us", r"ended on 2026-09-14: .*Use amazon.nova-pro-v1:0"),
    ],
)
def test_what_bedrock_does_not_have_is_refused(model: str, geography: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        CrossRegionProfile(model, geography)


def test_what_only_the_deployment_knows_passes() -> None:
    token = cdk.Token.as_string({"Ref": "Model"})
    assert CrossRegionProfile(token, "us").model_id == f"us.{token}"
    assert CrossRegionProfile("amazon.nova-micro-v1:0", token).geography == token
