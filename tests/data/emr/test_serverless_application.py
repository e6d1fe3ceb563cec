"""An application of EMR Serverless is private, bounded, encrypted, and stops by itself."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from cdk_ml.data import Capacity, ServerlessApplication
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS

APPLICATION = "AWS::EMRServerless::Application"


@pytest.fixture(scope="module")
def made() -> tuple[cdk.Stack, Workspace, ServerlessApplication, dict[str, Any]]:
    stack = cdk.Stack(cdk.App(context=FLAGS), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    application = ServerlessApplication(stack, "Spark", workspace=workspace)
    ServerlessApplication(
        stack,
        "Other",
        workspace=workspace,
        release="emr-7.12.0",
        architecture="X86_64",
        maximum_capacity=Capacity(vcpu=8, memory_gb=32, disk_gb=80),
        idle_minutes=1,
        concurrent_runs=2,
    )
    template = assertions.Template.from_stack(stack).to_json()
    return stack, workspace, application, template["Resources"]


def of_type(resources: dict[str, Any], type_: str, name: str) -> dict[str, Any]:
    (found,) = (each for id, each in resources.items() if each["Type"] == type_ and id.startswith(name))
    properties: dict[str, Any] = found["Properties"]
    return properties


def test_it_starts_with_a_job_and_stops_without(made: Any) -> None:
    application = of_type(made[3], APPLICATION, "Spark")
    assert application["AutoStartConfiguration"] == {"Enabled": True}
    assert application["AutoStopConfiguration"] == {"Enabled": True, "IdleTimeoutMinutes": 15}
    assert "InitialCapacity" not in application
    assert application["Architecture"] == "ARM64"
    assert application["ReleaseLabel"] == "emr-7.13.0"
    assert application["Type"] == "SPARK"
    assert "ImageConfiguration" not in application


def test_its_workers_are_in_the_isolated_subnets_and_reach_s3(made: Any) -> None:
    stack, workspace, application, resources = made
    network = of_type(resources, APPLICATION, "Spark")["NetworkConfiguration"]
    assert network["SubnetIds"] == stack.resolve(workspace.subnet_ids)
    assert network["SecurityGroupIds"] == [stack.resolve(application.security_group.security_group_id)]
    endpoints = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::EC2::VPCEndpoint"]
    assert [endpoint["VpcEndpointType"] for endpoint in endpoints] == ["Gateway"]
    group = of_type(resources, "AWS::EC2::SecurityGroup", "SparkSecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert [(rule["IpProtocol"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]] == [("tcp", 443)]


def test_its_logs_are_encrypted_with_the_workspaces_key_and_stay_in_the_account(made: Any) -> None:
    stack, workspace, application, resources = made
    logs = of_type(resources, APPLICATION, "Spark")["MonitoringConfiguration"]
    assert logs["S3MonitoringConfiguration"]["EncryptionKeyArn"] == stack.resolve(workspace.key.key_arn)
    bucket = stack.resolve(workspace.data_bucket.bucket_name)
    assert logs["S3MonitoringConfiguration"]["LogUri"] == {
        "Fn::Join": ["", ["s3://", bucket, f"/logs/emr-serverless/{application.application_name}/"]]
    }
    assert logs["ManagedPersistenceMonitoringConfiguration"] == {"Enabled": False}


def test_it_is_bounded(made: Any) -> None:
    assert of_type(made[3], APPLICATION, "Spark")["MaximumCapacity"] == {
        "Cpu": "64 vCPU",
        "Memory": "256 GB",
        "Disk": "1000 GB",
    }
    other = of_type(made[3], APPLICATION, "Other")
    assert other["MaximumCapacity"] == {"Cpu": "8 vCPU", "Memory": "32 GB", "Disk": "80 GB"}
    assert other["SchedulerConfiguration"] == {"MaxConcurrentRuns": 2}
    assert other["AutoStopConfiguration"]["IdleTimeoutMinutes"] == 1
    assert (other["Architecture"], other["ReleaseLabel"]) == ("X86_64", "emr-7.12.0")


def test_a_failed_job_is_told(made: Any) -> None:
    stack, workspace, application, resources = made
    alarm = of_type(resources, "AWS::CloudWatch::Alarm", "SparkAlarm")
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Threshold"]) == ("AWS/EMRServerless", "FailedJobs", 0)
    assert alarm["Dimensions"] == [
        {"Name": "ApplicationId", "Value": stack.resolve(application.application_id)},
        {"Name": "ApplicationName", "Value": application.application_name},
    ]
    assert alarm["AlarmActions"] == [stack.resolve(workspace.alert_topic.topic_arn)]
    assert application.metric_failed_jobs().metric_name == "FailedJobs"
    assert application.metric_running_jobs().namespace == "AWS/EMRServerless"


def test_everything_wrong_is_said_at_once(stack: cdk.Stack, workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError) as raised:
        ServerlessApplication(
            stack,
            "Spark",
            workspace=workspace,
            release="emr-6.15.0",
            maximum_capacity=Capacity(vcpu=1),
            idle_minutes=0,
            concurrent_runs=1_001,
        )
    found = {problem.argument: (problem.value, problem.fix) for problem in raised.value.problems}
    assert found == {
        "release": ("emr-6.15.0", "Use emr-7.13.0"),
        "maximum_capacity.vcpu": (1, "Use 2 at least"),
        "idle_minutes": (0, "Use 1 to 10080, which is a week"),
        "concurrent_runs": (1_001, "Use 1 to 1000"),
    }
