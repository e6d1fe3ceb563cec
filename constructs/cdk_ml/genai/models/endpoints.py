"""Private ways to Bedrock for what runs in the workspace's network.

https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-interface-endpoints.html
"""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2

from cdk_ml.workspace import Workspace


def bedrock_services(*, models: bool = True, agents: bool = False) -> dict[str, ec2.InterfaceVpcEndpointAwsService]:
    """What answers, by the ids of endpoints in the workspace's network. Asked for when it is needed: the CDK's services
    are read from Node.

    :param models: where models answer.
    :param agents: where knowledge bases, flows and Agents Classic answer.
    """
    service = ec2.InterfaceVpcEndpointAwsService
    return {
        **({"BedrockRuntime": service.BEDROCK_RUNTIME} if models else {}),
        **({"BedrockAgentRuntime": service.BEDROCK_AGENT_RUNTIME} if agents else {}),
    }


def reach_bedrock(workspace: Workspace, *, models: bool = True, agents: bool = False) -> None:
    """Let the network ask Bedrock, for about 7 USD a month and zone each. A VPC of the user's own is left as it is.

    :param models: as in :func:`bedrock_services`.
    :param agents: as there.
    """
    for id, service in bedrock_services(models=models, agents=agents).items():
        workspace.add_interface_endpoint(id, service)
