"""What a caller asks: read from a request, and refused where it is not for a model.

A request has the members of Converse's that concern what is said, and ``model``, ``stream`` and ``team`` beside them.
What decides about the model, the guardrail or the bill is not the caller's to say.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import dataclass, field
from typing import Any

_MEMBERS = ("inferenceConfig", "messages", "model", "stream", "system", "team", "toolConfig")
# guardContent is missing on purpose: once something is marked so, a guardrail looks at nothing else. So is whatever
# lies in a bucket, which would be read with the gateway's permissions.
_CONTENT = ("cachePoint", "document", "image", "reasoningContent", "text", "toolResult", "toolUse")
_INFERENCE = ("maxTokens", "stopSequences", "temperature", "topP")
_CHARACTERS_OF_A_TOKEN = 3
_TOKENS_OF_AN_IMAGE = 2_000


class RefusedError(Exception):
    """A request that is not answered.

    :ivar status: of HTTP.
    :ivar code: for programs.
    :ivar metric: what it is counted as.
    :ivar headers: for the answer.
    :ivar percent: how much of the quota is spent, if that is why.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        metric: str = "Refused",
        headers: dict[str, str] | None = None,
        percent: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.metric = metric
        self.headers = {} if headers is None else headers
        self.percent = percent


@dataclass(frozen=True, slots=True)
class Asked:
    """A call.

    :ivar model: id of the model.
    :ivar team: whose call it is, where the caller said so.
    :ivar stream: whether the answer is sent while it is made.
    :ivar arguments: of ``Converse``, but for model and guardrail.
    :ivar input_tokens: more or less what the model has to read: rather more than less.
    :ivar max_tokens: what it may write.
    """

    model: str
    team: str | None
    stream: bool
    arguments: dict[str, Any] = field(repr=False)
    input_tokens: int
    max_tokens: int


def asked(event: dict[str, Any]) -> Asked:
    """The call of a request in the format of a Lambda proxy integration.

    :raises RefusedError: with what the caller can do about it.
    """
    body = _body(event)
    for name in body:
        if name not in _MEMBERS:
            raise _invalid(f"{name} is not for callers to say. A request has {', '.join(_MEMBERS)}.")
    model, team = body.get("model"), body.get("team")
    if not isinstance(model, str) or not model:
        raise _invalid("Name a model, such as amazon.nova-lite-v1:0.")
    if team is not None and not isinstance(team, str):
        raise _invalid("The team has to be named by a text.")
    inference = _inference(body.get("inferenceConfig", {}))
    weight = _Weight()
    arguments: dict[str, Any] = {"messages": _messages(body.get("messages"), weight), "inferenceConfig": inference}
    if body.get("system"):
        arguments["system"] = _system(body["system"])
    if body.get("toolConfig"):
        arguments["toolConfig"] = body["toolConfig"]
    weight.text(json.dumps([body.get("system"), body.get("toolConfig")], ensure_ascii=False))
    return Asked(model, team, body.get("stream") is True, arguments, weight.tokens, inference["maxTokens"])


class _Weight:
    """How many tokens a request may have, before anybody has counted them."""

    def __init__(self) -> None:
        self.tokens = 0

    def text(self, text: str) -> None:
        # Bytes, and not characters: writing with many characters has many tokens.
        self.tokens += -(-len(text.encode()) // _CHARACTERS_OF_A_TOKEN)

    def image(self) -> None:
        self.tokens += _TOKENS_OF_AN_IMAGE


def _body(event: dict[str, Any]) -> dict[str, Any]:
    text, most = event.get("body") or "", int(os.environ["MAX_BYTES"])
    raw = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    if len(raw) > most:
        message = f"This request has {len(raw)} bytes. Send at most {most}: fewer turns, or smaller documents."
        raise RefusedError(413, "oversize", message)
    try:
        body = json.loads(raw)
    except ValueError:
        raise _invalid("This request is no JSON.") from None
    if not isinstance(body, dict):
        raise _invalid("This request is no JSON object.")
    return body


def _inference(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise _invalid("inferenceConfig has to be an object.")
    for name in given:
        if name not in _INFERENCE:
            raise _invalid(f"inferenceConfig.{name} is unknown. It has {', '.join(_INFERENCE)}.")
    most = int(os.environ["MAX_TOKENS"])
    tokens = given.get("maxTokens", most)
    if not isinstance(tokens, int) or isinstance(tokens, bool) or not 1 <= tokens <= most:
        raise _invalid(f"inferenceConfig.maxTokens={json.dumps(tokens)} is not between 1 and {most}.")
    return {**given, "maxTokens": tokens}


def _messages(given: Any, weight: _Weight) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given:
        raise _invalid("messages has to be a list of what was said.")
    found = []
    for turn in given:
        if not isinstance(turn, dict) or {*turn} != {"role", "content"} or not isinstance(turn["content"], list):
            raise _invalid("Each of messages has a role and a list of content.")
        found.append({"role": turn["role"], "content": [_content(block, weight) for block in turn["content"]]})
    return found


def _content(block: Any, weight: _Weight) -> dict[str, Any]:
    if not isinstance(block, dict) or len(block) != 1:
        raise _invalid("Each content is an object with one member.")
    ((kind, data),) = block.items()
    if kind not in _CONTENT:
        raise _invalid(f"{kind} is no content that is taken. Send {', '.join(_CONTENT)}.")
    if kind == "toolResult":
        if not isinstance(data, dict) or not isinstance(data.get("content"), list):
            raise _invalid("toolResult needs a list of content.")
        return {kind: {**data, "content": [_result(each, weight) for each in data["content"]]}}
    if kind in ("document", "image"):
        return {kind: _attached(kind, data, weight)}
    weight.text(json.dumps(data, ensure_ascii=False))
    return {kind: data}


def _result(block: Any, weight: _Weight) -> dict[str, Any]:
    """What a tool answered: JSON, beside what people can say."""
    if isinstance(block, dict) and {*block} == {"json"}:
        weight.text(json.dumps(block, ensure_ascii=False))
        return block
    return _content(block, weight)


def _attached(kind: str, data: Any, weight: _Weight) -> dict[str, Any]:
    """An image or a document, whose bytes JSON can only hold in base64."""
    source = data.get("source") if isinstance(data, dict) else None
    if not isinstance(source, dict) or {*source} != {"bytes"} or not isinstance(source["bytes"], str):
        raise _invalid(f"{kind}.source has to be bytes, in base64.")
    try:
        content = base64.b64decode(source["bytes"], validate=True)
    except binascii.Error:
        raise _invalid(f"{kind}.source.bytes is not in base64.") from None
    if kind == "image":
        weight.image()
    else:
        weight.tokens += -(-len(content) // _CHARACTERS_OF_A_TOKEN)
    return {**data, "source": {"bytes": content}}


def _system(given: Any) -> list[dict[str, Any]]:
    """What callers tell the model to be, which the guardrail looks at only where it is marked."""
    if not isinstance(given, list) or not all(isinstance(each, dict) and len(each) == 1 for each in given):
        raise _invalid("system has to be a list of texts.")
    found = []
    for block in given:
        ((kind, data),) = block.items()
        if kind not in ("cachePoint", "text"):
            raise _invalid(f"{kind} is no system prompt that is taken. Send text or cachePoint.")
        guarded = kind == "text" and bool(os.environ.get("GUARDRAIL"))
        found.append({"guardContent": {"text": {"text": data}}} if guarded else block)
    return found


def _invalid(message: str) -> RefusedError:
    return RefusedError(400, "invalid", message)
