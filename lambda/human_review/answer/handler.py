"""What the reviewers' page calls: lists reviews, shows one, and takes its answer to the waiting state machine.

Behind an HTTP API whose JWT authorizer has checked who calls. The page is lambda/web_page/reviews.html.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any

import boto3  # type: ignore[import-untyped]
from boto3.dynamodb.conditions import Key  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

SHOWN = 50
COMMENT = 2_000
LINK_SECONDS = 300
# Whoever answers has the review to themselves for so long, should the answer not reach the state machine at once.
CLAIM_SECONDS = 120
KINDS = {".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".pdf": "application/pdf", ".png": "image/png"}
OVER = ("InvalidToken", "TaskDoesNotExist", "TaskTimedOut")
# What is known of a review that its reviewer may know. The token is not.
PUBLIC = ("id", "title", "text", "labels", "opened", "deadline")

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
states = boto3.client("stepfunctions")
# Objects under a customer managed key are only given for links of this signature.
# The page may load them from the bucket's address in its region only.
_REGIONAL = {"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
s3 = boto3.client("s3", config=Config(signature_version="s3v4", s3=_REGIONAL))

Answer = dict[str, Any]


def handler(event: dict[str, Any], _context: object) -> Answer:
    """Answer a request of the page.

    :param event: in format 2.0 of HTTP APIs.
    """
    match event["routeKey"]:
        case "GET /reviews":
            return _list()
        case "GET /reviews/{id}":
            return _show(event["pathParameters"]["id"])
        case "POST /reviews/{id}":
            return _decide(event["pathParameters"]["id"], _reviewer(event), _body(event))
    return _json(404, {"message": "There is nothing here."})


def _list() -> Answer:
    """Open reviews, the most urgent first."""
    urgent = Key("open").eq("yes") & Key("deadline").gt(int(time.time()))
    found = table.query(IndexName="open", KeyConditionExpression=urgent, Limit=SHOWN)
    reviews = [{name: item[name] for name in ("id", "title", "opened")} for item in found["Items"]]
    return _json(200, {"reviews": reviews})


def _show(id: str) -> Answer:
    item = table.get_item(Key={"id": id}, ConsistentRead=True).get("Item")
    if item is None:
        return _json(404, {"message": "This review does not exist."})
    if "open" not in item:
        return _json(409, {"message": _decided(item)})
    shown = {name: item[name] for name in PUBLIC if name in item}
    if "document" in item:
        shown["document"] = _link(item["document"])
    return _json(200, shown)


def _decide(id: str, reviewer: str, body: Any) -> Answer:
    item = table.get_item(Key={"id": id}, ConsistentRead=True).get("Item")
    if item is None:
        return _json(404, {"message": "This review does not exist."})
    label, comment = (body.get("label"), body.get("comment", "")) if isinstance(body, dict) else (None, "")
    if label not in item["labels"]:
        return _json(400, {"message": f"Choose one of: {', '.join(item['labels'])}."})
    if not isinstance(comment, str) or len(comment) > COMMENT:
        return _json(400, {"message": f"A comment has at most {COMMENT} characters."})
    answer = {"label": label, "comment": comment, "reviewer": reviewer, "decidedAt": int(time.time())}
    taken = _claim(id, answer)
    if taken is not None:
        return _json(409, {"message": taken})
    try:
        states.send_task_success(taskToken=item["token"], output=json.dumps(answer))
    except states.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in OVER:
            _close(id, over=True)
            return _json(410, {"message": "Nobody waits for this review any more: its time is over."})
        _release(id)
        raise
    _close(id, over=False)
    return _json(200, {"message": f"Thank you: decided as {label}."})


def _claim(id: str, answer: dict[str, Any]) -> str | None:
    """Put the answer down, if nobody else did; otherwise say who was first."""
    try:
        table.update_item(
            Key={"id": id},
            UpdateExpression="SET answer = :answer, claimedBy = :me, claimedAt = :now",
            # "open" is a word of DynamoDB's own.
            ConditionExpression="attribute_exists(#open) AND "
            "(attribute_not_exists(claimedBy) OR claimedBy = :me OR claimedAt < :stale)",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues={
                ":answer": answer,
                ":me": answer["reviewer"],
                ":now": answer["decidedAt"],
                ":stale": answer["decidedAt"] - CLAIM_SECONDS,
            },
        )
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        return _decided(table.get_item(Key={"id": id}, ConsistentRead=True).get("Item", {}))
    return None


def _release(id: str) -> None:
    """The answer did not arrive: whoever wants may try again."""
    table.update_item(Key={"id": id}, UpdateExpression="REMOVE answer, claimedBy, claimedAt")


def _close(id: str, *, over: bool) -> None:
    """Take a review off the list. Its token is of no use any more, and its answer none if it came too late."""
    late = ", answer" if over else ""
    table.update_item(
        Key={"id": id},
        UpdateExpression=f"REMOVE #open, #token{late}",
        ExpressionAttributeNames={"#open": "open", "#token": "token"},
    )


def _decided(item: dict[str, Any]) -> str:
    answer = item.get("answer")
    if answer is None:
        return "Nobody waits for this review any more: its time is over."
    return f"Another answer was first: {answer['label']}. Yours was not kept."


def _link(key: str) -> dict[str, str]:
    """A link to a document for a few minutes, which a browser shows as what it is and as nothing else."""
    kind = KINDS["." + key.rpartition(".")[2].lower()]
    given = {"Bucket": os.environ["BUCKET"], "Key": key}
    shown = {"ResponseContentType": kind, "ResponseContentDisposition": "inline"}
    url = s3.generate_presigned_url("get_object", Params={**given, **shown}, ExpiresIn=LINK_SECONDS)
    return {"url": url, "kind": kind}


def _reviewer(event: dict[str, Any]) -> str:
    return str(event["requestContext"]["authorizer"]["jwt"]["claims"]["username"])


def _body(event: dict[str, Any]) -> Any:
    text = event.get("body") or ""
    try:
        return json.loads(base64.b64decode(text) if event.get("isBase64Encoded") else text)
    except ValueError:
        return None


def _json(status: int, body: dict[str, Any]) -> Answer:
    # DynamoDB's numbers are decimals.
    text = json.dumps(body, default=int, ensure_ascii=False)
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": "application/json; charset=utf-8",
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'",
            "Referrer-Policy": "no-referrer",
            "Strict-Transport-Security": "max-age=63072000",
            "X-Content-Type-Options": "nosniff",
        },
        "body": text,
    }
