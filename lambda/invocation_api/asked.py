"""What SageMaker is asked on behalf of who calls the API.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
Environment: ENDPOINT; COMPONENT, the inference component that answers, if there is one.
"""

from __future__ import annotations

import base64
import os
from typing import Any


def content(event: dict[str, Any]) -> bytes:
    """What the caller sent."""
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def request(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """What SageMaker is asked, whole or in parts.

    :param headers: by names in lower case.
    """
    asked = {
        "EndpointName": os.environ["ENDPOINT"],
        "Body": body,
        "ContentType": headers.get("content-type", "application/json"),
        "Accept": headers.get("accept", "*/*"),
    }
    if os.environ.get("COMPONENT"):
        asked["InferenceComponentName"] = os.environ["COMPONENT"]
    return asked
