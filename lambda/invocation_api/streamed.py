"""Passes a request of a REST API on to a SageMaker endpoint, and its answer back, part by part.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
Environment: ENDPOINT; COMPONENT, if there is one; ORIGIN, of the page that may read the answer, if there is one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
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

# SageMaker gives a container a minute until its first part; nobody waits longer for the next one either.
_CONFIG = Config(connect_timeout=3, read_timeout=70, retries={"total_max_attempts": 1})
# Lambda takes events of 6 MB, in which the body is a JSON text among others.
LARGEST_REQUEST = 5_000_000
_EVENTS = "text/event-stream"

Part = str | bytes | dict[str, Any]

runtime = boto3.client("sagemaker-runtime", config=_CONFIG)


def handler(event: dict[str, Any], _context: object) -> Iterator[Part]:
    """Answer one request.

    :param event: of a Lambda proxy integration of a REST API.
    """
    content = asked.content(event)
    if not content:
        yield from _whole(message(400, "There is nothing to answer: send a body."))
        return
    if len(content) > LARGEST_REQUEST:
        yield from _whole(message(413, f"The request is larger than {LARGEST_REQUEST} bytes."))
        return
    headers = {name.lower(): value for name, value in event["headers"].items()}
    try:
        answer = runtime.invoke_endpoint_with_response_stream(**asked.request(headers, content))
    except ClientError as error:
        yield from _whole(refusal(error))
        return
    except (ConnectTimeoutError, ReadTimeoutError):
        yield from _whole(message(504, "The model did not answer in time."))
        return
    content_type = answer.get("ContentType", "application/octet-stream")
    yield {"statusCode": 200, "headers": _headers({"Content-Type": content_type, "Cache-Control": "no-store"})}
    try:
        for part in answer["Body"]:
            if "PayloadPart" in part:
                yield part["PayloadPart"]["Bytes"]
    except Exception:
        # The status is sent, and a stream that ends early looks like one that ends: say so where the format can.
        if content_type.startswith(_EVENTS):
            yield f"event: error\ndata: {json.dumps({'message': 'The model stopped in the middle.'})}\n\n"
        raise
    finally:
        answer["Body"].close()


def _whole(answer: Answer) -> Iterator[Part]:
    yield {"statusCode": answer["statusCode"], "headers": _headers(answer["headers"])}
    yield str(answer["body"])


def _headers(headers: dict[str, str]) -> dict[str, str]:
    # What is streamed passes through the API, which adds nothing to it.
    origin = os.environ.get("ORIGIN")
    return {**headers, "Access-Control-Allow-Origin": origin} if origin else headers
