"""Reference stacks on the emulator: their templates and assets, and how to find out what there is of them."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jmespath

from cdk_ml.testing.emulator import Emulator
from cdk_ml.workspace import Profile
from stacks import reference_stacks
from tests.conftest import FLAGS, SHARED

# How to find out what is there: by type, the operation that lists it, and where in the answer its physical ids are.
LISTINGS = {
    "AWS::CloudWatch::Alarm": ("cloudwatch", "describe_alarms", "MetricAlarms[].AlarmName"),
    "AWS::CloudWatch::Dashboard": ("cloudwatch", "list_dashboards", "DashboardEntries[].DashboardName"),
    "AWS::Cognito::UserPool": ("cognito-idp", "list_user_pools", "UserPools[].Id"),
    "AWS::DynamoDB::Table": ("dynamodb", "list_tables", "TableNames[]"),
    "AWS::EC2::RouteTable": ("ec2", "describe_route_tables", "RouteTables[].RouteTableId"),
    "AWS::EC2::SecurityGroup": ("ec2", "describe_security_groups", "SecurityGroups[].GroupId"),
    "AWS::EC2::Subnet": ("ec2", "describe_subnets", "Subnets[].SubnetId"),
    "AWS::EC2::VPC": ("ec2", "describe_vpcs", "Vpcs[].VpcId"),
    "AWS::EC2::VPCEndpoint": ("ec2", "describe_vpc_endpoints", "VpcEndpoints[].VpcEndpointId"),
    "AWS::Glue::Database": ("glue", "get_databases", "DatabaseList[].Name"),
    "AWS::IAM::ManagedPolicy": ("iam", "list_policies", "Policies[?starts_with(Arn, 'arn:aws:iam::1')].Arn"),
    "AWS::IAM::Role": ("iam", "list_roles", "Roles[].RoleName"),
    "AWS::Lambda::Function": ("lambda", "list_functions", "Functions[].FunctionName"),
    # Ours have a key. The emulator lets a function's last words make a group that was deleted meanwhile, which its role
    # does not allow.
    "AWS::Logs::LogGroup": ("logs", "describe_log_groups", "logGroups[?kmsKeyId].logGroupName"),
    "AWS::S3::Bucket": ("s3", "list_buckets", "Buckets[].Name"),
    "AWS::SNS::Topic": ("sns", "list_topics", "Topics[].TopicArn"),
    "AWS::SQS::Queue": ("sqs", "list_queues", "QueueUrls[]"),
    "AWS::StepFunctions::StateMachine": ("stepfunctions", "list_state_machines", "stateMachines[].stateMachineArn"),
}
# What an operation cannot be called without.
NEEDED = {"list_user_pools": {"MaxResults": 60}}
KEY, TABLE = "AWS::KMS::Key", "AWS::Glue::Table"
LISTED = {*LISTINGS, KEY, TABLE}


@cache
def _assembly(name: str, profile: Profile) -> Path:
    """A stack whose data may be deleted if its profile agrees, built by the worker that needs it first."""
    shared = Path(os.environ[SHARED]) / f"emulated-{name}-{profile.name}"
    if not shared.exists():
        own = tempfile.mkdtemp(prefix="own-", dir=os.environ[SHARED])
        app = cdk.App(outdir=own, context={**FLAGS, "cdk-ml:delete-data": True})
        reference_stacks()[name](app, name, profile=profile)
        app.synth()
        # Whole or not at all: where another worker was quicker, its assembly is as good.
        with suppress(OSError):
            Path(own).rename(shared)
    return shared


def published(emulator: Emulator, name: str, profile: Profile) -> dict[str, Any]:
    """The template of a stack in a profile, once its assets are published."""
    assembly = _assembly(name, profile)
    emulator.publish(assembly)
    template: dict[str, Any] = json.loads((assembly / f"{name}.template.json").read_text())
    return template


def parameters(template: Mapping[str, Any]) -> dict[str, str]:
    """A value for every parameter that has none."""
    wanted = template.get("Parameters", {}).items()
    return {name: name.lower() for name, parameter in wanted if "Default" not in parameter}


def existing(emulator: Emulator) -> dict[str, set[str]]:
    """Physical ids of everything that can be listed, by type."""
    found = {
        type_: set(
            jmespath.search(path, getattr(emulator.client(service), operation)(**NEEDED.get(operation, {}))) or ()
        )
        for type_, (service, operation, path) in LISTINGS.items()
    }
    # Tables are listed database by database.
    glue = emulator.client("glue")
    found[TABLE] = {
        table["Name"]
        for database in found["AWS::Glue::Database"]
        for table in glue.get_tables(DatabaseName=database)["TableList"]
    }
    kms = emulator.client("kms")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    # A deleted key waits for days before it is gone.
    found[KEY] = {key["KeyId"] for key in keys if key["KeyState"] == "Enabled"}
    return found


def left(emulator: Emulator, before: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """What is there and was not before, by type."""
    return {type_: new for type_, ids in existing(emulator).items() if (new := ids - before[type_])}
