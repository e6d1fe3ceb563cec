"""Lets teams ask models: checks who asks and what is left of their quota, asks under their profile, and counts.

Started by cdk-ml's streaming runtime behind an API that has checked who calls. Requests and answers have the shape of
Bedrock's Converse API; with ``"stream": true`` its events come as server-sent events, and at the end one of ``done`` or
``error``. Environment: PARAMETERS (names of the teams' parameters), TABLE, GUARDRAIL and GUARDRAIL_VERSION (absent
where there is none), MAX_TOKENS and MAX_BYTES (of one call), NAMESPACE and GATEWAY of the metrics.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    ParamValidationError,
)
from counts import count
from ledger import Held, Ledger
from request import Asked, RefusedError, asked
from tally import Tally
from teams import Team, Teams, choose

_MODEL_SECONDS = 240
# Once: a request that is sent again behind the caller's back may be paid twice and counted once.
_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=_MODEL_SECONDS, connect_timeout=5)
_RETRY_SECONDS = "10"
_BUSY = (
    "ModelNotReadyException",
    "ServiceQuotaExceededException",
    "ServiceUnavailableException",
    "ThrottlingException",
)
_LATE = ("ModelStreamErrorException", "ModelTimeoutException")
# What the caller can do about what went wrong, and the status that says so, by the metric that counts it.
_SAID = {
    "Throttled": (503, "throttled", "The model has too many requests at this moment. Send it again in a while."),
    "Late": (504, "late", "The model took too long. Ask for less at once, or stream the answer."),
    "Failed": (500, "failed", "Something went wrong, and somebody was told."),
}

runtime = boto3.client("bedrock-runtime", config=_CONFIG)
teams = Teams(boto3.client("ssm"))
ledger = Ledger(boto3.client("dynamodb"))

Part = str | dict[str, Any]


def handler(event: dict[str, Any], context: Any) -> Iterator[Part]:
    """Answer one call.

    :param event: in the format of a Lambda proxy integration.
    """
    call = context.aws_request_id
    team: Team | None = None
    try:
        question = asked(event)
        team = choose(teams.of(event), question.team, question.model)
        tally = Tally(team.models[question.model], question, team.unit)
        held = ledger.reserve(team, call, tally.reserved)
    except RefusedError as refused:
        count(refused.metric, team, percent=refused.percent)
        yield from _refused(refused.status, refused.code, str(refused), call, refused.headers)
        return
    except (ClientError, BotoCoreError) as error:
        _log(error, call)
        count("Failed", team)
        yield from _refused(*_SAID["Failed"], call)
        return
    # Whatever happens from here on, and whoever hangs up, what was used is settled.
    try:
        ask = _streamed if question.stream else _whole
        yield from ask(question, team, tally, held, call)
    finally:
        held.settle(tally.charged)


def _whole(question: Asked, team: Team, tally: Tally, held: Held, call: str) -> Iterator[Part]:
    try:
        answer = runtime.converse(**_arguments(question, team))
    except (ClientError, BotoCoreError) as error:
        tally.fail(error)
        yield from _failed(error, team, question.model, call)
        return
    tally.measure(answer.get("usage", {}))
    quota = _settled(question, team, tally, held, answer["stopReason"])
    body = {
        "model": question.model,
        "output": answer["output"],
        "stopReason": answer["stopReason"],
        "usage": answer.get("usage", {}),
        "quota": quota,
    }
    yield _start(200, "application/json")
    yield _text(body)


def _streamed(question: Asked, team: Team, tally: Tally, held: Held, call: str) -> Iterator[Part]:
    try:
        stream = runtime.converse_stream(**_arguments(question, team))["stream"]
    except (ClientError, BotoCoreError) as error:
        tally.fail(error)
        yield from _failed(error, team, question.model, call)
        return
    tally.start()
    yield _start(200, "text/event-stream")
    reason, usage = "", {}
    try:
        for each in stream:
            ((name, data),) = each.items()
            if name == "metadata":
                usage = data.get("usage", {})
                tally.measure(usage)
                continue
            reason = data["stopReason"] if name == "messageStop" else reason
            said = _text(data)
            tally.hear(said if name in ("contentBlockStart", "contentBlockDelta") else "")
            yield f"event: {name}\ndata: {said}\n\n"
    except (ClientError, BotoCoreError) as error:
        metric, (_, code, message) = _meaning(error)
        _log(error, call)
        count(metric, team, question.model, tally=tally)
        yield f"event: error\ndata: {_text({'code': code, 'message': message, 'request': call})}\n\n"
        return
    except GeneratorExit:
        count("HungUp", team, question.model, tally=tally)
        raise
    finally:
        stream.close()
    quota = _settled(question, team, tally, held, reason)
    yield f"event: done\ndata: {_text({'usage': usage, 'quota': quota})}\n\n"


def _settled(question: Asked, team: Team, tally: Tally, held: Held, reason: str) -> dict[str, Any]:
    """Settle and count an answer; what is left of the quota."""
    spent = held.settle(tally.charged)
    outcome = "Blocked" if reason == "guardrail_intervened" else "Answered"
    percent = None if spent is None else team.percent(spent)
    count(outcome, team, question.model, tally=tally, percent=percent)
    return team.quota(held.month, spent)


def _arguments(question: Asked, team: Team) -> dict[str, Any]:
    arguments = {**question.arguments, "modelId": team.models[question.model].profile}
    guardrail = os.environ.get("GUARDRAIL")
    if guardrail:
        config = {"guardrailIdentifier": guardrail, "guardrailVersion": os.environ["GUARDRAIL_VERSION"]}
        # Nothing is sent before it was checked: "sync" keeps words back for as long as that takes.
        arguments["guardrailConfig"] = {**config, "streamProcessingMode": "sync"} if question.stream else config
    return arguments


def _failed(error: Exception, team: Team | None, model: str, call: str) -> Iterator[Part]:
    """What is said instead of an answer, before any part of it was sent."""
    _log(error, call)
    if isinstance(error, ParamValidationError) or _name(error) == "ValidationException":
        # What Bedrock has against a request is for its caller, who wrote it.
        count("Refused", team, model)
        yield from _refused(400, "invalid", str(error), call)
        return
    metric, (status, code, message) = _meaning(error)
    count(metric, team, model)
    yield from _refused(status, code, message, call, {"Retry-After": _RETRY_SECONDS} if status == 503 else {})


def _meaning(error: Exception) -> tuple[str, tuple[int, str, str]]:
    name = _name(error)
    late = name in _LATE or "Timeout" in type(error).__name__
    metric = "Throttled" if name in _BUSY else "Late" if late else "Failed"
    return metric, _SAID[metric]


def _name(error: Exception) -> str:
    # In the middle of a stream, names of errors start with a small letter.
    name = str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""
    return name[:1].upper() + name[1:]


def _log(error: Exception, call: str) -> None:
    print(json.dumps({"level": "ERROR", "requestId": call, "error": repr(error)}), flush=True)


def _refused(status: int, code: str, message: str, call: str, headers: dict[str, str] | None = None) -> Iterator[Part]:
    yield _start(status, "application/json", headers)
    yield _text({"error": {"code": code, "message": message, "request": call}})


def _start(status: int, kind: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    usual = {"Content-Type": f"{kind}; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return {"statusCode": status, "headers": {**usual, **({} if headers is None else headers)}}


def _text(value: Any) -> str:
    # Thoughts that a model has hidden are bytes.
    return json.dumps(value, ensure_ascii=False, default=lambda data: base64.b64encode(data).decode())
