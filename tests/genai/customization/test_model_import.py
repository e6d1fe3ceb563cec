"""An import reads one folder, and names what comes out of it in a parameter."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

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


@pytest.mark.parametrize("prefix", ["", "/", "models/qwen"])
def test_what_is_no_folder_is_not_imported(workspace: Workspace, prefix: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        ModelImport(
            cdk.Stack.of(workspace), "Import", workspace=workspace, bucket=workspace.artifact_bucket, prefix=prefix
        )
    assert f"prefix={prefix!r}" in str(refused.value)
    assert "with a slash at its end" in str(refused.value)
