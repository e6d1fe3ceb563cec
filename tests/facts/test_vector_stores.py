"""What stores of vectors cost is what OpenSearch's page makes of its units."""

from __future__ import annotations

import pytest

from cdk_ml.facts.vector_stores import opensearch_serverless_monthly


@pytest.mark.parametrize(("standby", "usd"), [(False, 175.2), (True, 350.4)])
def test_units_that_always_run_are_paid_for_every_hour(standby: bool, usd: float) -> None:
    assert opensearch_serverless_monthly(standby=standby) == pytest.approx(usd)
