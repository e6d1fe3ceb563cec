"""The security groups of a cluster, with every rule that EMR would add, so that it adds none and all of them go again.

Rules that EMR adds refer to each other, and keep the groups and the network from being deleted.
https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-man-sec-groups.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.workspace import Workspace

_SERVICE_TO_NODE, _NODE_TO_SERVICE, _HTTPS = 8443, 9443, 443
_EVERYTHING = (("tcp", 0, 65_535), ("udp", 0, 65_535), ("icmp", -1, -1))


@dataclass(frozen=True, slots=True)
class ClusterNetwork:
    """Where a cluster is.

    :ivar subnet_ids: private subnets with a way out.
    :ivar primary: group of the primary instance.
    :ivar workers: group of core and task instances.
    :ivar service: group of what EMR reaches the instances with.
    """

    subnet_ids: list[str]
    primary: ec2.CfnSecurityGroup
    workers: ec2.CfnSecurityGroup
    service: ec2.CfnSecurityGroup

    @property
    def group_ids(self) -> list[str]:
        """The ids of the groups."""
        return [group.attr_group_id for group in (self.primary, self.workers, self.service)]


def network_problems(workspace: Workspace) -> Iterator[Problem]:
    """Why a cluster cannot scale or stop in the workspace's network."""
    if workspace.network is not None:
        rule = (
            "has a network without a way out, where EMR can neither scale a cluster nor stop one that is idle: "
            "what measures it speaks to a public endpoint"
        )
        fix = "Bring a VPC with private subnets and a NAT gateway, Workspace(vpc=...), or use ServerlessApplication"
        yield Problem("workspace", workspace.node.path, rule, fix)
    elif not workspace.vpc.private_subnets:
        rule = "has a VPC without private subnets that have a way out"
        fix = "Bring one with a NAT gateway, or use ServerlessApplication"
        yield Problem("workspace", workspace.node.path, rule, fix)


def cluster_network(scope: Construct, workspace: Workspace) -> ClusterNetwork:
    """Make the groups and their rules."""
    vpc = workspace.vpc
    groups = {
        id: ec2.CfnSecurityGroup(
            scope,
            f"{id}Group",
            vpc_id=vpc.vpc_id,
            group_description=f"{description} of {scope.node.path}"[:255],
            security_group_egress=[
                # The route table, and the endpoint that it has for S3, decide what is reachable.
                {"ipProtocol": "tcp", "fromPort": _HTTPS, "toPort": _HTTPS, "cidrIp": "0.0.0.0/0"}
                | {"description": "HTTPS to S3 and to AWS"}
            ]
            if id != "Service"
            else None,
        )
        for id, description in (
            ("Primary", "Primary instance"),
            ("Workers", "Core and task instances"),
            ("Service", "What EMR reaches the instances with"),
        )
    }
    primary, workers, service = groups.values()
    for id, to, source in (
        ("PrimaryFromPrimary", primary, primary),
        ("PrimaryFromWorkers", primary, workers),
        ("WorkersFromWorkers", workers, workers),
        ("WorkersFromPrimary", workers, primary),
    ):
        for protocol, first, last in _EVERYTHING:
            _rule(scope, f"{id}{protocol.title()}", to, source, protocol, first, last)
    _rule(scope, "PrimaryFromService", primary, service, "tcp", _SERVICE_TO_NODE, _SERVICE_TO_NODE)
    _rule(scope, "WorkersFromService", workers, service, "tcp", _SERVICE_TO_NODE, _SERVICE_TO_NODE)
    _rule(scope, "ServiceFromPrimary", service, primary, "tcp", _NODE_TO_SERVICE, _NODE_TO_SERVICE)
    subnets = [subnet.subnet_id for subnet in vpc.private_subnets]
    return ClusterNetwork(subnet_ids=subnets, primary=primary, workers=workers, service=service)


def _rule(
    scope: Construct,
    id: str,
    to: ec2.CfnSecurityGroup,
    source: ec2.CfnSecurityGroup,
    protocol: str,
    first: int,
    last: int,
) -> None:
    ports: dict[str, Any] = {
        "ip_protocol": protocol,
        "from_port": first,
        "to_port": last,
        "description": "Within one EMR cluster",
    }
    ec2.CfnSecurityGroupIngress(
        scope, id, group_id=to.attr_group_id, source_security_group_id=source.attr_group_id, **ports
    )
    ec2.CfnSecurityGroupEgress(
        scope,
        f"{id}Out",
        group_id=source.attr_group_id,
        destination_security_group_id=to.attr_group_id,
        **ports,
    )
