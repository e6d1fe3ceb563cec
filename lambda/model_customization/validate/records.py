"""What is wrong with a line of training data, in the formats that Bedrock's customization jobs read.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-prepare.html
"""

from __future__ import annotations

import json
from typing import Any

CONVERSATION = "bedrock-conversation-2024"
# Most texts have fewer: a ceiling on cost that is held against this is not passed unnoticed.
CHARACTERS_PER_TOKEN = 3


class MalformedError(ValueError):
    """A line that Bedrock would refuse, and why."""


def texts_of(line: bytes, style: str) -> list[str]:
    """The texts of one line, in order.

    :param style: ``pairs`` of prompt and completion, ``conversations``, or plain ``text`` to go on training with.
    :raises MalformedError: when the line is not of that style.
    """
    try:
        record = json.loads(line)
    except (UnicodeDecodeError, ValueError):
        raise MalformedError("is not JSON in UTF-8") from None
    if not isinstance(record, dict):
        raise MalformedError("is JSON, but no object")
    match style:
        case "pairs":
            return [_text(record, "prompt"), _text(record, "completion")]
        case "text":
            return [_text(record, "input")]
        case "conversations":
            return _conversation(record)
    raise ValueError(f"{style} is no style of training data")


def _text(record: dict[str, Any], name: str) -> str:
    text = record.get(name)
    if not isinstance(text, str) or not text.strip():
        raise MalformedError(f"has no text under {name!r}")
    return text


def _conversation(record: dict[str, Any]) -> list[str]:
    if record.get("schemaVersion") != CONVERSATION:
        raise MalformedError(f"has no schemaVersion {CONVERSATION!r}")
    messages = record.get("messages")
    if not isinstance(messages, list) or not messages:
        raise MalformedError("has no messages")
    system = record.get("system", [])
    if not isinstance(system, list):
        raise MalformedError("has a system that is no list of texts")
    texts = [text for part in system for text in _spoken({"content": [part]})]
    for index, message in enumerate(messages):
        expected = "assistant" if index % 2 else "user"
        if not isinstance(message, dict) or message.get("role") != expected:
            raise MalformedError(f"has a message {index + 1} that is not of the {expected}")
        spoken = _spoken(message)
        if not spoken:
            raise MalformedError(f"has a message {index + 1} without content")
        texts += spoken
    if len(messages) % 2:
        raise MalformedError("does not end with what the assistant should say")
    return texts


def _spoken(message: dict[str, Any]) -> list[str]:
    """Texts of a message; images and documents count as what they are named."""
    content = message.get("content")
    if not isinstance(content, list):
        return []
    return [str(part.get("text", json.dumps(part))) for part in content if isinstance(part, dict) and part]
