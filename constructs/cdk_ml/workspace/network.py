"""The isolated network of a workspace: no route to the internet, and private endpoints only where asked for.

https://docs.aws.amazon.com/sagemaker/latest/dg/infrastructure-give-access.html
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from aws_cdk import Aws, Fn
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.workspace.acknowledgement import acknowledge

CIDR = "10.0.0.0/16"
_SUBNET_BITS = 12  # 4091 addresses in a subnet: enough for EFA clusters, which take many per instance.


class Network(Construct):
    """A VPC of isolated subnets, its flow log, and the private endpoints that constructs ask for.

    Without endpoints it costs nothing. An interface endpoint costs about 7 USD a month and zone; S3 is reached through
    a gateway endpoint, which is free.

    It is made of L1s because the CDK's ``Vpc`` looks the zones of a known account up at synth: that would need
    credentials, and make two synths differ.

    :ivar vpc: the VPC.
    """

    def __init__(self, scope: Construct, id: str, *, availability_zones: int, flow_logs: s3.IBucket) -> None:
        """
        :param availability_zones: zones to span, one subnet each.
        :param flow_logs: bucket that receives the flow log of all traffic.
        """
        super().__init__(scope, id)
        cfn_vpc = ec2.CfnVPC(self, "Resource", cidr_block=CIDR, enable_dns_hostnames=True, enable_dns_support=True)
        zones = [Fn.select(index, Fn.get_azs()) for index in range(availability_zones)]
        cidrs = Fn.cidr(CIDR, availability_zones, str(_SUBNET_BITS))
        subnets, tables = [], []
        for index, zone in enumerate(zones):
            subnet = ec2.CfnSubnet(
                self,
                f"Subnet{index + 1}",
                vpc_id=cfn_vpc.ref,
                availability_zone=zone,
                cidr_block=Fn.select(index, cidrs),
                map_public_ip_on_launch=False,
            )
            table = ec2.CfnRouteTable(self, f"Routes{index + 1}", vpc_id=cfn_vpc.ref)
            ec2.CfnSubnetRouteTableAssociation(
                self, f"Association{index + 1}", subnet_id=subnet.ref, route_table_id=table.ref
            )
            subnets.append(subnet.ref)
            tables.append(table.ref)
        ec2.CfnFlowLog(
            self,
            "FlowLog",
            resource_id=cfn_vpc.ref,
            resource_type="VPC",
            traffic_type="ALL",
            log_destination_type="s3",
            log_destination=flow_logs.bucket_arn,
        ).node.add_dependency(flow_logs)
        self.vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id=cfn_vpc.ref,
            vpc_cidr_block=CIDR,
            availability_zones=zones,
            isolated_subnet_ids=subnets,
            isolated_subnet_route_table_ids=tables,
        )
        self._endpoints: dict[str, ec2.IVpcEndpoint] = {}
        acknowledge(
            cfn_vpc,
            "Nothing is placed in the VPC's default security group, which only its own members can reach, and there is "
            "no route out of the VPC. CloudFormation cannot close the group; a Lambda function that could is more "
            "attack surface than the group is.",
            "NIST.800.53.R5-VPCDefaultSecurityGroupClosed",
            "HIPAA.Security-VPCDefaultSecurityGroupClosed",
            "PCI.DSS.321-VPCDefaultSecurityGroupClosed",
        )

    @cached_property
    def endpoint_security_group(self) -> ec2.SecurityGroup:
        """Admits HTTPS from within the VPC to the interface endpoints. Made on first use."""
        group = ec2.SecurityGroup(
            self,
            "EndpointSecurityGroup",
            vpc=self.vpc,
            description="HTTPS from this VPC to its private endpoints",
            allow_all_outbound=False,
        )
        group.add_ingress_rule(ec2.Peer.ipv4(CIDR), ec2.Port.tcp(443), "HTTPS from this VPC")
        return group

    def add_s3_endpoint(self) -> None:
        """Reach S3 from the subnets, for principals of this account only. Free; made once."""
        self._add_endpoint("S3", ec2.GatewayVpcEndpointAwsService.S3)

    def add_dynamodb_endpoint(self) -> None:
        """The same for DynamoDB."""
        self._add_endpoint("DynamoDb", ec2.GatewayVpcEndpointAwsService.DYNAMODB)

    def add_interface_endpoint(self, id: str, service: ec2.InterfaceVpcEndpointAwsService) -> None:
        """Reach an AWS service from the subnets, for principals of this account only. Made once for each ``id``.

        :param id: id of the endpoint in this network, such as ``SageMakerRuntime``.
        :param service: the service, such as ``ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_RUNTIME``.
        """
        self._add_endpoint(id, service)

    def _add_endpoint(
        self, id: str, service: ec2.GatewayVpcEndpointAwsService | ec2.InterfaceVpcEndpointAwsService
    ) -> None:
        if id in self._endpoints:
            return
        subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        endpoint: ec2.GatewayVpcEndpoint | ec2.InterfaceVpcEndpoint
        if isinstance(service, ec2.GatewayVpcEndpointAwsService):
            endpoint = ec2.GatewayVpcEndpoint(self, id, vpc=self.vpc, service=service, subnets=[subnets])
        else:
            endpoint = ec2.InterfaceVpcEndpoint(
                self,
                id,
                vpc=self.vpc,
                service=service,
                subnets=subnets,
                security_groups=[self.endpoint_security_group],
                open=False,
            )
        endpoint.add_to_policy(iam.PolicyStatement.from_json(_own_principals()))
        self._endpoints[id] = endpoint


def _own_principals() -> dict[str, Any]:
    """Every action and resource, but for principals of this account only.

    What they may do is their roles' business, and stolen credentials of another account are of no use from in here.
    """
    return {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": Aws.ACCOUNT_ID}},
    }
