"""A ceiling on what a job can cost: refused at synth when the worst case is above it.

The worst case is every instance of every run for as long as a run may take. What it costs in fact is less.
https://aws.amazon.com/sagemaker/ai/pricing/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdk_ml.errors import Problem
from cdk_ml.facts import prices
from cdk_ml.facts.errors import UnknownFact
from cdk_ml.sagemaker.jobs.compute import Compute
from cdk_ml.tokens import is_token


@dataclass(frozen=True, slots=True, kw_only=True)
class CostCeiling:
    """The most that one execution may cost, in the worst case.

    :param usd: the ceiling in USD.
    :param usd_per_hour: what an hour of one instance costs, where cdk-ml does not know it or you pay another price.
    """

    usd: float
    usd_per_hour: float | None = None


def ceiling_problems(ceiling: CostCeiling, *, compute: Compute, runs: float, run_seconds: float) -> Iterator[Problem]:
    """Why the worst case is above the ceiling, or cannot be known."""
    for name, figure in (("usd", ceiling.usd), ("usd_per_hour", ceiling.usd_per_hour)):
        if figure is not None and not is_token(figure) and not 0 < figure < float("inf"):
            yield Problem(f"cost_ceiling.{name}", figure, "is no amount", "Use a number above 0")
            return
    factors = (ceiling.usd, ceiling.usd_per_hour, compute.instance_count, runs, run_seconds)
    if any(map(is_token, factors)):
        rule = "cannot be held against what only the deployment knows"
        fix = "Use numbers for the ceiling, the instances, the runs and their time, or leave out the ceiling"
        yield Problem("cost_ceiling.usd", ceiling.usd, rule, fix)
        return
    price = ceiling.usd_per_hour
    if price is None:
        if is_token(compute.instance_type):
            fix = "Say what an hour of it costs in CostCeiling(usd_per_hour=...)"
            yield Problem("compute.instance_type", compute.instance_type, "has a price only the deployment knows", fix)
            return
        try:
            price = prices.hourly(compute.instance_type)
        except UnknownFact as unknown:
            fix = f"{unknown.fix} in CostCeiling(usd_per_hour=...)"
            yield Problem("cost_ceiling.usd_per_hour", None, f"is unknown for {compute.instance_type}", fix)
            return
    hours = run_seconds / 3_600
    worst = round(runs * compute.instance_count * hours * price, 2)
    if worst > ceiling.usd:
        rule = (
            f"is less than {worst:.2f}, which {runs:g} runs of {compute.instance_count:g} x {compute.instance_type} "
            f"cost if each takes its {hours:g} hours at {price:g} USD"
        )
        fix = f"Allow fewer runs or less time, or use {worst:.2f}"
        yield Problem("cost_ceiling.usd", ceiling.usd, rule, fix)
