"""The tools of the agent that helps with orders: find one, and pay one back.

AgentCore's gateway calls it with a tool's input as the event; the client context says which tool was meant, with its
target in front. Orders are objects ``orders/<number>.json`` of a bucket, refunds ``refunds/<number>.json``.
Environment: BUCKET.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-add-target-lambda.html
"""

from __future__ import annotations

import json
import os
import re
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

_TOOL = "bedrockAgentCoreToolName"
_SEPARATOR = "___"
_NUMBER = re.compile(r"[A-Z0-9-]{1,32}")

s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Do what one tool does. What is wrong with the input is told to the model; what is wrong here is raised."""
    called = context.client_context.custom[_TOOL].rpartition(_SEPARATOR)[2]
    number = event.get("order")
    # The number becomes a part of a key: a model's slash must not lead elsewhere.
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        return {"error": "The number of an order has 1 to 32 capital letters, digits and hyphens."}
    order = _order(number)
    if order is None:
        return {"error": f"There is no order {number}."}
    if called == "find_order":
        return order
    if called == "refund_order":
        return _refund(number, order, event.get("amount"))
    raise ValueError(f"{called} is no tool of this function")


def _order(number: str) -> dict[str, Any] | None:
    bucket, key = os.environ["BUCKET"], f"orders/{number}.json"
    # Asking for an object that there is not would say that it may not be read: the role lists this prefix only.
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("Contents", [])
    if not any(item["Key"] == key for item in listed):
        return None
    found: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    return found


def _refund(number: str, order: dict[str, Any], amount: object) -> dict[str, Any]:
    if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount <= order["total"]:
        return {"error": f"The amount is a whole number from 1 to {order['total']}."}
    refund = {"order": number, "amount": amount}
    try:
        # Whoever asks again, because an answer was lost, does not pay twice.
        s3.put_object(
            Bucket=os.environ["BUCKET"], Key=f"refunds/{number}.json", Body=json.dumps(refund).encode(), IfNoneMatch="*"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
        return {"error": f"Order {number} was paid back before."}
    return refund
