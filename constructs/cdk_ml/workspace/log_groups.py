"""Log groups under the workspace's key, kept for as long as its profile says.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_ml.workspace.deletion import unless_creation_fails
from cdk_ml.workspace.profile import Profile


def log_group(
    scope: Construct, id: str, *, name: str | None, key: kms.IKey, profile: Profile, removal_policy: RemovalPolicy
) -> logs.CfnLogGroup:
    """A log group; one that is retained is still removed when its creation fails.

    :param name: the name, where a service chooses itself where it writes.
    """
    group = logs.CfnLogGroup(
        scope,
        id,
        log_group_name=name,
        kms_key_id=key.key_arn,
        retention_in_days=profile.log_retention_days,
    )
    group.apply_removal_policy(unless_creation_fails(removal_policy))
    return group
