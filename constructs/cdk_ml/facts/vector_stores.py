"""What stores of vectors cost while nobody asks them: a snapshot for warnings and guides.

https://aws.amazon.com/opensearch-service/pricing/; vector_stores.toml says how old it is and where it was read.
"""

from __future__ import annotations

from functools import cache

from . import _tables

HOURS_A_MONTH = 730


def opensearch_serverless_monthly(*, standby: bool) -> float:
    """USD for a month of a collection that nobody asks, in us-east-1.

    :param standby: with replicas in another zone.
    """
    facts = _prices()["opensearch_serverless"]
    return facts["ocus_with_standby" if standby else "ocus"] * facts["ocu_hour"] * HOURS_A_MONTH


@cache
def _prices() -> dict[str, dict[str, float]]:
    return _tables.read("vector_stores")
