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


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Buckets of your own, in place of the workspace's.

    :param data: training data and captured requests.
    :param artifacts: model artifacts and source bundles.
    :param logs: access logs and flow logs; encrypted with S3's keys, as log delivery demands.
    """

    data: s3.IBucket | None = None
    artifacts: s3.IBucket | None = None
    logs: s3.IBucket | None = None


def private_bucket(
    scope: Construct, id: str, *, profile: Profile, removal_policy: RemovalPolicy, key: kms.IKey, logs: s3.IBucket
) -> s3.Bucket:
    """A versioned bucket under the workspace's key, whose accesses are logged."""
    bucket = _bucket(
        scope,
        id,
        profile,
        removal_policy,
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=True,
        server_access_logs_bucket=logs,
        server_access_logs_prefix=f"s3-access-logs/{id.lower()}/",
    )
    _acknowledge_single_region(bucket)
    return bucket


def log_bucket(scope: Construct, id: str, *, profile: Profile, removal_policy: RemovalPolicy) -> s3.Bucket:
    """A bucket that AWS delivers access logs and flow logs to."""
    bucket = _bucket(
        scope,
        id,
        profile,
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
    for statement in _log_delivery(bucket, Stack.of(scope)):
        bucket.add_to_resource_policy(iam.PolicyStatement.from_json(statement))
    _acknowledge_single_region(bucket)
    acknowledge(
        bucket,
        "S3 delivers server access logs only to buckets that are encrypted with S3's own keys: "
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
        "NIST.800.53.R5-S3DefaultEncryptionKMS",
        "HIPAA.Security-S3DefaultEncryptionKMS",
        "PCI.DSS.321-S3DefaultEncryptionKMS",
    )
    return bucket


def _bucket(scope: Construct, id: str, profile: Profile, removal_policy: RemovalPolicy, **options: Any) -> s3.Bucket:
    options.setdefault(
        "lifecycle_rules",
        [
            s3.LifecycleRule(
                id="expire-old-versions",
                noncurrent_version_expiration=Duration.days(profile.old_version_days),
                abort_incomplete_multipart_upload_after=Duration.days(7),
            )
        ],
    )
    return s3.Bucket(
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


def _log_delivery(bucket: s3.Bucket, stack: Stack) -> list[dict[str, Any]]:
    """What VPC flow logs need: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html"""
    own_account = {
        "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
        "ArnLike": {"aws:SourceArn": stack.format_arn(service="logs", resource="*")},
    }
    delivery = {"Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}, "Condition": own_account}
    return [
        {**delivery, "Action": "s3:GetBucketAcl", "Resource": bucket.bucket_arn},
        {**delivery, "Action": "s3:PutObject", "Resource": f"{bucket.bucket_arn}/vpc-flow-logs/*"},
    ]


def _acknowledge_single_region(bucket: s3.Bucket) -> None:
    acknowledge(
        bucket,
        "Versioning protects the objects within the region. Copies elsewhere are a decision about data residency and "
        "cost that a library cannot take: bring a replicated bucket through Buckets(...) where the plan asks for one.",
        "NIST.800.53.R5-S3BucketReplicationEnabled",
        "HIPAA.Security-S3BucketReplicationEnabled",
        "PCI.DSS.321-S3BucketReplicationEnabled",
    )
