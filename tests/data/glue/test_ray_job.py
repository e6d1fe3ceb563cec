"""Glue for Ray is closed, and its name says what does its job."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_ml.data import RayJob
from cdk_ml.errors import ConfigurationError


def test_making_one_names_the_successor(stack: cdk.Stack) -> None:
    with pytest.raises(ConfigurationError) as refused:
        RayJob(stack, "Ray", workers=2)
    text = str(refused.value)
    assert "construct='RayJob' cannot be made: AWS Glue for Ray is closed to new customers" in text
    assert text.endswith("Use cdk_ml.data.SparkJob, or Ray on Amazon EKS.")
