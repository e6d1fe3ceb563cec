"""What a job runs on.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.facts.errors import UnknownFact
from cdk_ml.facts.instance_types import Use, nearest, takes
from cdk_ml.sagemaker.volumes import takes_volume_key
from cdk_ml.tokens import is_token, outside

_LARGEST_VOLUME_GIB = 16_384
_USUAL_VOLUME_GIB = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Compute:
    """Instances of a job.

    :param instance_type: such as ``ml.m5.xlarge``.
    :param instance_count: how many of them.
    :param volume_gib: GiB of disk on each, beside the disks that the instance type brings.
    """

    instance_type: str
    instance_count: int = 1
    volume_gib: int = _USUAL_VOLUME_GIB

    @property
    def takes_volume_key(self) -> bool:
        """Whether a key of the user's can encrypt the disks: those an instance type brings, the hardware encrypts."""
        return takes_volume_key(self.instance_type)


def compute_problems(compute: Compute, *, maximum_instances: int, use: Use) -> Iterator[Problem]:
    """What SageMaker would refuse about ``compute``.

    :param use: what the instances are for.
    """
    yield from instance_type_problems("compute.instance_type", compute.instance_type, use)
    if outside(compute.instance_count, 1, maximum_instances):
        rule = "is not a number of instances that a job may have"
        yield Problem("compute.instance_count", compute.instance_count, rule, f"Use 1 to {maximum_instances}")
    if outside(compute.volume_gib, 1, _LARGEST_VOLUME_GIB):
        rule = "is not a size that a volume may have"
        yield Problem("compute.volume_gib", compute.volume_gib, rule, f"Use 1 to {_LARGEST_VOLUME_GIB} GiB")


def transform_compute_problems(compute: Compute) -> Iterator[Problem]:
    """What SageMaker would refuse about the instances of a transform job, or has no word for."""
    yield from compute_problems(compute, maximum_instances=100, use="transform")
    if not is_token(compute.volume_gib) and compute.volume_gib != _USUAL_VOLUME_GIB:
        rule = "is nothing that a transform job can ask for"
        yield Problem("compute.volume_gib", compute.volume_gib, rule, "Leave it out: the instance type decides")


def instance_type_problems(argument: str, instance_type: str, use: Use) -> Iterator[Problem]:
    """Why SageMaker does not take an instance type for a use, and which ones like it it does."""
    if is_token(instance_type) or takes(use, instance_type):
        return
    if not instance_type.startswith("ml.") and takes(use, f"ml.{instance_type}"):
        rule = "is not an instance type of SageMaker"
        yield Problem(argument, instance_type, rule, f"Write ml.{instance_type}")
        return
    try:
        fix = f"Use {' or '.join(nearest(use, instance_type))}"
    except UnknownFact as unknown:
        fix = unknown.fix
    yield Problem(argument, instance_type, f"is not an instance type that SageMaker has for {use}", fix)


def resource_config(compute: Compute, *, key_arn: str) -> dict[str, Any]:
    """Instances and disks as SageMaker's API takes them, for training and processing alike."""
    encrypted = {"VolumeKmsKeyId": key_arn} if compute.takes_volume_key else {}
    return {
        "InstanceType": compute.instance_type,
        "InstanceCount": compute.instance_count,
        "VolumeSizeInGB": compute.volume_gib,
        **encrypted,
    }


def transform_resources(compute: Compute, *, key_arn: str) -> dict[str, Any]:
    """Instances as SageMaker's API takes them for a transform job: their disks are its own to choose."""
    config = resource_config(compute, key_arn=key_arn)
    return {name: value for name, value in config.items() if name != "VolumeSizeInGB"}
