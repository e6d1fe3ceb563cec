"""Lines of training data: what Bedrock reads, and why it would not read the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def records(load: Callable[..., ModuleType]) -> ModuleType:
    """The module, as Lambda loads it."""
    return load("model_customization/validate", "records")


def conversation(*roles: str, **more: Any) -> dict[str, Any]:
    """A conversation in which everyone says who they are."""
    messages = [{"role": role, "content": [{"text": f"I am the {role}"}]} for role in roles]
    return {"schemaVersion": "bedrock-conversation-2024", "messages": messages, **more}


@pytest.mark.parametrize(
    ("record", "style", "texts"),
    [
        ({"prompt": "a", "completion": "b"}, "pairs", ["a", "b"]),
        ({"input": "plain"}, "text", ["plain"]),
        (conversation("user", "assistant"), "conversations", ["I am the user", "I am the assistant"]),
        (
            conversation("user", "assistant", system=[{"text": "Be kind"}]),
            "conversations",
            ["Be kind", "I am the user", "I am the assistant"],
        ),
    ],
)
def test_texts_of_a_record_are_read(records: ModuleType, record: Any, style: str, texts: list[str]) -> None:
    assert records.texts_of(json.dumps(record).encode(), style) == texts


@pytest.mark.parametrize(
    ("line", "style", "message"),
    [
        (b'{"prompt": "a"', "pairs", "is not JSON in UTF-8"),
        (b'{"prompt": "\xff"}', "pairs", "is not JSON in UTF-8"),
        (b"[1]", "pairs", "is JSON, but no object"),
        (b'{"prompt": "a"}', "pairs", "has no text under 'completion'"),
        (b'{"prompt": " ", "completion": "b"}', "pairs", "has no text under 'prompt'"),
        (b'{"text": "a"}', "text", "has no text under 'input'"),
        (b'{"messages": []}', "conversations", "has no schemaVersion 'bedrock-conversation-2024'"),
        (json.dumps(conversation()).encode(), "conversations", "has no messages"),
        (json.dumps(conversation("user")).encode(), "conversations", "does not end with what the assistant should say"),
        (
            json.dumps(conversation("assistant", "user")).encode(),
            "conversations",
            "has a message 1 that is not of the user",
        ),
        (
            json.dumps(conversation("user", "assistant", system=None)).encode(),
            "conversations",
            "has a system that is no list of texts",
        ),
        (
            b'{"schemaVersion": "bedrock-conversation-2024", "messages": [{"role": "user", "content": "text"}]}',
            "conversations",
            "has a message 1 without content",
        ),
    ],
)
def test_what_is_wrong_with_a_record_is_said(records: ModuleType, line: bytes, style: str, message: str) -> None:
    with pytest.raises(records.MalformedError) as refused:
        records.texts_of(line, style)
    assert str(refused.value) == message


def test_a_style_that_nobody_knows_is_no_finding_about_the_data(records: ModuleType) -> None:
    with pytest.raises(ValueError, match="poems is no style of training data"):
        records.texts_of(b"{}", "poems")
