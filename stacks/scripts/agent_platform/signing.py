"""Signs what the agent sends to the gateway with the credentials of its role.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-inbound-auth.html
"""

from __future__ import annotations

from collections.abc import Generator

import boto3  # type: ignore[import-untyped]
import httpx
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]

_SERVICE = "bedrock-agentcore"
# Signed, or what the signature is made of; a proxy may change every other header on the way.
_KEPT = ("content-type", "host")


class Signature(httpx.Auth):  # type: ignore[misc]
    """Signature version 4 of each request."""

    requires_request_body = True

    def __init__(self) -> None:
        self._session = boto3.Session()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign one request. Credentials are asked for each time, because those of a role expire."""
        headers = {name: request.headers[name] for name in _KEPT if name in request.headers}
        signed = AWSRequest(method=request.method, url=str(request.url), data=request.content, headers=headers)
        credentials = self._session.get_credentials().get_frozen_credentials()
        SigV4Auth(credentials, _SERVICE, self._session.region_name).add_auth(signed)
        request.headers.update(dict(signed.headers))
        yield request
