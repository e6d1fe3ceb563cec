"""The regions that lack a type are those whose schemas lack it."""

from __future__ import annotations

import tomllib

import pytest
from cfnlint.helpers import REGIONS
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from cdk_ml.facts import regions
from tests.conftest import ROOT

MISSING = tomllib.loads((ROOT / "constructs/cdk_ml/facts/regions.toml").read_text())["missing"]
# cfn-lint gives isolated partitions a copy of a default set: they say nothing about what is there.
COMMERCIAL_CHINA_AND_GOVCLOUD = [region for region in REGIONS if "iso" not in region and "eusc" not in region]


@pytest.mark.parametrize("resource_type", MISSING)
def test_a_type_is_missing_where_its_schema_is(resource_type: str) -> None:
    without = [
        region
        for region in COMMERCIAL_CHINA_AND_GOVCLOUD
        if resource_type not in PROVIDER_SCHEMA_MANAGER.get_resource_types(region)
    ]
    assert sorted(MISSING[resource_type]) == sorted(without)


def test_what_is_not_known_to_be_missing_is_there() -> None:
    assert regions.lacks("eu-north-1", "AWS::Budgets::Budget")
    assert not regions.lacks("us-east-1", "AWS::Budgets::Budget")
    assert not regions.lacks("eu-north-1", "AWS::S3::Bucket")
    assert not regions.lacks("${Token[AWS.Region.1]}", "AWS::Budgets::Budget")
