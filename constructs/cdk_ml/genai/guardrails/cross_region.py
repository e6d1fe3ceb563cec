"""Checking in several regions: what a guardrail needs for the standard tier and for automated reasoning.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-cross-region.html
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from cdk_ml.errors import Problem
from cdk_ml.facts import bedrock_profiles
from cdk_ml.genai.guardrails.denials import GuardrailTier
from cdk_ml.tokens import is_token


class GuardrailGeography(StrEnum):
    """Where what a guardrail sees may be evaluated; it is stored in the region of the guardrail only."""

    APAC = "apac"
    AU = "au"
    CA = "ca"
    EU = "eu"
    UK = "uk"
    US = "us"
    US_GOV = "us-gov"


def geography_problems(
    geography: GuardrailGeography | None, *, tier: GuardrailTier, reasons: bool, region: str
) -> Iterator[Problem]:
    """Why Bedrock would not check in these regions, or has to check in several.

    :param reasons: whether automated reasoning is asked for.
    """
    if geography is None:
        name = "Set cross_region, such as GuardrailGeography.EU"
        if tier is GuardrailTier.STANDARD:
            yield Problem("tier", str(tier), "needs more than one region", f"{name}, or use the classic tier")
        if reasons:
            yield Problem("automated_reasoning", "policies", "need more than one region", name)
        return
    sources = bedrock_profiles.sources("guardrail", geography)
    if not is_token(region) and region not in sources:
        known = bedrock_profiles.geographies("guardrail")
        fits = [each for each in known if region in bedrock_profiles.sources("guardrail", each)]
        fix = f"Use {' or '.join(fits)}" if fits else "Leave it out, and use the classic tier"
        yield Problem("cross_region", str(geography), f"has no guardrails in {region}", fix)
