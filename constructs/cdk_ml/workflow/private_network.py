"""A function in the workspace's network: what it reaches there, and what Lambda needs to put it there.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_ml.workspace import ANYTHING, Statement, Workspace

_INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)
_LOOK = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")


@dataclass(frozen=True, slots=True)
class PrivateNetwork:
    """Where a function is.

    :ivar configuration: what Lambda is told.
    :ivar statements: what its role needs.
    """

    configuration: dict[str, Any]
    statements: list[Statement]


def private_network(
    scope: Construct, workspace: Workspace, services: Mapping[str, ec2.InterfaceVpcEndpointAwsService]
) -> PrivateNetwork:
    """Give a function a security group, and the network the endpoints that it needs."""
    for id, service in services.items():
        workspace.add_interface_endpoint(id, service)
    group = workspace.security_group(scope, "SecurityGroup", description=f"Function {scope.node.path}")
    arns = f"arn:{Aws.PARTITION}:ec2:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    return PrivateNetwork(
        configuration={"subnetIds": workspace.subnet_ids, "securityGroupIds": [group.security_group_id]},
        statements=[
            Statement(
                actions=_INTERFACES,
                resources=[
                    f"{arns}:network-interface/*",
                    f"{arns}:security-group/{group.security_group_id}",
                    *(f"{arns}:subnet/{subnet}" for subnet in workspace.subnet_ids),
                ],
                wildcard="Lambda makes network interfaces whose ids nobody knows beforehand; the subnets and the "
                "security group that they may be in are named beside them. "
                "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions",
            ),
            Statement(
                actions=_LOOK,
                resources=ANYTHING,
                wildcard="The ec2:Describe* actions take no resource. "
                "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html",
            ),
        ],
    )
