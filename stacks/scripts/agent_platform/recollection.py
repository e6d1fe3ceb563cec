"""What was said before in the session, from AgentCore's memory. Without a memory, or when it fails, nothing was.

https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_CreateEvent.html
"""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

_TURNS = 10
_PATIENCE = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
_ROLES = {"USER": "user", "ASSISTANT": "assistant"}

log = logging.getLogger("agent")


def recall(actor: str, session: str) -> list[dict[str, Any]]:
    """The last turns of a session, as the model takes them."""
    memory = os.environ.get("MEMORY_ID")
    if memory is None:
        return []
    try:
        found = _client().list_events(
            memoryId=memory, actorId=actor, sessionId=session, includePayloads=True, maxResults=_TURNS
        )["events"]
    except (BotoCoreError, ClientError):
        log.exception("the session could not be recalled")
        return []
    # The newest come first.
    items = [item for event in reversed(found) for item in event["payload"]]
    said = [item["conversational"] for item in items if "conversational" in item]
    return [{"role": _ROLES[turn["role"]], "content": [{"text": turn["content"]["text"]}]} for turn in said]


def remember(actor: str, session: str, prompt: str, answer: str) -> None:
    """Keep a question and its answer. What cannot be kept is answered all the same."""
    memory = os.environ.get("MEMORY_ID")
    if memory is None or not answer:
        return
    turns = (("USER", prompt), ("ASSISTANT", answer))
    payload = [{"conversational": {"role": role, "content": {"text": text}}} for role, text in turns]
    try:
        _client().create_event(
            memoryId=memory, actorId=actor, sessionId=session, eventTimestamp=datetime.now(UTC), payload=payload
        )
    except (BotoCoreError, ClientError):
        log.exception("the session could not be remembered")


def _client() -> Any:
    return boto3.client("bedrock-agentcore", config=_PATIENCE)
