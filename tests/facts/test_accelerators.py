"""Instance facts against EC2's own description of them (moto's copy) and against botocore's enums."""

from __future__ import annotations

import dataclasses
import gzip
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

import botocore.session  # type: ignore[import-untyped]
import pytest

from cdk_ml.facts import UnknownFact
from cdk_ml.facts.accelerators import (
    Architecture,
    Instance,
    has_local_storage,
    instance,
    instances,
    is_accelerated,
)

ACCELERATED = re.compile(r"(inf|trn|p|g|gr|dl)\d")

# Types that EC2 no longer describes, or that moto's copy of its answers never held: nothing to compare with.
NOT_DESCRIBED = {
    *("dl1.24xlarge", "g2.2xlarge", "g2.8xlarge", "g3.16xlarge", "g3.4xlarge", "g3.8xlarge", "g3s.xlarge"),
    *("g4ad.16xlarge", "g4ad.2xlarge", "g4ad.4xlarge", "g4ad.8xlarge", "g4ad.xlarge", "p2.16xlarge", "p2.8xlarge"),
    *("p2.xlarge", "p3.16xlarge", "p3.2xlarge", "p3.8xlarge", "p6e-gb200.36xlarge"),
}
# (instance type, figure) -> (EC2's answer, ours), and why ours differs.
DISAGREEMENTS = {
    # EC2 says 512 GiB a chip; the Neuron documentation, by which models are sized, says 96 GiB.
    ("trn2.3xlarge", "accelerator_memory_gib"): (512, 96),
    ("trn2.48xlarge", "accelerator_memory_gib"): (8192, 1536),
    # EC2 lists no Neuron devices for the UltraServer's hosts, which are trn2.48xlarge.
    ("trn2u.48xlarge", "manufacturer"): (None, "AWS"),
    ("trn2u.48xlarge", "accelerator"): (None, "Trainium2"),
    ("trn2u.48xlarge", "accelerators"): (None, 16),
    ("trn2u.48xlarge", "accelerator_memory_gib"): (None, 1536),
    ("trn2u.48xlarge", "neuron_cores"): (0, 128),
}


@cache
def described() -> dict[str, dict[str, Any]]:
    compressed = files("moto").joinpath("ec2/resources/instance_types.json.gz").read_bytes()
    found: dict[str, dict[str, Any]] = json.loads(gzip.decompress(compressed))
    return found


@cache
def enum(service: str, shape: str) -> frozenset[str]:
    return frozenset(botocore.session.get_session().get_service_model(service).shape_for(shape).enum)


def accelerator_figures(answer: dict[str, Any]) -> dict[str, Any]:
    """Accelerator, count, memory and NeuronCores as EC2 describes them, in our words."""
    if "GpuInfo" in answer:
        (gpu,) = answer["GpuInfo"]["Gpus"]
        count, cores, device = gpu["LogicalGpuCount"], 0, gpu
    elif "NeuronInfo" in answer:
        (device,) = answer["NeuronInfo"]["NeuronDevices"]
        count, cores = device["Count"], device["Count"] * device["CoreInfo"]["Count"]
    elif "InferenceAcceleratorInfo" in answer:
        (device,) = answer["InferenceAcceleratorInfo"]["Accelerators"]
        count, cores = device["Count"], 0
    else:
        unknown = ("manufacturer", "accelerator", "accelerators", "accelerator_memory_gib")
        return dict.fromkeys(unknown) | {"neuron_cores": 0}
    return {
        # EC2 names a manufacturer for everything but its own chips.
        "manufacturer": device.get("Manufacturer", "AWS"),
        # EC2 leaves the generation out of the first one's name.
        "accelerator": {"Inferentia": "Inferentia1", "Trainium": "Trainium1"}.get(device["Name"], device["Name"]),
        "accelerators": count,
        "accelerator_memory_gib": count * device["MemoryInfo"]["SizeInMiB"] / 1024,
        "neuron_cores": cores,
    }


def host_figures(answer: dict[str, Any]) -> dict[str, Any]:
    (architecture,) = answer["ProcessorInfo"]["SupportedArchitectures"]
    return {
        "vcpus": answer["VCpuInfo"]["DefaultVCpus"],
        "memory_gib": answer["MemoryInfo"]["SizeInMiB"] / 1024,
        "architecture": architecture,
        "efa": answer["NetworkInfo"].get("EfaInfo", {}).get("MaximumEfaInterfaces", 0),
        "local_storage": answer["InstanceStorageSupported"],
    }


def test_every_accelerated_type_that_botocore_names_is_known_and_no_other() -> None:
    names = enum("ec2", "InstanceType") | {
        name.removeprefix("ml.")
        for shape in ("ProductionVariantInstanceType", "TrainingInstanceType")
        for name in enum("sagemaker", shape)
    }

    assert {item.name for item in instances()} == {name for name in names if ACCELERATED.match(name)}


def test_hosting_and_training_are_what_sagemaker_takes() -> None:
    hosting = enum("sagemaker", "ProductionVariantInstanceType")
    training = enum("sagemaker", "TrainingInstanceType")

    for item in instances():
        assert (item.hosting, item.training) == (f"ml.{item.name}" in hosting, f"ml.{item.name}" in training), item


def test_figures_are_what_ec2_describes_except_for_the_listed_disagreements() -> None:
    differing = {}
    for item in instances():
        if item.name in NOT_DESCRIBED:
            continue
        ours = dataclasses.asdict(item)
        answer = described()[item.name]
        for figure, theirs in (host_figures(answer) | accelerator_figures(answer)).items():
            if ours[figure] != theirs:
                differing[item.name, figure] = (theirs, ours[figure])

    assert differing == DISAGREEMENTS


def test_types_left_out_of_the_comparison_are_exactly_those_ec2_does_not_describe() -> None:
    assert {item.name for item in instances() if item.name not in described()} == NOT_DESCRIBED


def test_only_the_figure_without_a_source_is_unknown() -> None:
    unknown = {
        (item.name, field)
        for item in instances()
        for field, value in dataclasses.asdict(item).items()
        if value is None and field != "compute_capability"
    }

    assert unknown == {("p6e-gb200.36xlarge", "efa")}


def test_nvidias_gpus_and_no_others_have_a_compute_capability() -> None:
    assert {item.name for item in instances() if item.compute_capability is not None} == {
        item.name for item in instances() if item.manufacturer == "NVIDIA"
    }


def test_a_gpu_has_one_compute_capability_wherever_it_is() -> None:
    found = {(item.accelerator, item.compute_capability) for item in instances() if item.manufacturer == "NVIDIA"}

    assert len(found) == len({accelerator for accelerator, _ in found})
    assert {("T4", 7.5), ("A100", 8.0), ("A10G", 8.6), ("L4", 8.9), ("H100", 9.0)} <= found


@pytest.mark.parametrize("name", ["inf2.8xlarge", "ml.inf2.8xlarge"])
def test_an_instance_is_found_with_and_without_the_sagemaker_prefix(name: str) -> None:
    found = instance(name)

    assert found == Instance(
        name="inf2.8xlarge",
        vcpus=32,
        memory_gib=128,
        architecture=Architecture.X86_64,
        efa=0,
        local_storage=False,
        manufacturer="AWS",
        accelerator="Inferentia2",
        accelerators=1,
        neuron_cores=2,
        logical_neuron_cores=2,
        accelerator_memory_gib=32,
        compute_capability=None,
        hosting=True,
        training=False,
    )
    assert found.is_neuron
    assert found.memory_per_core_gib == 16


@pytest.mark.parametrize(
    ("name", "chips", "cores", "logical_cores", "per_core_gib"),
    [
        ("inf1.24xlarge", 16, 64, 64, 2),
        ("inf2.xlarge", 1, 2, 2, 16),
        ("inf2.24xlarge", 6, 12, 12, 16),
        ("inf2.48xlarge", 12, 24, 24, 16),
        ("trn1.32xlarge", 16, 32, 32, 16),
        ("trn2.3xlarge", 1, 8, 4, 12),
        ("trn2.48xlarge", 16, 128, 64, 12),
    ],
)
def test_neuron_instances_have_the_chips_cores_and_memory_aws_documents(
    name: str, chips: int, cores: int, logical_cores: int, per_core_gib: float
) -> None:
    found = instance(name)

    assert (found.accelerators, found.neuron_cores, found.logical_neuron_cores) == (chips, cores, logical_cores)
    assert found.memory_per_core_gib == per_core_gib


def test_memory_per_core_of_a_gpu_instance_is_per_gpu_and_of_an_unknown_one_unknown() -> None:
    assert instance("p5.48xlarge").memory_per_core_gib == 80
    assert not instance("p5.48xlarge").is_neuron
    assert dataclasses.replace(instance("p5.48xlarge"), accelerator_memory_gib=None).memory_per_core_gib is None


def test_instances_of_one_accelerator_come_smallest_first() -> None:
    names = [item.name for item in instances(accelerator="Inferentia2", hosting=True)]

    assert names == ["inf2.xlarge", "inf2.8xlarge", "inf2.24xlarge", "inf2.48xlarge"]


def test_instances_can_be_those_that_endpoints_do_not_take() -> None:
    assert [item.name for item in instances(accelerator="Trainium2", hosting=False)] == [
        "trn2.3xlarge",
        "trn2u.48xlarge",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ml.g5.xlarge", True),
        ("trn1n.32xlarge", True),
        ("ml.m5.large", False),
        ("ml.c7g.large", False),
        ("${Token[TOKEN.42]}", False),
    ],
)
def test_an_instance_type_is_accelerated_or_not_without_an_error(name: str, expected: bool) -> None:
    assert is_accelerated(name) is expected


def test_local_storage_is_what_ec2_describes_for_every_type_it_describes() -> None:
    differing = {
        name
        for name, answer in described().items()
        if has_local_storage(name) is not answer["InstanceStorageSupported"]
    }

    assert differing == set()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ml.m5d.large", True),
        ("ml.c6gd.xlarge", True),
        ("ml.r7gd.2xlarge", True),
        ("ml.i3en.large", True),
        ("ml.g5.xlarge", True),
        ("ml.p6e-gb200.36xlarge", True),
        ("ml.inf2.8xlarge", False),
        ("ml.m5.large", False),
        ("ml.c7i-flex.large", False),
        ("ml.geospatial.interactive", False),
    ],
)
def test_local_storage_is_known_for_sagemaker_names_too(name: str, expected: bool) -> None:
    assert has_local_storage(name) is expected


@pytest.mark.parametrize("name", ["large", "${Token[TOKEN.42]}"])
def test_local_storage_of_what_is_no_instance_type_is_an_error(name: str) -> None:
    with pytest.raises(UnknownFact) as error:
        has_local_storage(name)

    assert str(error.value) == (
        f"Local storage of instance type {name!r} is not known. Give an instance type such as 'ml.m5d.large'."
    )


def test_an_unknown_instance_type_is_an_error_with_the_closest_names() -> None:
    with pytest.raises(UnknownFact) as error:
        instance("ml.inf2.9xlarge")

    assert str(error.value) == (
        "Accelerated instance type 'ml.inf2.9xlarge' is not known. Did you mean 'inf2.xlarge' or 'inf2.8xlarge'? Use "
        "an instance type with an accelerator; newer ones are added in cdk_ml/facts/accelerators.toml."
    )
    assert error.value.value == "ml.inf2.9xlarge"
    assert len(error.value.known) == len(instances())


def test_an_unknown_accelerator_is_an_error_with_the_closest_names() -> None:
    with pytest.raises(UnknownFact) as error:
        instances(accelerator="Inferentia3")

    assert str(error.value) == (
        "Accelerator 'Inferentia3' is not known. Did you mean 'Inferentia2' or 'Inferentia1'? Use the name that EC2 "
        "gives the chip or GPU."
    )
