"""Opens a review: keeps the task's token and what is to be looked at, until somebody answers.

Called by a state that waits for its task token. What it raises fails that state.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import Any

import boto3  # type: ignore[import-untyped]

KEPT_SECONDS = 30 * 24 * 3600
KINDS = (".jpeg", ".jpg", ".pdf", ".png")

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Keep a review. The same token makes the same review, however often Step Functions calls.

    :param event: ``token``, ``title``, ``labels``, ``timeoutSeconds``, and ``text`` or ``document`` or both.
    """
    now = int(time.time())
    labels = event["labels"]
    if not isinstance(labels, list) or not labels or not all(isinstance(label, str) and label for label in labels):
        raise ValueError(f"labels={labels!r} are no list of texts to choose from")
    review = {
        # The token itself never leaves the server; this does not lead back to it.
        "id": hashlib.sha256(event["token"].encode()).hexdigest()[:32],
        "token": event["token"],
        "title": str(event["title"]),
        "labels": labels,
        "opened": now,
        "deadline": now + int(event["timeoutSeconds"]),
        "expires": now + int(event["timeoutSeconds"]) + KEPT_SECONDS,
        # Only what is open has this: the index of open reviews is made of it.
        "open": "yes",
    }
    if event.get("text") is not None:
        text = event["text"]
        review["text"] = text if isinstance(text, str) else json.dumps(text, indent=2, ensure_ascii=False)
    if event.get("document") is not None:
        review["document"] = _checked(event["document"])
    if "text" not in review and "document" not in review:
        raise ValueError("there is neither a text nor a document to look at")
    table.put_item(Item=review)
    return {"id": str(review["id"])}


def _checked(key: str) -> str:
    prefix = os.environ.get("PREFIX", "")
    if not os.environ.get("BUCKET"):
        raise ValueError("there is a document, but no bucket was named that documents may be in")
    if not key.startswith(prefix):
        raise ValueError(f"document={key!r} is not under {prefix!r}, where documents may be")
    if not key.lower().endswith(KINDS):
        raise ValueError(f"document={key!r} is not of a kind that a browser may show: {', '.join(KINDS)}")
    return key
