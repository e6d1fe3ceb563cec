"""The tools of the coding assistant: what there are guidelines about, and what one says.

AgentCore's gateway calls it with a tool's input as the event; the client context says which tool was meant, with its
target in front. Guidelines are objects ``guidelines/<topic>.md`` of a bucket. Environment: BUCKET.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-add-target-lambda.html
"""

from __future__ import annotations

import os
import re
from typing import Any

import boto3  # type: ignore[import-untyped]

_TOOL = "bedrockAgentCoreToolName"
_SEPARATOR = "___"
_PREFIX, _SUFFIX = "guidelines/", ".md"
_TOPIC = re.compile(r"[a-z0-9-]{1,64}")
# A model's context is paid by the token.
_LONGEST = 20_000

s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Do what one tool does. What is wrong with the input is told to the model; what is wrong here is raised."""
    called = context.client_context.custom[_TOOL].rpartition(_SEPARATOR)[2]
    if called == "list_guidelines":
        return {"topics": _topics()}
    if called == "read_guideline":
        return _read(event.get("topic"))
    raise ValueError(f"{called} is no tool of this function")


def _topics() -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=os.environ["BUCKET"], Prefix=_PREFIX)
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    names = [key.removeprefix(_PREFIX).removesuffix(_SUFFIX) for key in keys if key.endswith(_SUFFIX)]
    return sorted(name for name in names if _TOPIC.fullmatch(name))


def _read(topic: object) -> dict[str, Any]:
    # The topic becomes a part of a key: a model's slash must not lead elsewhere.
    if not isinstance(topic, str) or not _TOPIC.fullmatch(topic):
        return {"error": "A topic has 1 to 64 lower case letters, digits and hyphens."}
    if topic not in _topics():
        return {"error": f"There is no guideline about {topic}. Call list_guidelines."}
    body = s3.get_object(Bucket=os.environ["BUCKET"], Key=f"{_PREFIX}{topic}{_SUFFIX}")["Body"]
    text = body.read().decode()
    return {"topic": topic, "text": text[:_LONGEST], "complete": len(text) <= _LONGEST}
