"""Private ways to Bedrock for what runs in the workspace's network.

https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-interface-endpoints.html
"""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2

from cdk_ml.workspace import Workspace

_SERVICES = ec2.InterfaceVpcEndpointAwsService


def reach_bedrock(workspace: Workspace, *, agents: bool = False) -> None:
    """Let the network ask models, for about 7 USD a month and zone. A VPC of the user's own is left as it is.

    :param agents: also reach knowledge bases, flows and Agents Classic, for as much again.
    """
    workspace.add_interface_endpoint("BedrockRuntime", _SERVICES.BEDROCK_RUNTIME)
    if agents:
        workspace.add_interface_endpoint("BedrockAgentRuntime", _SERVICES.BEDROCK_AGENT_RUNTIME)
