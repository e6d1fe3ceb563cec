"""The customer managed key of a workspace, and who may use it besides the roles that are granted it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-cmk-policy.html
"""

from __future__ import annotations

from typing import Any

from aws_cdk import Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk_ml.workspace.profile import Profile

_PUBLISHERS = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com", "events.amazonaws.com")
_LOG_DELIVERY = "delivery.logs.amazonaws.com"


def workspace_key(scope: Construct, id: str, *, profile: Profile, removal_policy: RemovalPolicy) -> kms.Key:
    """A key, rotated every year, that IAM policies of this account can grant.

    CloudWatch Logs may use it for this account's log groups, flow logs and logs of state machines; CloudWatch alarms,
    AWS Budgets and EventBridge to send to encrypted topics and queues of this account.
    """
    key = kms.Key(
        scope,
        id,
        description="Data, artifacts and logs of a machine learning workspace",
        enable_key_rotation=True,
        pending_window=Duration.days(profile.key_deletion_days),
        removal_policy=removal_policy,
    )
    for statement in _service_statements(Stack.of(scope)):
        key.add_to_resource_policy(iam.PolicyStatement.from_json(statement))
    return key


def _service_statements(stack: Stack) -> list[dict[str, Any]]:
    log_groups = stack.format_arn(service="logs", resource="log-group:*")
    deliveries = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:*"
    return [
        {
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{Aws.REGION}.{Aws.URL_SUFFIX}"},
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": "*",
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": [*_PUBLISHERS, _LOG_DELIVERY]},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
        },
        {
            # What an encrypted state machine logs reaches the delivery service encrypted, with this context only:
            # https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
            "Effect": "Allow",
            "Principal": {"Service": _LOG_DELIVERY},
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:EncryptionContext:SourceArn": deliveries}},
        },
    ]
