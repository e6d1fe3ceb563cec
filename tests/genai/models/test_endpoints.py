"""Private ways to Bedrock: one for models, one more for knowledge bases and flows, and none in a VPC of the user's."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template

from cdk_ml.genai.models.endpoints import reach_bedrock
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, resources

Synth = Callable[[], Template]


@pytest.mark.parametrize(
    ("asked", "services"),
    [
        ({}, ["runtime"]),
        ({"agents": True}, ["agent-runtime", "runtime"]),
        ({"models": False, "agents": True}, ["agent-runtime"]),
    ],
)
def test_the_network_reaches_what_is_asked(
    workspace: Workspace, template: Synth, asked: dict[str, bool], services: list[str]
) -> None:
    for _ in range(2):
        reach_bedrock(workspace, **asked)
    found = resources(template(), "AWS::EC2::VPCEndpoint").values()
    names = sorted(str(each["Properties"]["ServiceName"]).partition("bedrock-")[2].rstrip("'\"]}") for each in found)
    assert names == services


def test_a_vpc_of_the_users_own_is_left_as_it_is(stack: cdk.Stack, template: Synth) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(stack, "Vpc", vpc_id="vpc-1", availability_zones=["us-east-1a"])
    reach_bedrock(Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS, vpc=vpc))
    template().resource_count_is("AWS::EC2::VPCEndpoint", 0)
