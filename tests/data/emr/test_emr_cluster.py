"""A cluster on EC2 is private and encrypted, scales, and ends by itself."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2

from cdk_ml.data import Certificates, EmrCluster, Fleet, ManagedScaling
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS
from tests.data.emr.conftest import CORE, SCALING, ClusterStack, own_vpc


def test_it_scales_and_ends_when_idle(cluster_stack: ClusterStack) -> None:
    cluster = cluster_stack.one("AWS::EMR::Cluster")
    assert cluster["AutoTerminationPolicy"] == {"IdleTimeout": 1_800}
    assert cluster["ManagedScalingPolicy"]["ComputeLimits"] == {
        "UnitType": "InstanceFleetUnits",
        "MinimumCapacityUnits": 2,
        "MaximumCapacityUnits": 10,
    }
    assert cluster["ReleaseLabel"] == "emr-7.13.0"
    assert cluster["Instances"]["MasterInstanceFleet"]["TargetOnDemandCapacity"] == 1


def test_it_goes_with_its_stack_unless_it_is_protected(cluster_stack: ClusterStack) -> None:
    assert cluster_stack.one("AWS::EMR::Cluster")["Instances"]["TerminationProtected"] is False
    stack = cdk.Stack(cdk.App(context=FLAGS), "Protected")
    sandbox = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS, vpc=own_vpc(stack))
    EmrCluster(
        stack,
        "Cluster",
        workspace=sandbox,
        certificates=Certificates(sandbox.artifact_bucket, "c.zip"),
        core=CORE,
        scaling=SCALING,
        termination_protection=True,
    )
    instances = {"Instances": assertions.Match.object_like({"TerminationProtected": True})}
    assertions.Template.from_stack(stack).has_resource_properties("AWS::EMR::Cluster", instances)


def test_everything_is_encrypted_and_metadata_asks_for_a_token(cluster_stack: ClusterStack) -> None:
    security = cluster_stack.one("AWS::EMR::SecurityConfiguration")["SecurityConfiguration"]
    key = cluster_stack.stack.resolve(cluster_stack.workspace.key.key_arn)
    encryption = security["EncryptionConfiguration"]
    assert encryption["EnableAtRestEncryption"] is True
    assert encryption["EnableInTransitEncryption"] is True
    disks = encryption["AtRestEncryptionConfiguration"]["LocalDiskEncryptionConfiguration"]
    assert disks == {"EncryptionKeyProviderType": "AwsKms", "AwsKmsKey": key, "EnableEbsEncryption": True}
    transit = encryption["InTransitEncryptionConfiguration"]["TLSCertificateConfiguration"]
    assert transit["S3Object"]["Fn::Join"][1][-1] == "/emr/certificates.zip"
    assert security["InstanceMetadataServiceConfiguration"]["MinimumInstanceMetadataServiceVersion"] == 2
    assert security["AuthorizationConfiguration"]["IAMConfiguration"] == {"EnableApplicationScopedIAMRole": True}
    assert cluster_stack.one("AWS::EMR::Cluster")["LogEncryptionKmsKeyId"] == key


def test_its_groups_admit_each_other_and_no_address(cluster_stack: ClusterStack) -> None:
    instances = cluster_stack.one("AWS::EMR::Cluster")["Instances"]
    groups = {"EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup", "ServiceAccessSecurityGroup"}
    assert groups <= {*instances}
    assert instances["Ec2SubnetIds"] == ["subnet-1", "subnet-2"]
    rules = [
        each["Properties"]
        for each in cluster_stack.resources.values()
        if each["Type"] == "AWS::EC2::SecurityGroupIngress"
    ]
    assert len(rules) == 4 * 3 + 3
    assert all("SourceSecurityGroupId" in rule and "CidrIp" not in rule for rule in rules)
    assert {rule["FromPort"] for rule in rules} == {0, -1, 8443, 9443}
    for each in cluster_stack.resources.values():
        if each["Type"] == "AWS::EC2::SecurityGroup":
            assert "SecurityGroupIngress" not in each["Properties"]


def test_emr_may_make_instances_in_this_network_and_pass_this_role(cluster_stack: ClusterStack) -> None:
    statements = cluster_stack.statements("ClusterServiceRolePolicy")
    (pass_role,) = (each for each in statements if each["Action"] == "iam:PassRole")
    assert pass_role["Resource"] == cluster_stack.stack.resolve(cluster_stack.cluster.instance_role.role_arn)
    assert pass_role["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    (network,) = (each for each in statements if "subnet/" in json.dumps(each["Resource"]))
    assert len(network["Resource"]) == 2 + 3
    tags = cluster_stack.one("AWS::EMR::Cluster")["Tags"]
    assert {"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"} in tags


def test_unwell_instances_are_told(cluster_stack: ClusterStack) -> None:
    alarm = cluster_stack.one("AWS::CloudWatch::Alarm", "ClusterAlarm")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ElasticMapReduce", "MRUnhealthyNodes")
    assert cluster_stack.cluster.metric("IsIdle").dimensions == {"JobFlowId": cluster_stack.cluster.cluster_id}


def test_a_network_without_a_way_out_is_refused(stack: cdk.Stack, workspace: Workspace) -> None:
    certificates = Certificates(workspace.artifact_bucket, "c.zip")
    with pytest.raises(ConfigurationError, match=r"neither scale a cluster nor stop one.*Workspace\(vpc=\.\.\.\)"):
        EmrCluster(stack, "Cluster", workspace=workspace, certificates=certificates, core=CORE, scaling=SCALING)


def test_everything_wrong_is_said_at_once(stack: cdk.Stack) -> None:
    isolated = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["us-east-1a"], isolated_subnet_ids=["subnet-1"]
    )
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS, vpc=isolated)
    with pytest.raises(ConfigurationError) as raised:
        EmrCluster(
            stack,
            "Cluster",
            workspace=workspace,
            certificates=Certificates(workspace.artifact_bucket, "emr/"),
            core=Fleet(instance_types=["m7i.xlarge"], on_demand=2),
            scaling=ManagedScaling(minimum=3, maximum=2),
            release="emr-6.9.0",
            idle_minutes=0,
            concurrent_steps=257,
        )
    assert [problem.argument for problem in raised.value.problems] == [
        "workspace",
        "release",
        "instance_types",
        "scaling.maximum",
        "core, task",
        "certificates.key",
        "idle_minutes",
        "concurrent_steps",
    ]
