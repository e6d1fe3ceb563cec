"""What a caller hears when the endpoint does not answer: what it can do something about, and nothing else.

What it does not get to see, such as a model's stack trace, is in the logs of the model.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html#API_runtime_InvokeEndpoint_Errors
"""

from __future__ import annotations

import json
from typing import Any

Answer = dict[str, Any]

LATER = {"Retry-After": "30"}


def refusal(error: Any) -> Answer:
    """The answer to a request that SageMaker refused.

    :param error: a ``ClientError``.
    """
    code, said = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    print(f"SageMaker said {code}")
    if code == "ModelError":
        status = int(error.response.get("OriginalStatusCode", 500))
        if 400 <= status < 500:
            # What the model has against the request, its caller can mend.
            return message(status, error.response.get("OriginalMessage", "The model refused the request."))
        return message(502, "The model failed.")
    if "no capacity" in said:
        return message(503, "The model is not loaded; it is being started.", LATER)
    if code in ("ModelNotReadyException", "ServiceUnavailable"):
        return message(503, "The model is not ready.", LATER)
    if code == "ThrottlingException":
        return message(429, "There are too many requests.", LATER)
    if code == "ValidationError":
        return message(400, "SageMaker refused the request.")
    return message(502, "The endpoint did not answer.")


def message(status: int, text: str, headers: dict[str, str] | None = None) -> Answer:
    """An answer that says one thing."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store", **(headers or {})},
        "body": json.dumps({"message": text}),
    }
