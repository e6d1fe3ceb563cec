"""EC2 and SageMaker instance types with GPUs, Inferentia, Trainium or other accelerators.

What fits on an instance, and what it can be used for, decides at synth whether a model can run at all. The figures
are those of https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html; accelerators.toml says where each was read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from . import _tables
from .errors import UnknownFact


class Architecture(StrEnum):
    """Instruction set of the host, as EC2 names it: images and binaries must be built for it."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


@dataclass(frozen=True, slots=True)
class Instance:
    """One accelerated instance type. ``None`` means that no source gives the figure.

    :ivar name: the EC2 name, without SageMaker's ``ml.``.
    :ivar memory_gib: memory of the host, in GiB.
    :ivar efa: most Elastic Fabric Adapter interfaces it takes; 0 where it has none.
    :ivar local_storage: whether it has instance store disks.
    :ivar manufacturer: of the accelerator, as in ``NVIDIA`` or ``AWS``: it decides which software drives it.
    :ivar accelerator: name of the chip or GPU, as in ``Inferentia2``.
    :ivar accelerators: number of chips or GPUs; a fraction of a GPU counts as one.
    :ivar neuron_cores: physical NeuronCores of all chips; 0 where it has none.
    :ivar logical_neuron_cores: NeuronCores that a program sees with the Neuron runtime's default configuration.
    :ivar accelerator_memory_gib: memory of all accelerators together, in GiB.
    :ivar compute_capability: generation of an NVIDIA GPU, such as 8.9: what it computes with; none of other chips.
    :ivar hosting: whether SageMaker endpoints take it as ``ml.<name>``.
    :ivar training: whether SageMaker training jobs take it as ``ml.<name>``.
    """

    name: str
    vcpus: int
    memory_gib: float
    architecture: Architecture
    efa: int | None
    local_storage: bool
    manufacturer: str
    accelerator: str
    accelerators: int
    neuron_cores: int
    logical_neuron_cores: int
    accelerator_memory_gib: float | None
    compute_capability: float | None
    hosting: bool
    training: bool

    @property
    def is_neuron(self) -> bool:
        """Whether it is an Inferentia or Trainium instance, which the Neuron SDK drives."""
        return self.neuron_cores > 0

    @property
    def memory_per_core_gib(self) -> float | None:
        """Accelerator memory in GiB for each physical NeuronCore, or for each GPU where there are none."""
        if self.accelerator_memory_gib is None:
            return None
        return self.accelerator_memory_gib / (self.neuron_cores or self.accelerators)


def instance(name: str) -> Instance:
    """The accelerated instance type of that name, with or without ``ml.``.

    :raises UnknownFact: when it has no accelerator, or is not known.
    """
    known = _instances()
    try:
        return known[name.removeprefix("ml.")]
    except KeyError:
        fix = "Use an instance type with an accelerator; newer ones are added in cdk_ml/facts/accelerators.toml"
        raise UnknownFact("Accelerated instance type", name, known, fix) from None


def instances(*, accelerator: str | None = None, hosting: bool | None = None) -> tuple[Instance, ...]:
    """Every accelerated instance type, smallest first: by accelerator memory, accelerators, vCPUs and memory.

    :param accelerator: only those with this chip or GPU.
    :param hosting: only those that SageMaker endpoints take, or only those they do not.
    :raises UnknownFact: when no instance type has that accelerator.
    """
    found = _instances().values()
    names = dict.fromkeys(item.accelerator for item in found)
    if accelerator is not None and accelerator not in names:
        raise UnknownFact("Accelerator", accelerator, names, "Use the name that EC2 gives the chip or GPU")
    return tuple(
        item
        for item in sorted(found, key=_size)
        if accelerator in (None, item.accelerator) and hosting in (None, item.hosting)
    )


def is_accelerated(name: str) -> bool:
    """Whether this instance type, with or without ``ml.``, has an accelerator. False for what is not known."""
    return name.removeprefix("ml.") in _instances()


def has_local_storage(name: str) -> bool:
    """Whether any instance type, with or without ``ml.``, has instance store disks.

    SageMaker refuses a ``VolumeKmsKeyId`` on those: their disks are encrypted by hardware already.
    Types without an accelerator are judged by AWS's naming rule (a ``d`` after the generation, as in ``m5d``, or a
    storage series): https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html

    :raises UnknownFact: when it is not the name of an instance type, such as an unresolved token.
    """
    bare = name.removeprefix("ml.")
    if bare in _instances():
        return _instances()[bare].local_storage
    if re.fullmatch(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", bare) is None:
        raise UnknownFact("Local storage of instance type", name, (), "Give an instance type such as 'ml.m5d.large'")
    family = bare.partition(".")[0]
    rule: dict[str, list[str]] = _data()["local_storage"]
    parts = re.match(r"(?P<series>[a-z]+)\d+(?P<attributes>[a-z]*)", family)
    by_name = parts is not None and (parts["series"] in rule["series"] or "d" in parts["attributes"])
    return by_name or family in rule["families"]


def _size(item: Instance) -> tuple[float, int, int, float, str]:
    return item.accelerator_memory_gib or 0, item.accelerators, item.vcpus, item.memory_gib, item.name


@cache
def _data() -> dict[str, Any]:
    return _tables.read("accelerators")


@cache
def _instances() -> dict[str, Instance]:
    return {
        f"{family}.{size}": _instance(f"{family}.{size}", table, table[size])
        for family, table in _data().items()
        if family != "local_storage"
        for size in table
        if isinstance(table[size], dict)
    }


def _instance(name: str, family: dict[str, Any], figures: dict[str, Any]) -> Instance:
    cores: int = figures.get("neuron_cores", 0)
    return Instance(
        name=name,
        vcpus=figures["vcpus"],
        memory_gib=figures["memory_gib"],
        architecture=Architecture(family["architecture"]),
        efa=figures.get("efa"),
        local_storage=figures["local_storage"],
        manufacturer=family["manufacturer"],
        accelerator=family["accelerator"],
        accelerators=figures["accelerators"],
        neuron_cores=cores,
        logical_neuron_cores=cores // family.get("logical_core_size", 1),
        accelerator_memory_gib=figures.get("accelerator_memory_gib"),
        compute_capability=family.get("compute_capability"),
        hosting=figures["hosting"],
        training=figures["training"],
    )
