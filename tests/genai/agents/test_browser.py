"""A browser records what agents do in it, and reaches the internet or the workspace's network."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.genai import AgentBrowser
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources
from tests.genai.agents.conftest import actions

Synth = Callable[[], Template]
BROWSER = "AWS::BedrockAgentCore::BrowserCustom"


def test_sessions_are_recorded_under_a_prefix_of_the_data_bucket(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    AgentBrowser(stack, "Browser", workspace=workspace)
    synthesized = template()
    found = only(synthesized, BROWSER)
    assert found["NetworkConfiguration"] == {"NetworkMode": "PUBLIC"}
    recording = found["RecordingConfig"]
    assert recording["Enabled"] is True
    assert recording["S3Location"]["Bucket"] == stack.resolve(workspace.data_bucket.bucket_name)
    assert recording["S3Location"]["Prefix"].startswith("browser-sessions/")
    assert actions(resources(synthesized, "AWS::IAM::ManagedPolicy"), "BrowserRole") == {
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
    }


def test_sessions_may_go_unrecorded(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    AgentBrowser(stack, "Browser", workspace=workspace, recorded=False)
    assert only(template(), BROWSER)["RecordingConfig"]["Enabled"] is False


def test_it_can_be_in_the_workspaces_network(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    AgentBrowser(stack, "Browser", workspace=workspace, private=True)
    network = only(template(), BROWSER)["NetworkConfiguration"]
    assert network["NetworkMode"] == "VPC"
    assert {*network["VpcConfig"]} == {"SecurityGroups", "Subnets"}


def test_who_drives_it_drives_no_other(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    driver = iam.Role(stack, "Driver", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    browser = AgentBrowser(stack, "Browser", workspace=workspace)
    browser.grant_use(driver)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Resource"] == stack.resolve(browser.cfn_browser.attr_browser_arn)
    assert "bedrock-agentcore:StartBrowserSession" in statement["Action"]
