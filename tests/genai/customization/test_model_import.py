"""An import reads one folder, and names what comes out of it in a parameter."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import ModelImport
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS


@pytest.fixture
def workspace() -> Workspace:
    """A workspace in a stack of its own."""
    return Workspace(cdk.Stack(cdk.App(), "Support"), "Workspace", profile=Profile.PRODUCTION, tags=TAGS)


def test_only_the_folder_is_read(workspace: Workspace) -> None:
    stack = cdk.Stack.of(workspace)
    ModelImport(stack, "Import", workspace=workspace, bucket=workspace.artifact_bucket, prefix="models/one/")
    template = assertions.Template.from_stack(stack)
    policies = template.find_resources("AWS::IAM::ManagedPolicy")
    (reading,) = [policy for name, policy in policies.items() if name.startswith("ImportRolePolicy")]
    actions = [statement["Action"] for statement in reading["Properties"]["PolicyDocument"]["Statement"]]
    assert actions == ["s3:GetObject", "s3:ListBucket", ["kms:Decrypt", "kms:GenerateDataKey"]]
    template.has_resource_properties("AWS::SSM::Parameter", {"Value": "none"})


def test_files_under_a_key_of_their_own_are_decrypted(workspace: Workspace) -> None:
    stack = cdk.Stack.of(workspace)
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111111111111:key/weights")
    bucket = s3.Bucket.from_bucket_attributes(stack, "Weights", bucket_name="weights", encryption_key=key)
    ModelImport(stack, "Import", workspace=workspace, bucket=bucket, prefix="models/one/")
    policies = assertions.Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy")
    (reading,) = [policy for name, policy in policies.items() if name.startswith("ImportRolePolicy")]
    decrypting = {"Action": "kms:Decrypt", "Effect": "Allow", "Resource": key.key_arn}
    assert decrypting in reading["Properties"]["PolicyDocument"]["Statement"]


@pytest.mark.parametrize("prefix", ["", "/", "models/qwen"])
def test_what_is_no_folder_is_not_imported(workspace: Workspace, prefix: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        ModelImport(
            cdk.Stack.of(workspace), "Import", workspace=workspace, bucket=workspace.artifact_bucket, prefix=prefix
        )
    assert f"prefix={prefix!r}" in str(refused.value)
    assert "with a slash at its end" in str(refused.value)
