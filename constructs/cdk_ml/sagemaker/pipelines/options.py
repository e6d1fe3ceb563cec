"""How a pipeline treats a step: when it tries again, and when it takes the answer of an earlier execution.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token, outside

_DURATION = re.compile(r"P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?)?")
_MOST_ATTEMPTS = 20
_MOST_MINUTES = 14_400


class Failure(StrEnum):
    """What a step can fail of and be tried again."""

    SERVICE_FAULT = "Step.SERVICE_FAULT"
    """A service that SageMaker calls had an error of its own. Retried by default."""

    THROTTLING = "Step.THROTTLING"
    """A service that SageMaker calls was asked too often. Retried by default."""

    INTERNAL_ERROR = "SageMaker.JOB_INTERNAL_ERROR"
    """The job ended with an internal error; another one may not. Tuning jobs see to it themselves."""

    NO_CAPACITY = "SageMaker.CAPACITY_ERROR"
    """There was no instance to be had."""

    RESOURCE_LIMIT = "SageMaker.RESOURCE_LIMIT"
    """The account's quota is used up for the moment."""


@dataclass(frozen=True, slots=True)
class Retry:
    """When a step is tried again.

    :param failures: what it may have failed of.
    :param attempts: how often at most, up to 20. Not together with ``minutes``.
    :param minutes: for how long, up to 14400. Not together with ``attempts``.
    :param interval_seconds: seconds before the first attempt.
    :param backoff_rate: what the interval is multiplied by from attempt to attempt.
    """

    failures: Sequence[Failure]
    attempts: int | None = None
    minutes: int | None = None
    interval_seconds: int = 30
    backoff_rate: float = 2.0


@dataclass(frozen=True, slots=True)
class Cache:
    """Take the answer of an earlier execution that ran the step with the same arguments.

    :param expires_after: how old the answer may be, as ISO 8601 has it: ``P30D``, ``PT12H``.
    """

    expires_after: str


def retry_options(policies: Sequence[Retry]) -> dict[str, Any]:
    """Retry policies as a step of a pipeline definition has them."""
    return {"RetryPolicies": [_policy(retry) for retry in policies]} if policies else {}


def cache_options(cache: Cache | None) -> dict[str, Any]:
    """A cache as a step of a pipeline definition has it."""
    return {} if cache is None else {"CacheConfig": {"Enabled": True, "ExpireAfter": cache.expires_after}}


def retry_problems(argument: str, retry: Retry) -> Iterator[Problem]:
    """What SageMaker would refuse about ``retry``."""
    if not retry.failures:
        yield Problem(f"{argument}.failures", [], "is empty", "Name what is retried, such as Failure.NO_CAPACITY")
    if (retry.attempts is None) == (retry.minutes is None):
        given = "neither" if retry.attempts is None else "both"
        yield Problem(f"{argument}.attempts", given, "of attempts and minutes are given", "Give one of the two")
    if retry.attempts is not None and outside(retry.attempts, 1, _MOST_ATTEMPTS):
        rule = "is not a number of attempts that a step has"
        yield Problem(f"{argument}.attempts", retry.attempts, rule, f"Use 1 to {_MOST_ATTEMPTS}")
    if retry.minutes is not None and outside(retry.minutes, 1, _MOST_MINUTES):
        rule = "is not a time for which a step is retried"
        yield Problem(f"{argument}.minutes", retry.minutes, rule, f"Use 1 to {_MOST_MINUTES}, which is ten days")
    if outside(retry.interval_seconds, 0, _MOST_MINUTES * 60):
        yield Problem(f"{argument}.interval_seconds", retry.interval_seconds, "is not a time to wait", "Use seconds")
    if outside(retry.backoff_rate, 0, 1e6):
        yield Problem(f"{argument}.backoff_rate", retry.backoff_rate, "is not a factor", "Use one such as 2.0")


def cache_problems(argument: str, cache: Cache) -> Iterator[Problem]:
    """What SageMaker would refuse about ``cache``."""
    after = cache.expires_after
    if not is_token(after) and not _DURATION.fullmatch(after):
        fix = "Write an ISO 8601 duration, such as P30D or PT12H"
        yield Problem(f"{argument}.expires_after", after, "is no duration", fix)


def _policy(retry: Retry) -> dict[str, Any]:
    limit = {"ExpireAfterMin": retry.minutes} if retry.minutes is not None else {"MaxAttempts": retry.attempts}
    return {
        "ExceptionType": [str(failure) for failure in retry.failures],
        "IntervalSeconds": retry.interval_seconds,
        "BackoffRate": retry.backoff_rate,
        **limit,
    }
