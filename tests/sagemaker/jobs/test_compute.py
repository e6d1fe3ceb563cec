"""Instances of a job are those that SageMaker takes for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.errors import Problem
from cdk_ml.facts.instance_types import Use
from cdk_ml.sagemaker import Compute
from cdk_ml.sagemaker.jobs.compute import compute_problems, resource_config

ONE = Compute(instance_type="ml.m5.xlarge")
TOKEN: Any = cdk.Token.as_number({"Ref": "Size"})


@pytest.mark.parametrize(
    ("use", "instance_type", "rule", "fix"),
    [
        ("training", "m5.xlarge", "is not an instance type of SageMaker", "Write ml.m5.xlarge"),
        (
            "processing",
            "ml.trn1.2xlarge",
            "is not an instance type that SageMaker has for processing",
            "Use one that it has, such as ml.m5.xlarge",
        ),
        (
            "training",
            "ml.m5.9xlarge",
            "is not an instance type that SageMaker has for training",
            "Use ml.m5.12xlarge or ml.m5.4xlarge or ml.m5.2xlarge",
        ),
        (
            "training",
            "ml.inf2.8xlarge",
            "is not an instance type that SageMaker has for training",
            "Use ml.trn1.2xlarge or ml.trn1.32xlarge or ml.trn1n.32xlarge",
        ),
        (
            "training",
            "",
            "is not an instance type that SageMaker has for training",
            "Use one that it has, such as ml.m5.xlarge",
        ),
    ],
)
def test_an_instance_type_that_is_not_for_the_use_is_refused_with_those_like_it(
    use: Use, instance_type: str, rule: str, fix: str
) -> None:
    assert [*compute_problems(replace(ONE, instance_type=instance_type), maximum_instances=100, use=use)] == [
        Problem("compute.instance_type", instance_type, rule, fix)
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"instance_count": 0},
            ("compute.instance_count", 0, "is not a number of instances that a job may have", "100"),
        ),
        ({"instance_count": 101}, ("compute.instance_count", 101, "is not a number of instances that a job", "100")),
        ({"volume_gib": 0}, ("compute.volume_gib", 0, "is not a size that a volume may have", "16384 GiB")),
        ({"volume_gib": 16_385}, ("compute.volume_gib", 16_385, "is not a size that a volume may have", "16384 GiB")),
    ],
)
def test_a_number_out_of_bounds_is_refused(change: dict[str, int], problem: tuple[str, int, str, str]) -> None:
    (found,) = compute_problems(replace(ONE, **change), maximum_instances=100, use="training")
    argument, value, rule, most = problem
    assert (found.argument, found.value, found.fix) == (argument, value, f"Use 1 to {most}")
    assert found.rule.startswith(rule)


def test_every_problem_is_named_at_once() -> None:
    bad = Compute(instance_type="m5.xlarge", instance_count=0, volume_gib=0)
    assert len([*compute_problems(bad, maximum_instances=1, use="training")]) == 3


@pytest.mark.parametrize(
    "compute",
    [
        ONE,
        Compute(instance_type=cdk.Aws.STACK_NAME, instance_count=TOKEN, volume_gib=TOKEN),
    ],
)
def test_good_values_and_tokens_pass(compute: Compute) -> None:
    assert [*compute_problems(compute, maximum_instances=100, use="training")] == []


@pytest.mark.parametrize(
    ("instance_type", "key"),
    [("ml.m5.xlarge", True), ("ml.m5d.large", False), ("ml.trn1.2xlarge", False), (cdk.Aws.STACK_NAME, True)],
)
def test_a_key_of_the_users_encrypts_disks_that_the_hardware_does_not(instance_type: str, key: bool) -> None:
    rendered = resource_config(replace(ONE, instance_type=instance_type), key_arn="arn")
    assert rendered == {
        "InstanceType": instance_type,
        "InstanceCount": 1,
        "VolumeSizeInGB": 30,
        **({"VolumeKmsKeyId": "arn"} if key else {}),
    }


def test_problems_are_data() -> None:
    (found,) = compute_problems(replace(ONE, volume_gib=0), maximum_instances=1, use="training")
    assert found == Problem("compute.volume_gib", 0, "is not a size that a volume may have", "Use 1 to 16384 GiB")
