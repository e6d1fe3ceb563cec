"""Asks a model through the gateway: ``python ask.py <url> <model> <question>``, with credentials of a member's role."""

import json
import sys
import urllib.error
import urllib.request
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest


def ask(url: str, model: str, question: str) -> dict[str, Any]:
    """The gateway's answer, or what it has against the question."""
    body = {"model": model, "messages": [{"role": "user", "content": [{"text": question}]}]}
    session = boto3.Session()
    request = AWSRequest("POST", url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    SigV4Auth(session.get_credentials(), "execute-api", session.region_name).add_auth(request)
    signed = urllib.request.Request(url, data=request.data, headers=dict(request.headers), method="POST")
    try:
        with urllib.request.urlopen(signed) as response:
            answer: dict[str, Any] = json.load(response)
    except urllib.error.HTTPError as refused:
        return {"status": refused.code, "retry_after": refused.headers["Retry-After"], **json.load(refused)}
    return answer


if __name__ == "__main__":
    print(json.dumps(ask(*sys.argv[1:]), indent=2))
