"""How many requests an API lets through.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdk_ml.errors import Problem
from cdk_ml.tokens import outside

_MOST_REQUESTS = 10_000
_LARGEST_BURST = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """How many requests are let through; the others are told to come again.

    :param requests_per_second: requests a second in the long run, 1 to 10000.
    :param burst: requests at once, 1 to 5000.
    """

    requests_per_second: float = 10
    burst: int = 20


def throttle_problems(throttle: Throttle) -> Iterator[Problem]:
    """Why API Gateway would refuse ``throttle``."""
    limits = {"requests_per_second": _MOST_REQUESTS, "burst": _LARGEST_BURST}
    for name, most in limits.items():
        value = getattr(throttle, name)
        if outside(value, 1, most):
            yield Problem(f"throttle.{name}", value, "is no limit that API Gateway keeps", f"Use 1 to {most}")
