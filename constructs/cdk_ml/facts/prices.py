"""What an hour of a SageMaker instance costs, as far as a package carries it: a snapshot to bound a bill with.

https://aws.amazon.com/sagemaker/ai/pricing/; prices.toml says how old it is and where it was read.
"""

from __future__ import annotations

from functools import cache

from . import _tables
from .errors import UnknownFact


def hourly(instance_type: str) -> float:
    """USD for an hour of one SageMaker instance on demand.

    :param instance_type: with ``ml.``.
    :raises UnknownFact: when the snapshot does not have it. Unknown is not free.
    """
    known = _prices()
    if instance_type not in known:
        fix = "Look it up on https://aws.amazon.com/sagemaker/ai/pricing/ and say it"
        raise UnknownFact("Price of instance type", instance_type, known, fix)
    return known[instance_type]


@cache
def _prices() -> dict[str, float]:
    prices: dict[str, float] = _tables.read("prices")["sagemaker"]
    return prices
