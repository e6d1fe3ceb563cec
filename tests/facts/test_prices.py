"""Prices are of instances that SageMaker has, and what is not known is not free."""

from __future__ import annotations

import tomllib

import pytest

from cdk_ml.facts import UnknownFact, accelerators, prices
from cdk_ml.facts.instance_types import takes
from tests.conftest import ROOT

PRICES: dict[str, float] = tomllib.loads((ROOT / "constructs/cdk_ml/facts/prices.toml").read_text())["sagemaker"]


@pytest.mark.parametrize("name", PRICES)
def test_a_price_is_of_an_instance_type_for_training_or_hosting(name: str) -> None:
    assert takes("training", name) or takes("hosting", name)
    assert prices.hourly(name) > 0


def smaller_and_larger() -> list[tuple[str, str]]:
    """Pairs of one family, of which the second has more accelerators and more cores."""
    sizes = {name: accelerators.instance(name) for name in PRICES if accelerators.is_accelerated(name)}
    return [
        (a, b)
        for a, small in sizes.items()
        for b, large in sizes.items()
        if a.split(".")[1] == b.split(".")[1] and small.accelerators < large.accelerators and small.vcpus < large.vcpus
    ]


@pytest.mark.parametrize(("smaller", "larger"), smaller_and_larger())
def test_what_has_more_accelerators_costs_more(smaller: str, larger: str) -> None:
    assert PRICES[smaller] < PRICES[larger]


def test_an_unknown_price_is_unknown() -> None:
    with pytest.raises(UnknownFact) as caught:
        prices.hourly("ml.m5.24xlarge")
    assert caught.value.fix == "Look it up on https://aws.amazon.com/sagemaker/ai/pricing/ and say it"
