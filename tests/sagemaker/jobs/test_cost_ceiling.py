"""A ceiling on cost is held against the worst case, at synth."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.errors import Problem
from cdk_ml.sagemaker import Compute, CostCeiling
from cdk_ml.sagemaker.jobs.cost_ceiling import ceiling_problems

TWO = Compute(instance_type="ml.m5.xlarge", instance_count=2)
TOKEN: Any = cdk.Token.as_number({"Ref": "Runs"})
UNKNOWN = "cannot be held against what only the deployment knows"
NUMBERS = "Use numbers for the ceiling, the instances, the runs and their time, or leave out the ceiling"


def found(ceiling: CostCeiling, compute: Compute = TWO, runs: float = 10, run_seconds: float = 7_200) -> list[Problem]:
    return [*ceiling_problems(ceiling, compute=compute, runs=runs, run_seconds=run_seconds)]


@pytest.mark.parametrize("usd", [9.2, 10, 1e9])
def test_what_cannot_cost_more_passes(usd: float) -> None:
    # 10 runs x 2 instances x 2 hours x 0.23 USD
    assert found(CostCeiling(usd=usd)) == []


def test_what_could_cost_more_is_refused_with_the_sum() -> None:
    assert found(CostCeiling(usd=9.19)) == [
        Problem(
            "cost_ceiling.usd",
            9.19,
            "is less than 9.20, which 10 runs of 2 x ml.m5.xlarge cost if each takes its 2 hours at 0.23 USD",
            "Allow fewer runs or less time, or use 9.20",
        )
    ]


def test_an_unknown_price_is_asked_for() -> None:
    compute = Compute(instance_type="ml.m7i.large")
    fix = "Look it up on https://aws.amazon.com/sagemaker/ai/pricing/ and say it in CostCeiling(usd_per_hour=...)"
    assert found(CostCeiling(usd=5), compute) == [
        Problem("cost_ceiling.usd_per_hour", None, "is unknown for ml.m7i.large", fix)
    ]
    assert found(CostCeiling(usd=5, usd_per_hour=0.2), compute) == []
    (above,) = found(CostCeiling(usd=5, usd_per_hour=0.3), compute)
    assert above.fix == "Allow fewer runs or less time, or use 6.00"


@pytest.mark.parametrize("usd", [0, -1, float("nan"), float("inf")])
def test_what_is_no_amount_is_refused(usd: float) -> None:
    (first,) = found(CostCeiling(usd=usd))
    assert (first.argument, first.rule, first.fix) == ("cost_ceiling.usd", "is no amount", "Use a number above 0")


@pytest.mark.parametrize(
    ("ceiling", "options"),
    [
        (CostCeiling(usd=TOKEN), {}),
        (CostCeiling(usd=5), {"runs": TOKEN}),
        (CostCeiling(usd=5), {"run_seconds": TOKEN}),
        (CostCeiling(usd=5, usd_per_hour=TOKEN), {}),
        (CostCeiling(usd=5), {"compute": Compute(instance_type="ml.m5.xlarge", instance_count=TOKEN)}),
    ],
)
def test_a_token_where_a_number_is_needed_is_refused(ceiling: CostCeiling, options: dict[str, Any]) -> None:
    assert found(ceiling, **options) == [Problem("cost_ceiling.usd", ceiling.usd, UNKNOWN, NUMBERS)]


def test_an_instance_type_that_only_the_deployment_knows_needs_its_price() -> None:
    compute = Compute(instance_type=cdk.Aws.STACK_NAME)
    (asked,) = found(CostCeiling(usd=1e9), compute)
    assert asked.fix == "Say what an hour of it costs in CostCeiling(usd_per_hour=...)"
    assert found(CostCeiling(usd=1e9, usd_per_hour=1), compute) == []
