"""Passes a request of an HTTP API, which has checked who calls, on to a SageMaker endpoint, and its answer back.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
Environment: ENDPOINT; COMPONENT, the inference component that answers, if there is one.
"""

from __future__ import annotations

import base64
from typing import Any

import asked
import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    ClientError,
    ConnectTimeoutError,
    ReadTimeoutError,
)
from refusals import Answer, message, refusal

# The API waits 30 seconds; a second try would come too late, and cost the model its time twice.
_CONFIG = Config(connect_timeout=3, read_timeout=25, retries={"total_max_attempts": 1})
# Lambda answers with 6 MB at most, and base64 makes four bytes of three.
LARGEST_ANSWER = 4_500_000
TARGET_MODEL = "x-amzn-sagemaker-target-model"

runtime = boto3.client("sagemaker-runtime", config=_CONFIG)


def handler(event: dict[str, Any], _context: object) -> Answer:
    """Answer one request.

    :param event: in format 2.0 of HTTP APIs.
    """
    content = asked.content(event)
    if not content:
        return message(400, "There is nothing to answer: send a body.")
    try:
        answer = runtime.invoke_endpoint(**_request(event["headers"], content))
        body = answer["Body"].read()
    except ClientError as error:
        return refusal(error)
    except (ConnectTimeoutError, ReadTimeoutError):
        return message(504, "The model did not answer in time.")
    if len(body) > LARGEST_ANSWER:
        return message(502, f"The model's answer is larger than {LARGEST_ANSWER} bytes.")
    return {
        "statusCode": 200,
        "headers": {"Content-Type": answer.get("ContentType", "application/octet-stream"), "Cache-Control": "no-store"},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def _request(headers: dict[str, str], content: bytes) -> dict[str, Any]:
    target = {"TargetModel": headers[TARGET_MODEL]} if headers.get(TARGET_MODEL) else {}
    return {**asked.request(headers, content), **target}
