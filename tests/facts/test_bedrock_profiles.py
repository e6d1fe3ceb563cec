"""Profiles route within their geography, from regions that have what they are for."""

from __future__ import annotations

import pytest
from cfnlint.helpers import REGIONS

from cdk_ml.facts import bedrock_profiles, regions
from cdk_ml.facts.bedrock_profiles import Kind
from cdk_ml.genai import DataAutomationGeography, GuardrailGeography

ANYWHERE = "${Token[AWS.Region.4]}"
NEEDED: dict[Kind, str] = {
    "guardrail": "AWS::Bedrock::Guardrail",
    "data_automation": "AWS::Bedrock::DataAutomationProject",
}


def test_every_profile_has_a_name_in_the_library() -> None:
    assert sorted(GuardrailGeography) == sorted(bedrock_profiles.geographies("guardrail"))
    assert sorted(DataAutomationGeography) == sorted(bedrock_profiles.geographies("data_automation"))


@pytest.mark.parametrize("kind", NEEDED)
def test_sources_have_what_a_profile_is_for_and_destinations_exist(kind: Kind) -> None:
    for geography in bedrock_profiles.geographies(kind):
        for source in bedrock_profiles.sources(kind, geography):
            assert not regions.lacks(source, NEEDED[kind])
            assert set(bedrock_profiles.destinations(kind, geography, source)) <= set(REGIONS)


def test_a_region_that_only_the_deployment_knows_may_route_everywhere_in_the_geography() -> None:
    assert bedrock_profiles.destinations("guardrail", "uk", ANYWHERE) == ("eu-west-2",)
    assert len(bedrock_profiles.destinations("guardrail", "us", ANYWHERE)) == 4
    assert len(bedrock_profiles.destinations("data_automation", "eu", ANYWHERE)) == 7
