"""A key encrypts volumes, and not the disks that an instance type brings with it."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_ml.sagemaker.volumes import takes_volume_key


@pytest.mark.parametrize(
    ("instance_type", "takes"),
    [
        ("ml.m5.xlarge", True),
        ("ml.g5.xlarge", False),
        ("ml.nobody-knows.xlarge", True),
        (cdk.Aws.STACK_NAME, True),
    ],
    ids=["volume", "disks of its own", "unknown", "token"],
)
def test_a_key_is_for_volumes_only(instance_type: str, takes: bool) -> None:
    assert takes_volume_key(instance_type) is takes
