"""What every area asks for: values of names that many have, and imported resources of the CDK."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lakeformation as lakeformation
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.interfaces import aws_cloudwatch as watched
from aws_cdk.interfaces.aws_cognito import IUserPoolRef

from tests.proofs.arguments.known import Known
from tests.proofs.arguments.values import TOKEN

USUAL: Mapping[str, Sequence[Any]] = {
    "account": ["222222222222", TOKEN],
    "accounts": [("222222222222",), ("222222222222", "333333333333")],
    "audience": [("churn-app",)],
    "capacity": [2, 5],
    "conditions": [{"StringEquals": {"aws:ResourceAccount": "111111111111"}}],
    "environment": [{}, {"TABLE": "churn"}],
    "expression": ["rate(1 day)", "cron(0 3 * * ? *)", "at(2027-01-01T00:00:00)", TOKEN],
    "idle_minutes": [60, 120],
    "key": ["model.tar.gz", "unpacked/", TOKEN],
    "maximum": [4, 5],
    "minimum": [1, 2],
    "minutes": [3, 5],
    "name": ["Challenger", "b-2", "orders"],
    "namespace": ["shop"],
    "prefix": ["incoming/", "features/churn", "canvas", TOKEN],
    "schedule": ["cron(0 8 * * ? *)", "rate(5 minutes)", "at(2026-12-01T08:00:00)"],
    "scopes": [(), ("churn/invoke",)],
    "timezone": ["UTC", "Europe/Zurich"],
}


def _vpc(known: Known) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        known.scope,
        "Vpc",
        vpc_id="vpc-1",
        vpc_cidr_block="10.0.0.0/16",
        availability_zones=["us-east-1a"],
        isolated_subnet_ids=["subnet-1"],
        isolated_subnet_route_table_ids=["rtb-1"],
    )


KNOWN: Mapping[type, Callable[[Known], Any]] = {
    IUserPoolRef: lambda known: cognito.UserPool.from_user_pool_id(known.scope, "Users", "us-east-1_abcdefghi"),
    watched.IAlarmRef: lambda known: cloudwatch.Alarm.from_alarm_arn(
        known.scope, "Alarm", "arn:aws:cloudwatch:us-east-1:111111111111:alarm:drift"
    ),
    ec2.InterfaceVpcEndpointAwsService: lambda _: ec2.InterfaceVpcEndpointAwsService.SSM,
    ec2.IVpc: _vpc,
    ecr.IRepository: lambda known: ecr.Repository.from_repository_name(known.scope, "Repository", "models"),
    iam.IManagedPolicy: lambda known: iam.ManagedPolicy.from_managed_policy_arn(
        known.scope, "Policy", "arn:aws:iam::aws:policy/AWSDenyAll"
    ),
    iam.IRole: lambda known: iam.Role.from_role_name(known.scope, "Role", "mine"),
    kms.IKey: lambda known: kms.Key.from_key_arn(
        known.scope, "Key", "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001"
    ),
    lakeformation.CfnResource: lambda known: lakeformation.CfnResource(
        known.scope, "Registered", resource_arn="arn:aws:s3:::lake", use_service_linked_role=True
    ),
    lambda_.IFunction: lambda known: lambda_.Function.from_function_name(known.scope, "Imported", "judge"),
    rds.IDatabaseCluster: lambda known: rds.DatabaseCluster.from_database_cluster_attributes(
        known.scope, "Cluster", cluster_identifier="mine"
    ),
    s3.IBucket: lambda known: s3.Bucket.from_bucket_name(known.scope, "Bucket", "models"),
    sagemaker.CfnDomain: lambda known: sagemaker.CfnDomain(
        known.scope,
        "Plain",
        domain_name="plain",
        auth_mode="IAM",
        default_user_settings={"executionRole": "arn:aws:iam::111111111111:role/studio"},
    ),
    secretsmanager.ISecret: lambda known: secretsmanager.Secret.from_secret_name_v2(known.scope, "Secret", "mine"),
    sfn.IChainable: lambda known: sfn.Pass(known.scope, "State"),
    sns.ITopic: lambda known: sns.Topic.from_topic_arn(
        known.scope, "Topic", "arn:aws:sns:us-east-1:111111111111:alerts"
    ),
    sqs.IQueue: lambda known: sqs.Queue.from_queue_arn(
        known.scope, "Queue", "arn:aws:sqs:us-east-1:111111111111:asked"
    ),
}
