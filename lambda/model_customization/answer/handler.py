"""Asks a model what it was not trained on, and writes down what it answers, for a judge to read.

Called with ``{"model": <what Converse takes>, "questions": <s3 uri>, "answers": <s3 uri>}``; answers ``{"answered",
"blocked"}``. Questions are lines of JSON with a ``prompt`` and, where there is one, a ``referenceResponse`` and a
``category``; answers are the same lines in the format of an evaluation job that brings its own answers. Environment:
SOURCE, the name that the evaluation job knows the model by; GUARDRAIL and GUARDRAIL_VERSION, if any; MAX_TOKENS.
https://docs.aws.amazon.com/bedrock/latest/userguide/model-evaluation-prompt-datasets-judge.html
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

_AT_ONCE = 8
_MOST = 1_000  # Bedrock takes no more prompts in one evaluation.
# A model that was deployed a moment ago is slow at first, and on-demand models are throttled by design.
_PATIENT = Config(
    retries={"mode": "adaptive", "total_max_attempts": 10}, read_timeout=120, max_pool_connections=_AT_ONCE
)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda gives it)
    """Ask every question, eight at a time."""
    s3 = boto3.client("s3")
    runtime = boto3.client("bedrock-runtime", config=_PATIENT)
    bucket, key = _place(event["questions"])
    lines = s3.get_object(Bucket=bucket, Key=key)["Body"].read().splitlines()
    questions = [json.loads(line) for line in lines if line.strip()]
    if not 0 < len(questions) <= _MOST:
        raise ValueError(f"{event['questions']} has {len(questions)} questions; an evaluation takes 1 to {_MOST}")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        replies = [*pool.map(lambda question: _ask(runtime, event["model"], question["prompt"]), questions)]
    answered = [
        {**question, "modelResponses": [{"response": text, "modelIdentifier": os.environ["SOURCE"]}]}
        for question, (text, _) in zip(questions, replies, strict=True)
    ]
    bucket, key = _place(event["answers"])
    body = "\n".join(json.dumps(answer) for answer in answered).encode()
    s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/jsonl")
    return {"answered": len(answered), "blocked": sum(blocked for _, blocked in replies)}


def _ask(runtime: Any, model: str, prompt: str) -> tuple[str, bool]:
    guardrail = os.environ.get("GUARDRAIL")
    guarded = (
        {"guardrailConfig": {"guardrailIdentifier": guardrail, "guardrailVersion": os.environ["GUARDRAIL_VERSION"]}}
        if guardrail
        else {}
    )
    answer = runtime.converse(
        modelId=model,
        messages=[{"role": "user", "content": [{"text": prompt}]}],
        inferenceConfig={"maxTokens": int(os.environ["MAX_TOKENS"])},
        **guarded,
    )
    content = answer["output"]["message"]["content"]
    text = "".join(part.get("text", "") for part in content)
    # A judge takes no empty answer, and an empty answer is an answer.
    return text or "(no answer)", answer["stopReason"] == "guardrail_intervened"


def _place(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
