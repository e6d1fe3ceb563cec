"""Where an agent and its tools are: in a network of AWS's with the internet, without it, or in the workspace's.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/agentcore-vpc.html
"""

from __future__ import annotations

from typing import Any, Literal

from constructs import Construct

from cdk_ml.workspace import Workspace


def network_configuration(
    scope: Construct,
    workspace: Workspace,
    *,
    private: bool,
    otherwise: Literal["PUBLIC", "SANDBOX"],
    key: Literal["networkModeConfig", "vpcConfig"] = "vpcConfig",
) -> dict[str, Any]:
    """The network as CloudFormation has it; in the workspace's with a security group that lets nothing in.

    :param otherwise: where it is if it is not ``private``.
    :param key: what the resource calls the part about the VPC.
    """
    if not private:
        return {"networkMode": otherwise}
    group = workspace.security_group(scope, "SecurityGroup", description="An agent or a tool of AgentCore")
    return {
        "networkMode": "VPC",
        key: {"securityGroups": [group.security_group_id], "subnets": workspace.subnet_ids},
    }
