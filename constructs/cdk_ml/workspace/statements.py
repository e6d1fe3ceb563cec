"""What many roles may do: use the workspace's key, read a secret, write logs and traces, hand a role on.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cdk_ml.workspace.permissions import ANYTHING, Statement

if TYPE_CHECKING:
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_secretsmanager as secretsmanager

PUT_TRACES = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")


def use_key(key_arn: str) -> list[Statement]:
    """Read and write data that a customer managed key encrypts."""
    return [Statement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key_arn])]


def read_foreign_key(bucket: s3.IBucket, key_arn: str) -> list[Statement]:
    """Read what a bucket encrypts with a key that is not the workspace's; nothing where it has none or that one.

    :param key_arn: of the workspace's key, which the role has already.
    """
    key = bucket.encryption_key
    if key is None or key.key_arn == key_arn:
        return []
    return [Statement(actions=["kms:Decrypt"], resources=[key.key_arn])]


def read_secret(secret: secretsmanager.ISecret, *, renews: bool = False) -> list[Statement]:
    """Read a secret, and what encrypts it.

    :param renews: also write it, such as a token that is renewed in it.
    """
    # A secret that is known by its name has six more characters in its ARN.
    known = secret.secret_full_arn
    arn = f"{secret.secret_arn}-??????" if known is None else known
    actions = ["secretsmanager:GetSecretValue", *(["secretsmanager:PutSecretValue"] if renews else [])]
    found = [Statement(actions=actions, resources=[arn])]
    key = secret.encryption_key
    if key is not None:
        use = ["kms:Decrypt", *(["kms:GenerateDataKey"] if renews else [])]
        found.append(Statement(actions=use, resources=[key.key_arn]))
    return found


def write_logs(log_group_arn: str, *, actions: Sequence[str]) -> list[Statement]:
    """Write to one log group.

    :param actions: what of ``logs:`` the service needs for it.
    """
    return [
        Statement(
            actions=actions,
            resources=[log_group_arn],
            wildcard="The ARN of a log group ends in :*, which stands for its own streams. "
            "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html",
        )
    ]


def write_traces(*, page: str, actions: Sequence[str] = PUT_TRACES) -> list[Statement]:
    """Send traces to X-Ray.

    :param page: where AWS says that the service needs it.
    """
    return [
        Statement(
            actions=actions, resources=ANYTHING, wildcard=f"X-Ray's actions to send traces take no resource. {page}"
        )
    ]


def pass_role(role_arn: str, *, to: str) -> Statement:
    """Hand a role to one service.

    :param to: principal of the service, such as ``sagemaker.amazonaws.com``.
    """
    return Statement(
        actions=["iam:PassRole"], resources=[role_arn], conditions={"StringEquals": {"iam:PassedToService": to}}
    )
