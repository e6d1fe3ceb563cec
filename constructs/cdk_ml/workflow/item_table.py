"""A table of DynamoDB for what state machines remember: who has the turn, what is wanted.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
"""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from cdk_ml.workspace import Workspace, acknowledge


def item_table(scope: Construct, id: str, *, workspace: Workspace, key: str, no_backup: str) -> dynamodb.CfnTable:
    """Make a table of few items, which goes with its stack.

    :param key: attribute that tells items apart.
    :param no_backup: why a backup would do harm.
    """
    table = dynamodb.CfnTable(
        scope,
        id,
        attribute_definitions=[{"attributeName": key, "attributeType": "S"}],
        key_schema=[{"attributeName": key, "keyType": "HASH"}],
        billing_mode="PAY_PER_REQUEST",
        sse_specification={"sseEnabled": True, "sseType": "KMS", "kmsMasterKeyId": workspace.key.key_arn},
        point_in_time_recovery_specification={"pointInTimeRecoveryEnabled": True},
    )
    table.apply_removal_policy(RemovalPolicy.DESTROY)
    acknowledge(
        table,
        f"{no_backup} https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html",
        "NIST.800.53.R5-DynamoDBInBackupPlan",
        "HIPAA.Security-DynamoDBInBackupPlan",
    )
    return table
