"""The logging of invocations: where it goes, who may write there, and what the custom resource is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import InvocationLogging, LoggedData
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources
from tests.genai.models.deployed import deployed

Synth = Callable[[], Template]
TYPE = "Custom::InvocationLogging"
BEDROCK = {
    "StringEquals": {"aws:SourceAccount": "111111111111"},
    "ArnLike": {"aws:SourceArn": "arn:aws:bedrock:us-east-1:111111111111:*"},
}


def admitted(template: Template, type_: str, document: str) -> list[dict[str, Any]]:
    """Statements of resource policies that admit Bedrock."""
    policies = (deployed(each["Properties"][document]) for each in resources(template, type_).values())
    statements = (each for policy in policies for each in policy["Statement"])
    return [each for each in statements if each["Principal"] == {"Service": "bedrock.amazonaws.com"}]


def test_text_goes_to_both_places_and_what_is_large_to_the_bucket(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    made = InvocationLogging(stack, "Invocations", workspace=workspace)
    found = only(template(), TYPE)
    assert found["LogGroupName"] == stack.resolve(made.log_group.ref)
    assert found["BucketName"] == stack.resolve(workspace.data_bucket.bucket_name)
    assert (found["KeyPrefix"], found["ReplacesOther"]) == ("model-invocations", "false")
    data = json.loads(found["Data"])
    assert data["textDataDeliveryEnabled"]
    assert not data["embeddingDataDeliveryEnabled"]


def test_what_is_written_down_and_where_is_chosen(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    data = LoggedData(text=False, images=False, video=False, audio=False)
    InvocationLogging(stack, "Invocations", workspace=workspace, data=data, prefix="audit/models", replaces_other=True)
    found = only(template(), TYPE)
    assert not any(json.loads(found["Data"]).values())
    assert (found["KeyPrefix"], found["ReplacesOther"]) == ("audit/models", "true")


def test_bedrock_is_admitted_to_its_folder_and_to_the_key_on_behalf_of_this_account(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    InvocationLogging(stack, "Invocations", workspace=workspace)
    synthesized = template()
    (put,) = admitted(synthesized, "AWS::S3::BucketPolicy", "PolicyDocument")
    assert (put["Action"], put["Condition"]) == ("s3:PutObject", BEDROCK)
    assert put["Resource"].endswith("/model-invocations/AWSLogs/111111111111/BedrockModelInvocationLogs/*")
    (encrypt,) = admitted(synthesized, "AWS::KMS::Key", "KeyPolicy")
    assert (encrypt["Action"], encrypt["Condition"]) == ("kms:GenerateDataKey", BEDROCK)


def test_the_role_writes_to_this_group_only(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    made = InvocationLogging(stack, "Invocations", workspace=workspace)
    synthesized = template()
    roles = [each["Properties"] for each in resources(synthesized, "AWS::IAM::Role").values()]
    (trusted,) = [each for each in roles if "bedrock.amazonaws.com" in str(each["AssumeRolePolicyDocument"])]
    assert "aws:SourceAccount" in str(trusted["AssumeRolePolicyDocument"])
    policies = [
        each["Properties"]["PolicyDocument"] for each in resources(synthesized, "AWS::IAM::ManagedPolicy").values()
    ]
    writing = [each for policy in policies for each in policy["Statement"] if "logs:PutLogEvents" in each["Action"]]
    group = stack.resolve(made.log_group.attr_arn)
    assert [each for each in writing if each["Resource"] == group] != []


def test_the_setting_waits_for_the_bucket_that_admits_bedrock(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    InvocationLogging(stack, "Invocations", workspace=workspace)
    ((_, found),) = resources(template(), TYPE).items()
    assert any("Policy" in each for each in found["DependsOn"])


@pytest.mark.parametrize("prefix", ["", "/logs", "logs/", "a//b", "ü"])
def test_a_prefix_that_s3_would_not_take_as_it_is_is_refused(
    stack: cdk.Stack, workspace: Workspace, prefix: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"is no prefix that Bedrock writes under\. Use letters, digits"):
        InvocationLogging(stack, "Invocations", workspace=workspace, prefix=prefix)


def test_a_prefix_that_only_the_deployment_knows_passes(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    InvocationLogging(stack, "Invocations", workspace=workspace, prefix=cdk.Aws.STACK_NAME)
    template().resource_count_is(TYPE, 1)
