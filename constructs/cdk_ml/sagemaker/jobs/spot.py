"""Managed spot training: what others leave unused, at a discount, and taken back when they come.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

CHECKPOINTS = "/opt/ml/checkpoints"
_LONGEST = 30 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotTraining:
    """Train on spot instances. SageMaker keeps what the script writes to ``/opt/ml/checkpoints``, and brings it back
    when the job goes on after an interruption.

    :param max_wait_seconds: seconds that waiting for instances and training may take together.
    """

    max_wait_seconds: int


def spot_problems(spot: SpotTraining, timeout_seconds: float) -> Iterator[Problem]:
    """What SageMaker would refuse about ``spot``."""
    wait = spot.max_wait_seconds
    if is_token(wait) or is_token(timeout_seconds):
        return
    if not timeout_seconds <= wait:
        rule = f"is less than timeout_seconds={timeout_seconds}, and waiting is part of it"
        yield Problem(
            "spot.max_wait_seconds", wait, rule, f"Use {timeout_seconds} or more, or a shorter timeout_seconds"
        )
    elif wait > _LONGEST:
        yield Problem("spot.max_wait_seconds", wait, "is more than a job may take", f"Use up to {_LONGEST}, 30 days")
