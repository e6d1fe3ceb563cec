"""What a person asks: read from a request, and refused where nobody could answer it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

LONGEST_QUESTION = 4_000
MOST_TURNS = 20
LONGEST_TURN = 8_000


class RefusedError(Exception):
    """A request that is not answered.

    :ivar status: of HTTP.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and what was said before it.

    :ivar text: the question.
    :ivar turns: pairs of who spoke, ``user`` or ``assistant``, and what they said; the oldest first.
    """

    text: str
    turns: tuple[tuple[str, str], ...]


def question(event: dict[str, Any]) -> Question:
    """The question of a request in the format of a Lambda proxy integration.

    :raises RefusedError: with what the person can do about it.
    """
    body = _body(event)
    text = body.get("message")
    if not isinstance(text, str) or not text.strip():
        raise RefusedError(400, "Ask something.")
    if len(text) > LONGEST_QUESTION:
        raise RefusedError(413, f"Your question has {len(text)} characters. Ask with at most {LONGEST_QUESTION}.")
    return Question(text.strip(), _turns(body.get("history", [])))


def _turns(history: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(history, list) or len(history) > MOST_TURNS:
        raise RefusedError(413, f"This conversation has more than {MOST_TURNS} turns. Start a new one.")
    turns = []
    for index, turn in enumerate(history):
        speaker = "assistant" if index % 2 else "user"
        if not isinstance(turn, dict) or turn.get("role") != speaker or not isinstance(turn.get("text"), str):
            raise RefusedError(400, "This conversation is garbled. Start a new one.")
        if not 0 < len(turn["text"]) <= LONGEST_TURN:
            raise RefusedError(413, "This conversation has a turn that is too long. Start a new one.")
        turns.append((speaker, turn["text"]))
    if len(turns) % 2:
        raise RefusedError(400, "This conversation is garbled. Start a new one.")
    return tuple(turns)


def _body(event: dict[str, Any]) -> dict[str, Any]:
    text = event.get("body") or ""
    try:
        body = json.loads(base64.b64decode(text) if event.get("isBase64Encoded") else text)
    except ValueError:
        raise RefusedError(400, "This request is no JSON.") from None
    if not isinstance(body, dict):
        raise RefusedError(400, "This request is no JSON object.")
    return body
