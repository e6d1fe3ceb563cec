"""A foundation model: what Converse is told, and what a role needs."""

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_iam as iam

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import FoundationModel

MODEL = FoundationModel("amazon.titan-embed-text-v2:0")


def test_the_statement_names_the_model_in_the_region_of_the_stack() -> None:
    (statement,) = MODEL.invoke_statements()
    assert MODEL.model_id == "amazon.titan-embed-text-v2:0"
    assert statement.actions == ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
    assert cdk.Stack().resolve(statement.resources) == [
        {
            "Fn::Join": [
                "",
                [
                    "arn:",
                    {"Ref": "AWS::Partition"},
                    ":bedrock:",
                    {"Ref": "AWS::Region"},
                    "::foundation-model/amazon.titan-embed-text-v2:0",
                ],
            ]
        }
    ]


def test_a_role_of_the_users_own_may_be_granted_the_model() -> None:
    stack = cdk.Stack()
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    MODEL.grant_invoke(role)
    statements = assertions.Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    (policy,) = statements.values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]


@pytest.mark.parametrize(
    ("id", "says"),
    [
        ("amazon.titan-text-express-v1", "ended: every request for it fails. Use amazon.nova-lite-v1:0"),
        (
            "anthropic.claude-v2:1:200k",
            "ended on 2025-07-21: every request for it fails. Use anthropic.claude-son",
        ),
        ("us.amazon.nova-lite-v1:0", r"Use CrossRegionProfile\('amazon.nova-lite-v1:0', 'us'\)"),
    ],
)
def test_a_model_that_ended_or_is_a_profile_is_refused(id: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        FoundationModel(id)


def test_a_model_that_is_new_and_one_that_only_the_deployment_knows_pass() -> None:
    assert FoundationModel("amazon.nova-9-lite-v1:0").model_id == "amazon.nova-9-lite-v1:0"
    token = cdk.Token.as_string({"Ref": "Model"})
    assert FoundationModel(token).model_id == token
