"""Private ways to Bedrock for what runs in the workspace's network.

https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-interface-endpoints.html
"""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2

from cdk_ml.workspace import Workspace


def bedrock_services(*, agents: bool = False) -> dict[str, ec2.InterfaceVpcEndpointAwsService]:
    """Where models answer, by the ids of endpoints in the workspace's network. Asked for when it is needed: the CDK's
    services are read from Node.

    :param agents: also where knowledge bases, flows and Agents Classic answer.
    """
    service = ec2.InterfaceVpcEndpointAwsService
    found = {"BedrockRuntime": service.BEDROCK_RUNTIME}
    return {**found, "BedrockAgentRuntime": service.BEDROCK_AGENT_RUNTIME} if agents else found


def reach_bedrock(workspace: Workspace, *, agents: bool = False) -> None:
    """Let the network ask models, for about 7 USD a month and zone. A VPC of the user's own is left as it is.

    :param agents: also reach knowledge bases, flows and Agents Classic, for as much again.
    """
    for id, service in bedrock_services(agents=agents).items():
        workspace.add_interface_endpoint(id, service)
