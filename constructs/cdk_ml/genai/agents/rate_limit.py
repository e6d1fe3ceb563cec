"""How often a gateway's tools may be called: an agent that goes in circles does so at somebody's cost.

https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateGatewayRateLimit.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cdk_ml.errors import Problem
from cdk_ml.tokens import outside

_MOST = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """How often each target of a gateway may be called.

    See https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateGatewayRateLimit.html

    :param requests: how many calls of one target are let through in a period.
    :param period: how long it is.
    """

    requests: int
    period: Literal["second", "minute"] = "minute"


def rate_problems(limit: RateLimit) -> Iterator[Problem]:
    """What AgentCore would refuse, or what would stop every call."""
    if outside(limit.requests, 1, _MOST):
        yield Problem("rate_limit.requests", limit.requests, "is no limit that lets calls through", f"Use 1 to {_MOST}")
