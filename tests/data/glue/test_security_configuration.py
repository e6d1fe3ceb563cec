"""What Glue writes is under the workspace's key, with one configuration for all jobs of a stack."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from cdk_ml.data import SecurityConfiguration, security_configuration
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only


def test_logs_bookmarks_and_files_are_under_the_key(stack: cdk.Stack, workspace: Workspace) -> None:
    SecurityConfiguration(stack, "Encrypted", workspace=workspace)
    made = only(Template.from_stack(stack), "AWS::Glue::SecurityConfiguration")
    encrypted = made["EncryptionConfiguration"]
    key = encrypted["CloudWatchEncryption"]["KmsKeyArn"]
    assert "Fn::GetAtt" in key
    assert encrypted == {
        "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": key},
        "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": key},
        "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": key}],
    }


def test_who_asks_again_gets_the_same(stack: cdk.Stack, workspace: Workspace) -> None:
    assert security_configuration(workspace) is security_configuration(workspace, stack)


def test_another_stack_has_one_of_its_own(app: cdk.App, workspace: Workspace) -> None:
    other = cdk.Stack(app, "Other")
    found = security_configuration(workspace, other)
    assert cdk.Stack.of(found) is other
    assert security_configuration(workspace, other) is found
    assert security_configuration(workspace) is not found


def test_another_key_is_another_name_so_that_both_can_be_there(app: cdk.App) -> None:
    names = []
    for number in (1, 2):
        stack = cdk.Stack(app, f"Stack{number}", stack_name="same")
        key = kms.Key.from_key_arn(stack, "Key", f"arn:aws:kms:us-east-1:111111111111:key/{number}")
        workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS, key=key)
        names.append(security_configuration(workspace).name.rpartition("-")[2])
    assert names[0] != names[1]
