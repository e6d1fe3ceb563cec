"""Code that an agent wrote runs where it reaches nothing, unless it is said that it may."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.genai import CodeInterpreter, CodeNetwork
from cdk_ml.workspace import Workspace
from tests.conftest import only

Synth = Callable[[], Template]
INTERPRETER = "AWS::BedrockAgentCore::CodeInterpreterCustom"


def test_it_has_no_network_and_no_role(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    CodeInterpreter(stack, "Interpreter", workspace=workspace)
    synthesized = template()
    found = only(synthesized, INTERPRETER)
    assert found["NetworkConfiguration"] == {"NetworkMode": "SANDBOX"}
    assert "ExecutionRoleArn" not in found
    synthesized.resource_count_is("AWS::IAM::Role", 0)


@pytest.mark.parametrize(("network", "mode"), [(CodeNetwork.PUBLIC, "PUBLIC"), (CodeNetwork.PRIVATE, "VPC")])
def test_it_may_reach_the_internet_or_the_workspace(
    stack: cdk.Stack, workspace: Workspace, template: Synth, network: CodeNetwork, mode: str
) -> None:
    CodeInterpreter(stack, "Interpreter", workspace=workspace, network=network)
    assert only(template(), INTERPRETER)["NetworkConfiguration"]["NetworkMode"] == mode


def test_who_runs_code_runs_it_there_only(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    runner = iam.Role(stack, "Runner", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    interpreter = CodeInterpreter(stack, "Interpreter", workspace=workspace)
    interpreter.grant_use(runner)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Resource"] == stack.resolve(interpreter.cfn_code_interpreter.attr_code_interpreter_arn)
    assert "bedrock-agentcore:InvokeCodeInterpreter" in statement["Action"]
