"""Whether a loss is worth another minute of its instances: a plain function over what was reported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple


class Point(NamedTuple):
    """One value of a metric.

    :ivar at: the minute it was reported in.
    """

    at: datetime
    value: float


def verdict(
    losses: Sequence[Point], not_finite: Sequence[Point], *, now: datetime, patience: timedelta | None
) -> str | None:
    """Why a job should be stopped; ``None`` while it should not.

    :param losses: the loss, oldest first; CloudWatch keeps no value that is no number.
    :param not_finite: reports above zero say that the loss is no number.
    :param patience: how long the loss may stay as it is, or unsaid; ``None`` for ever.
    """
    if any(point.value > 0 for point in not_finite):
        return "the loss is not a finite number"
    if patience is None or not losses:
        return None
    minutes = patience.total_seconds() / 60
    before = [point.value for point in losses if point.at < now - patience]
    lately = [point.value for point in losses if point.at >= now - patience]
    if not before:
        return None
    if not lately:
        return f"the loss has not been reported for {minutes:g} minutes"
    if min(lately) >= min(before):
        return f"the loss has not gone below {min(before):g} for {minutes:g} minutes"
    return None
