"""Instances of a cluster: fleets of several types, how many are on demand or spot, and how far they scale.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-instance-fleet.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token, outside

_TYPE = re.compile(r"(?P<letters>[a-z]+)(?P<generation>\d+)(?P<extras>[a-z0-9-]*)\.[a-z0-9-]+")
_MOST_TYPES = 30
_MOST_INSTANCES = 4_000
_LEAST_GB, _MOST_GB = 10, 16_384
_SPOT_PATIENCE_MINUTES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Instances of one role: EMR takes of ``instance_types`` what there is, and spot where it is least interrupted.

    :param instance_types: such as ``m7g.xlarge``, all of one architecture; several, so that one can be short.
    :param on_demand: instances at the full price.
    :param spot: instances at the spot price, which EC2 may take back with two minutes' notice. What no spot is found
        for within ten minutes is on demand.
    :param volume_gb: GB of each instance's disk.
    """

    instance_types: Sequence[str]
    on_demand: int = 0
    spot: int = 0
    volume_gb: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedScaling:
    """How far EMR scales the core and task fleets by what waits, in instances of both together.

    :param minimum: the least there are.
    :param maximum: the most there are.
    :param maximum_on_demand: the most that are on demand; the rest is spot.
    :param maximum_core: the most that hold data in HDFS; the rest are task instances.
    """

    minimum: int
    maximum: int
    maximum_on_demand: int | None = None
    maximum_core: int | None = None


def architecture(instance_type: str) -> str | None:
    """``arm64`` or ``x86_64``, as the name of an EC2 instance type says; ``None`` where it says nothing."""
    found = _TYPE.fullmatch(instance_type)
    if found is None:
        return None
    return "arm64" if found["extras"].startswith("g") or found["letters"] == "a" else "x86_64"


def fleet_problems(primary: str, core: Fleet, task: Fleet | None) -> Iterator[Problem]:
    """What EMR would refuse about the instances of a cluster."""
    yield from _type_problems("primary", [primary])
    for argument, fleet in (("core", core), ("task", task)):
        if fleet is not None:
            yield from _fleet_problems(argument, fleet)
    if not is_token(core.on_demand) and core.on_demand < 1:
        rule = "leaves HDFS to instances that may be taken back at any time"
        yield Problem("core.on_demand", core.on_demand, rule, "Use 1 at least, and spot=... for the task fleet")
    names = [primary, *core.instance_types, *(task.instance_types if task is not None else ())]
    kinds = {name: architecture(name) for name in names if not is_token(name)}
    first = kinds.get(primary)
    for name, kind in kinds.items():
        if first is not None and kind is not None and kind != first:
            fix = "Use types of one architecture: the release's packages are for one"
            yield Problem("instance_types", name, f"is {kind}, and the primary {primary} is {first}", fix)


def _fleet_problems(argument: str, fleet: Fleet) -> Iterator[Problem]:
    yield from _type_problems(f"{argument}.instance_types", fleet.instance_types)
    for name in ("on_demand", "spot"):
        if outside(getattr(fleet, name), 0, _MOST_INSTANCES):
            rule = "is no number of instances"
            yield Problem(f"{argument}.{name}", getattr(fleet, name), rule, f"Use 0 to {_MOST_INSTANCES}")
    if fleet.on_demand == 0 and fleet.spot == 0:
        fix = "Say how many with on_demand=... or spot=..."
        yield Problem(f"{argument}.on_demand", 0, "and spot=0 are no instances", fix)
    if outside(fleet.volume_gb, _LEAST_GB, _MOST_GB):
        rule = "is no size of a disk"
        yield Problem(f"{argument}.volume_gb", fleet.volume_gb, rule, f"Use {_LEAST_GB} to {_MOST_GB}")


def _type_problems(argument: str, types: Sequence[str]) -> Iterator[Problem]:
    if not types:
        yield Problem(argument, types, "are none", "Name one at least, and several where spot may be short of one")
    if len(types) > _MOST_TYPES:
        yield Problem(argument, len(types), "are more types than a fleet has", f"Name {_MOST_TYPES} at most")
    for name in types:
        if not is_token(name) and not _TYPE.fullmatch(name):
            yield Problem(argument, name, "is no instance type", "Write one such as m7g.xlarge")


def scaling_problems(scaling: ManagedScaling, core: Fleet, task: Fleet | None) -> Iterator[Problem]:
    """What EMR would refuse about how a cluster scales."""
    if outside(scaling.minimum, 1, _MOST_INSTANCES):
        rule = "is no number of instances"
        yield Problem("scaling.minimum", scaling.minimum, rule, f"Use 1 to {_MOST_INSTANCES}")
    if is_token(scaling.maximum) or is_token(scaling.minimum):
        return
    if scaling.maximum < scaling.minimum:
        rule = f"is less than scaling.minimum={scaling.minimum}"
        yield Problem("scaling.maximum", scaling.maximum, rule, f"Use {scaling.minimum} at least")
    for name in ("maximum_on_demand", "maximum_core"):
        value = getattr(scaling, name)
        if value is not None and outside(value, 0, scaling.maximum):
            rule = f"is not within scaling.maximum={scaling.maximum}"
            yield Problem(f"scaling.{name}", value, rule, f"Use 0 to {scaling.maximum}, or leave it out")
    counts = [n for fleet in (core, task) if fleet is not None for n in (fleet.on_demand, fleet.spot)]
    if not any(is_token(count) for count in counts) and not scaling.minimum <= sum(counts) <= scaling.maximum:
        rule = f"instances at first are not between {scaling.minimum} and {scaling.maximum}, where EMR keeps them"
        yield Problem("core, task", sum(counts), rule, "Change the fleets, or scaling=ManagedScaling(...)")


def primary_fleet(instance_type: str) -> dict[str, Any]:
    """The fleet of the one primary instance, which is on demand: with it goes the cluster."""
    return fleet_config("primary", Fleet(instance_types=[instance_type], on_demand=1))


def fleet_config(name: str, fleet: Fleet) -> dict[str, Any]:
    """A fleet as CloudFormation writes it."""
    config: dict[str, Any] = {
        "name": name,
        "targetOnDemandCapacity": fleet.on_demand,
        "targetSpotCapacity": fleet.spot,
        "instanceTypeConfigs": [_type_config(each, fleet.volume_gb) for each in fleet.instance_types],
    }
    if is_token(fleet.spot) or fleet.spot:
        config["launchSpecifications"] = {
            "spotSpecification": {
                "allocationStrategy": "capacity-optimized",
                "timeoutAction": "SWITCH_TO_ON_DEMAND",
                "timeoutDurationMinutes": _SPOT_PATIENCE_MINUTES,
            }
        }
    return config


def _type_config(instance_type: str, volume_gb: int) -> dict[str, Any]:
    volume = {"volumeSpecification": {"sizeInGb": volume_gb, "volumeType": "gp3"}, "volumesPerInstance": 1}
    # A weight of one for every type: capacities count instances.
    ebs = {"ebsBlockDeviceConfigs": [volume]}
    return {"instanceType": instance_type, "weightedCapacity": 1, "ebsConfiguration": ebs}


def scaling_config(scaling: ManagedScaling) -> dict[str, Any]:
    """How far a cluster scales, as CloudFormation writes it."""
    limits = {
        "unitType": "InstanceFleetUnits",
        "minimumCapacityUnits": scaling.minimum,
        "maximumCapacityUnits": scaling.maximum,
        "maximumOnDemandCapacityUnits": scaling.maximum_on_demand,
        "maximumCoreCapacityUnits": scaling.maximum_core,
    }
    return {"computeLimits": {name: value for name, value in limits.items() if value is not None}}
