"""Clarify's image is in regions that AWS has, in accounts of Clarify's own."""

from __future__ import annotations

import botocore.session  # type: ignore[import-untyped]
import pytest
from aws_cdk.region_info import Fact

from cdk_ml.facts import UnknownFact
from cdk_ml.facts.clarify import clarify_image
from cdk_ml.facts.images import images


def test_the_address_is_as_the_documentation_writes_it() -> None:
    address = "205585389593.dkr.ecr.us-east-1.amazonaws.com/sagemaker-clarify-processing:1.0"
    assert clarify_image().uri("us-east-1") == address
    assert clarify_image().uri("cn-north-1").startswith("122526803553.dkr.ecr.cn-north-1.amazonaws.com.cn/")


def test_regions_are_regions_and_accounts_hold_nothing_else() -> None:
    session = botocore.session.get_session()
    regions = {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition, allow_non_regional=True)
    } | {*Fact.regions}
    accounts = clarify_image().accounts
    assert {*accounts} <= regions
    assert len({*accounts.values()}) == len(accounts) == 28
    assert all(len(account) == 12 and account.isdigit() for account in accounts.values())
    assert not {*accounts.values()} & {account for image in images() for account in image.accounts.values()}


def test_a_region_without_clarify_is_refused() -> None:
    with pytest.raises(UnknownFact, match="sagemaker-clarify-processing"):
        clarify_image().uri("me-central-1")
