"""Guardrail profiles route within their geography, from regions that have guardrails."""

from __future__ import annotations

import pytest
from cfnlint.helpers import REGIONS

from cdk_ml.facts import guardrail_profiles, regions
from cdk_ml.genai import GuardrailGeography


def test_every_profile_has_a_name_in_the_library() -> None:
    assert sorted(GuardrailGeography) == sorted(guardrail_profiles.geographies())


@pytest.mark.parametrize("geography", guardrail_profiles.geographies())
def test_sources_have_guardrails_and_destinations_exist(geography: str) -> None:
    for source in guardrail_profiles.sources(geography):
        assert not regions.lacks(source, "AWS::Bedrock::Guardrail")
        assert set(guardrail_profiles.destinations(geography, source)) <= set(REGIONS)


def test_a_region_that_only_the_deployment_knows_may_route_everywhere_in_the_geography() -> None:
    assert guardrail_profiles.destinations("uk", "${Token[AWS.Region.4]}") == ("eu-west-2",)
    assert len(guardrail_profiles.destinations("us", "${Token[AWS.Region.4]}")) == 4
