"""One run at a time, and one that waits: whoever comes third may go, because the one that waits takes its files along.

One item in DynamoDB, changed under conditions only. A place is kept until its execution must have ended by itself, so
that one that was stopped by hand is in the way no longer than that.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from cdk_ml.mlops.states import CONDITION_FAILED, formula
from cdk_ml.workflow.item_table import item_table
from cdk_ml.workspace import Statement, Workspace

KEY = "preparation"
WAIT_SECONDS = 60

_ME = {":me": {"S": formula("$states.context.Execution.Id")}}
_ME_PATH = {":me": {"S.$": "$$.Execution.Id"}}
_RETRY = [
    # A condition that fails stays so: that is an answer, and not a fault.
    {"ErrorEquals": [CONDITION_FAILED], "MaxAttempts": 0},
    {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 5, "JitterStrategy": "FULL"},
]


def turn_table(scope: Construct, id: str, *, workspace: Workspace) -> dynamodb.CfnTable:
    """The table that has the item: which execution runs now, and nothing about data."""
    reason = "The item says which execution runs now; a backup would bring back one that ended."
    return item_table(scope, id, workspace=workspace, key=KEY, no_backup=reason)


def turn_statement(table: dynamodb.CfnTable) -> Statement:
    """What the states need."""
    return Statement(actions=["dynamodb:UpdateItem"], resources=[table.attr_arn])


def take_turn(table_name: str, name: str, *, timeout_seconds: int, next: str) -> dict[str, Any]:
    """The states in front of a run, the first of which is ``TakeTurn``.

    :param timeout_seconds: after which an execution is stopped by Step Functions.
    :param next: the state that has the turn.
    """
    until = f"$floor($toMillis($states.context.Execution.StartTime) / 1000) + {timeout_seconds}"
    now = "$floor($millis() / 1000)"
    values = {
        **_ME,
        ":until": {"N": formula(f"$string({until})")},
        ":now": {"N": formula(f"$string({now})")},
    }

    def take(place: str, next: str, otherwise: str) -> dict[str, Any]:
        update = {
            "UpdateExpression": f"SET {place} = :me, {place}Until = :until",
            "ConditionExpression": f"attribute_not_exists({place}) OR {place} = :me OR {place}Until < :now",
            "ExpressionAttributeValues": values,
        }
        return {
            "Type": "Task",
            "QueryLanguage": "JSONata",
            "Resource": f"arn:{Aws.PARTITION}:states:::dynamodb:updateItem",
            "Arguments": {**_item(table_name, name), **update},
            "Output": formula("$states.input"),
            "Retry": _RETRY,
            "Catch": [
                {"ErrorEquals": [CONDITION_FAILED], "Output": formula("$states.input"), "Next": otherwise},
            ],
            "Next": next,
        }

    return {
        "TakeTurn": take("running", "LeavePlace", "TakePlace"),
        "TakePlace": take("waiting", "WaitForTurn", "SomebodyWaits"),
        "WaitForTurn": {"Type": "Wait", "Seconds": WAIT_SECONDS, "Next": "TakeTurn"},
        # Who waits has not looked for files yet, and will find those that this execution was started for.
        "SomebodyWaits": {"Type": "Succeed"},
        # Before it looks for files: whoever comes from now on finds nobody waiting, and waits.
        "LeavePlace": _leave(table_name, name, "waiting", next=next, otherwise=next),
    }


def give_back(table_name: str, name: str, *, next: str, otherwise: str) -> dict[str, Any]:
    """Let the next one run."""
    return _leave(table_name, name, "running", next=next, otherwise=otherwise)


def _leave(table_name: str, name: str, place: str, *, next: str, otherwise: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::dynamodb:updateItem",
        "Parameters": {
            **_item(table_name, name),
            "UpdateExpression": f"REMOVE {place}, {place}Until",
            "ConditionExpression": f"{place} = :me",
            "ExpressionAttributeValues": _ME_PATH,
        },
        "ResultPath": "$.turn",
        "Retry": _RETRY,
        "Catch": [{"ErrorEquals": [CONDITION_FAILED], "ResultPath": "$.turn", "Next": otherwise}],
        "Next": next,
    }


def _item(table_name: str, name: str) -> Mapping[str, Any]:
    return {"TableName": table_name, "Key": {KEY: {"S": name}}}
