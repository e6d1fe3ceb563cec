"""A batch asks one model, on a schedule if there is one, and refuses what Bedrock would refuse."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import BatchInference, FoundationModel
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS


@pytest.fixture
def workspace() -> Workspace:
    """A workspace in a stack of its own."""
    return Workspace(cdk.Stack(cdk.App(), "Support"), "Workspace", profile=Profile.PRODUCTION, tags=TAGS)


def batch(workspace: Workspace, **changed: Any) -> BatchInference:
    """A batch, with what a test changes."""
    arguments: dict[str, Any] = {
        "model": FoundationModel("amazon.nova-lite-v1:0"),
        "bucket": workspace.data_bucket,
        "prefix": "tickets/",
    }
    return BatchInference(cdk.Stack.of(workspace), "Batch", workspace=workspace, **{**arguments, **changed})


def test_a_batch_asks_one_model_and_writes_under_one_prefix(workspace: Workspace) -> None:
    batch(workspace)
    template = assertions.Template.from_stack(cdk.Stack.of(workspace))
    policies = template.find_resources("AWS::IAM::ManagedPolicy")
    (asking,) = [policy for name, policy in policies.items() if name.startswith("BatchRolePolicy")]
    statements = asking["Properties"]["PolicyDocument"]["Statement"]
    (ask,) = [statement for statement in statements if statement["Action"] == "bedrock:InvokeModel"]
    assert "::foundation-model/amazon.nova-lite-v1:0" in json.dumps(ask["Resource"])
    template.resource_count_is("AWS::Scheduler::Schedule", 0)


def test_prompts_under_a_key_of_their_own_are_decrypted(workspace: Workspace) -> None:
    stack = cdk.Stack.of(workspace)
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111111111111:key/prompts")
    bucket = s3.Bucket.from_bucket_attributes(stack, "Prompts", bucket_name="prompts", encryption_key=key)
    batch(workspace, bucket=bucket)
    policies = assertions.Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy")
    (reading,) = [policy for name, policy in policies.items() if name.startswith("BatchRolePolicy")]
    decrypting = {"Action": "kms:Decrypt", "Effect": "Allow", "Resource": key.key_arn}
    assert decrypting in reading["Properties"]["PolicyDocument"]["Statement"]


def test_a_schedule_starts_the_batch(workspace: Workspace) -> None:
    batch(workspace, schedule="rate(1 day)", request="InvokeModel")
    template = assertions.Template.from_stack(cdk.Stack.of(workspace))
    template.has_resource_properties("AWS::Scheduler::Schedule", {"ScheduleExpression": "rate(1 day)"})


def test_a_model_that_cannot_be_asked_here_is_refused() -> None:
    stack = cdk.Stack(cdk.App(), "Support", env=cdk.Environment(region="us-east-1"))
    own = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(
        ConfigurationError, match=r"model='amazon.nova-2-lite-v1:0' cannot be asked in us-east-1 itself"
    ):
        batch(own, model=FoundationModel("amazon.nova-2-lite-v1:0"))


@pytest.mark.parametrize(
    ("changed", "value", "fix"),
    [
        ({"prefix": "/"}, "prefix='/'", "Name what keys of prompts begin with"),
        ({"timeout_hours": 12}, "timeout_hours=12", "Use 24 to 168"),
        ({"timeout_hours": 169}, "timeout_hours=169", "Use 24 to 168"),
    ],
)
def test_what_bedrock_would_refuse_is_refused(
    workspace: Workspace, changed: dict[str, Any], value: str, fix: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        batch(workspace, **changed)
    assert value in str(refused.value)
    assert fix in str(refused.value)
