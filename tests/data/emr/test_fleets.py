"""Fleets have instances of one architecture, and scale within bounds that fit together."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import moto  # type: ignore[import-untyped]
import pytest

from cdk_ml.data import Fleet, ManagedScaling
from cdk_ml.data.emr.fleets import architecture, fleet_config, fleet_problems, scaling_config, scaling_problems

TOKEN = cdk.Token.as_number({"Ref": "AWS::AccountId"})
TYPE = cdk.Token.as_string({"Ref": "Type"})
CORE = Fleet(instance_types=["m7g.xlarge"], on_demand=2)
TASK = Fleet(instance_types=["m7g.xlarge", "r7g.xlarge"], spot=4)


def test_the_architecture_is_in_the_name_of_every_type_that_ec2_has() -> None:
    file = Path(moto.__file__).parent / "ec2/resources/instance_types.json.gz"
    known: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))
    types = {name: each for name, each in known.items() if not name.startswith(("mac", "u-"))}
    assert len(types) > 1_000
    wrong = {
        name: architecture(name)
        for name, each in types.items()
        if architecture(name) not in each["ProcessorInfo"]["SupportedArchitectures"]
    }
    assert wrong == {}
    assert architecture("large") is None


@pytest.mark.parametrize(
    ("primary", "core", "task", "argument", "fix"),
    [
        (
            "m7i.xlarge",
            CORE,
            None,
            "instance_types",
            "Use types of one architecture: the release's packages are for one",
        ),
        (
            "m7g.xlarge",
            Fleet(instance_types=[], on_demand=1),
            None,
            "core.instance_types",
            "Name one at least, and several where spot may be short of one",
        ),
        (
            "m7g.xlarge",
            CORE,
            Fleet(instance_types=["m7g.xlarge"]),
            "task.on_demand",
            "Say how many with on_demand=... or spot=...",
        ),
        (
            "m7g.xlarge",
            CORE,
            Fleet(instance_types=["large"], spot=1),
            "task.instance_types",
            "Write one such as m7g.xlarge",
        ),
        ("m7g.xlarge", CORE, Fleet(instance_types=["m7g.xlarge"], spot=-1), "task.spot", "Use 0 to 4000"),
        (
            "m7g.xlarge",
            Fleet(instance_types=["m7g.xlarge"], spot=1),
            None,
            "core.on_demand",
            "Use 1 at least, and spot=... for the task fleet",
        ),
        (
            "m7g.xlarge",
            Fleet(instance_types=["m7g.xlarge"], on_demand=1, volume_gb=1),
            None,
            "core.volume_gb",
            "Use 10 to 16384",
        ),
        (
            "m7g.xlarge",
            CORE,
            Fleet(instance_types=["m7g.xlarge"] * 31, spot=1),
            "task.instance_types",
            "Name 30 at most",
        ),
    ],
)
def test_instances_that_emr_would_refuse(
    primary: str, core: Fleet, task: Fleet | None, argument: str, fix: str
) -> None:
    (problem,) = fleet_problems(primary, core, task)
    assert (problem.argument, problem.fix) == (argument, fix)


def test_what_exists_or_is_not_known_yet_passes() -> None:
    assert [*fleet_problems("m7g.xlarge", CORE, TASK)] == []
    unknown = Fleet(instance_types=[TYPE], on_demand=TOKEN, spot=TOKEN, volume_gb=TOKEN)  # type: ignore[arg-type]
    assert [*fleet_problems(TYPE, unknown, unknown)] == []


@pytest.mark.parametrize(
    ("scaling", "argument", "fix"),
    [
        (ManagedScaling(minimum=0, maximum=10), "scaling.minimum", "Use 1 to 4000"),
        (ManagedScaling(minimum=6, maximum=5), "scaling.maximum", "Use 6 at least"),
        (
            ManagedScaling(minimum=2, maximum=10, maximum_on_demand=11),
            "scaling.maximum_on_demand",
            "Use 0 to 10, or leave it out",
        ),
        (
            ManagedScaling(minimum=2, maximum=10, maximum_core=-1),
            "scaling.maximum_core",
            "Use 0 to 10, or leave it out",
        ),
        (ManagedScaling(minimum=2, maximum=5), "core, task", "Change the fleets, or scaling=ManagedScaling(...)"),
    ],
)
def test_bounds_that_do_not_fit_together(scaling: ManagedScaling, argument: str, fix: str) -> None:
    problems = [*scaling_problems(scaling, CORE, TASK)]
    assert (problems[0].argument, problems[0].fix) == (argument, fix)


def test_bounds_that_fit_or_are_not_known_yet_pass() -> None:
    assert [*scaling_problems(ManagedScaling(minimum=2, maximum=6, maximum_core=2), CORE, TASK)] == []
    unknown = ManagedScaling(minimum=TOKEN, maximum=TOKEN, maximum_core=TOKEN)  # type: ignore[arg-type]
    assert [*scaling_problems(unknown, CORE, TASK)] == []


def test_every_type_counts_as_one_instance_and_spot_is_where_it_is_least_interrupted() -> None:
    config = fleet_config("task", TASK)
    assert (config["targetOnDemandCapacity"], config["targetSpotCapacity"]) == (0, 4)
    assert [each["weightedCapacity"] for each in config["instanceTypeConfigs"]] == [1, 1]
    spot = config["launchSpecifications"]["spotSpecification"]
    assert (spot["allocationStrategy"], spot["timeoutAction"]) == ("capacity-optimized", "SWITCH_TO_ON_DEMAND")
    assert "launchSpecifications" not in fleet_config("core", CORE)


def test_only_bounds_that_were_given_are_said() -> None:
    assert scaling_config(ManagedScaling(minimum=1, maximum=3)) == {
        "computeLimits": {"unitType": "InstanceFleetUnits", "minimumCapacityUnits": 1, "maximumCapacityUnits": 3}
    }
