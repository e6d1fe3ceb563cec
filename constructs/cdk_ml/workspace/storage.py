"""The buckets of a workspace: data, artifacts, and the logs about both.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.workspace.acknowledgement import acknowledge
from cdk_ml.workspace.profile import Profile

ACCESS_LOGS = "s3-access-logs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Buckets of your own, in place of the workspace's.

    :param data: training data and captured requests.
    :param artifacts: model artifacts and source bundles.
    :param logs: access logs of buckets; encrypted with S3's keys, as their delivery demands.
    """

    data: s3.IBucket | None = None
    artifacts: s3.IBucket | None = None
    logs: s3.IBucket | None = None


def private_bucket(
    scope: Construct,
    id: str,
    *,
    profile: Profile,
    removal_policy: RemovalPolicy,
    key: kms.IKey,
    logs: s3.IBucket,
    expires: bool = False,
) -> s3.Bucket:
    """A versioned bucket under the workspace's key, whose accesses are logged.

    :param expires: delete objects once logs of the profile's age would be.
    """
    bucket = _bucket(
        scope,
        id,
        removal_policy,
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=True,
        # By name: given the bucket itself, the CDK would grant the delivery in one of two ways, depending on the
        # feature flags of the user's app, of which the older one needs an ACL.
        server_access_logs_bucket=s3.Bucket.from_bucket_name(scope, f"{id}Logs", logs.bucket_name),
        server_access_logs_prefix=f"{ACCESS_LOGS}/{id.lower()}/",
        lifecycle_rules=[
            s3.LifecycleRule(
                id="expire-old-versions",
                expiration=Duration.days(profile.log_retention_days) if expires else None,
                noncurrent_version_expiration=Duration.days(profile.old_version_days),
                abort_incomplete_multipart_upload_after=Duration.days(7),
            )
        ],
    )
    if isinstance(logs, s3.Bucket):
        acknowledge(
            bucket,
            "The log bucket is the workspace's own: its policy admits the access logs of every bucket of this account.",
            "Annotation::@aws-cdk/aws-s3:accessLogsPolicyNotAdded",
        )
    return bucket


def log_bucket(scope: Construct, id: str, *, profile: Profile, removal_policy: RemovalPolicy) -> s3.Bucket:
    """A bucket that S3 delivers access logs to."""
    bucket = _bucket(
        scope,
        id,
        removal_policy,
        encryption=s3.BucketEncryption.S3_MANAGED,
        lifecycle_rules=[
            s3.LifecycleRule(
                id="expire-logs",
                expiration=Duration.days(profile.log_retention_days),
                noncurrent_version_expiration=Duration.days(7),
                abort_incomplete_multipart_upload_after=Duration.days(1),
            )
        ],
    )
    bucket.add_to_resource_policy(
        iam.PolicyStatement.from_json(
            {
                "Effect": "Allow",
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": bucket.arn_for_objects(f"{ACCESS_LOGS}/*"),
                "Condition": {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            }
        )
    )
    acknowledge(
        bucket,
        "S3 delivers server access logs only to buckets that are encrypted with S3's own keys: "
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
        "NIST.800.53.R5-S3DefaultEncryptionKMS",
        "HIPAA.Security-S3DefaultEncryptionKMS",
        "PCI.DSS.321-S3DefaultEncryptionKMS",
    )
    return bucket


def admit_flow_logs(bucket: s3.Bucket) -> s3.Bucket:
    """Let the VPC flow logs of this account and region be delivered to ``bucket``.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
    """
    delivery = {
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Condition": {
            "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
            "ArnLike": {"aws:SourceArn": Stack.of(bucket).format_arn(service="logs", resource="*")},
        },
    }
    for action, resource in (("s3:GetBucketAcl", bucket.bucket_arn), ("s3:PutObject", bucket.arn_for_objects("*"))):
        statement = {**delivery, "Action": action, "Resource": resource}
        bucket.add_to_resource_policy(iam.PolicyStatement.from_json(statement))
    return bucket


def _bucket(scope: Construct, id: str, removal_policy: RemovalPolicy, **options: Any) -> s3.Bucket:
    bucket = s3.Bucket(
        scope,
        id,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        versioned=True,
        removal_policy=removal_policy,
        auto_delete_objects=removal_policy is RemovalPolicy.DESTROY,
        **options,
    )
    _acknowledge_single_region(bucket)
    if removal_policy is RemovalPolicy.DESTROY:
        _acknowledge_deletion(bucket)
    return bucket


def _acknowledge_single_region(bucket: s3.Bucket) -> None:
    acknowledge(
        bucket,
        "Versioning protects the objects within the region. Copies elsewhere are a decision about data residency and "
        "cost that a library cannot take: bring a replicated bucket through Buckets(...) where the plan asks for one.",
        "NIST.800.53.R5-S3BucketReplicationEnabled",
        "HIPAA.Security-S3BucketReplicationEnabled",
        "PCI.DSS.321-S3BucketReplicationEnabled",
    )


def _acknowledge_deletion(bucket: s3.Bucket) -> None:
    """For the function with which the CDK empties buckets before it deletes them, one in a stack."""
    provider = Stack.of(bucket).node.find_child("Custom::S3AutoDeleteObjectsCustomResourceProvider")
    acknowledge(
        provider.node.find_child("Role"),
        "The CDK's own function empties buckets of a sandbox that was asked to be deleted. AWS maintains the policy, "
        "which lets it write its log and nothing else; each bucket's policy admits it to that bucket.",
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
    )
    acknowledge(
        provider.node.find_child("Handler"),
        "The CDK's own function runs once, when a sandbox is deleted, and CloudFormation waits for its answer: "
        "there are no concurrent runs to limit, no events to lose, and nothing in the VPC that it calls.",
        "NIST.800.53.R5-LambdaConcurrency",
        "NIST.800.53.R5-LambdaDLQ",
        "NIST.800.53.R5-LambdaInsideVPC",
        "HIPAA.Security-LambdaConcurrency",
        "HIPAA.Security-LambdaDLQ",
        "HIPAA.Security-LambdaInsideVPC",
        "PCI.DSS.321-LambdaInsideVPC",
    )
