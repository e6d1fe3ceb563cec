"""Container images that AWS publishes for SageMaker, and their addresses in each region.

The registries are a different account in almost every region, so an address cannot be written down once. Follows
https://docs.aws.amazon.com/sagemaker/latest/dg/ecr-us-east-1.html; images.toml says where each tag was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from . import _tables
from .accelerators import Architecture, Instance
from .errors import UnknownFact

_FIX = "Use one of those, or give the URI of an image of your own; newer ones are added in cdk_ml/facts/images.toml"


class Purpose(StrEnum):
    """What an image can be started for."""

    TRAINING = "training"
    INFERENCE = "inference"
    TRAINING_AND_INFERENCE = "training and inference"
    PROCESSING = "processing"


class Accelerator(StrEnum):
    """Hardware an image is built for: ``NEURON`` is Inferentia1, ``NEURONX`` later Inferentia and Trainium."""

    CPU = "cpu"
    GPU = "gpu"
    CPU_OR_GPU = "cpu or gpu"
    NEURON = "neuron"
    NEURONX = "neuronx"


@dataclass(frozen=True, slots=True)
class Image:
    """One container image.

    :ivar framework: framework, serving engine or built-in algorithm, as in ``pytorch``, ``djl-lmi``, ``kmeans``.
    :ivar version: version of the framework that the lookups take; ``tag`` has the exact one.
    :ivar accounts: account that holds the image, by region.
    """

    purpose: Purpose
    framework: str
    version: str
    accelerator: Accelerator
    repository: str
    tag: str
    accounts: Mapping[str, str] = field(hash=False, repr=False)

    def uri(self, region: str) -> str:
        """Address of the image in a region.

        :raises UnknownFact: when AWS has no registry for it there, or the region is an unresolved token.
        """
        if region not in self.accounts:
            fix = "Deploy to one of those, or copy the image to a repository of your own and give its URI"
            raise UnknownFact(f"Registry of {self.repository} in region", region, self.accounts, fix)
        registry = f"{self.accounts[region]}.dkr.ecr.{region}.{partition_suffix(region)}"
        return f"{registry}/{self.reference}"

    @property
    def reference(self) -> str:
        """Repository and tag; some of AWS's images have none."""
        return f"{self.repository}:{self.tag}" if self.tag else self.repository

    def runs_on(self, instance: Instance) -> bool:
        """Whether the image can use the accelerators of this instance; a CPU image: whether it starts there at all."""
        if instance.architecture is not Architecture.X86_64:
            # Every image listed here is built for x86_64; those for Graviton have repositories of their own.
            return False
        match self.accelerator:
            case Accelerator.CPU:
                return True
            case Accelerator.NEURON:
                return instance.accelerator == "Inferentia1"
            case Accelerator.NEURONX:
                return instance.is_neuron and instance.accelerator != "Inferentia1"
            case Accelerator.GPU | Accelerator.CPU_OR_GPU:
                return instance.manufacturer == "NVIDIA"


def images() -> tuple[Image, ...]:
    """Every known image: Deep Learning Containers, then built-in algorithms, each oldest version first."""
    return _containers() + _algorithms()


def deep_learning_container(*, purpose: str, framework: str, version: str, accelerator: str) -> Image:
    """The Deep Learning Container for a framework version.

    :param purpose: ``training`` or ``inference``.
    :param accelerator: ``cpu``, ``gpu``, ``neuron`` or ``neuronx``.
    :raises UnknownFact: for the first of framework, purpose, accelerator and version that has no image.
    """
    found: Iterable[Image] = _containers()
    found = _select(found, "framework", framework, "Framework with a Deep Learning Container")
    found = _select(found, "purpose", purpose, f"Purpose of the {framework} images")
    found = _select(found, "accelerator", accelerator, f"Accelerator of the {framework} {purpose} images")
    found = _select(found, "version", version, f"Version of the {framework} {purpose} image for {accelerator}")
    return found[0]


def neuron_inference(framework: str, version: str) -> Image:
    """The Deep Learning Container for inference on Inferentia2 and Trainium.

    :raises UnknownFact: when there is none for that framework and version.
    """
    return deep_learning_container(
        purpose=Purpose.INFERENCE, framework=framework, version=version, accelerator=Accelerator.NEURONX
    )


def neuron_training(framework: str, version: str) -> Image:
    """The Deep Learning Container for training on Trainium.

    :raises UnknownFact: when there is none for that framework and version.
    """
    return deep_learning_container(
        purpose=Purpose.TRAINING, framework=framework, version=version, accelerator=Accelerator.NEURONX
    )


def built_in_algorithm(name: str, version: str | None = None) -> Image:
    """The image of a SageMaker built-in algorithm, as in ``xgboost`` or ``kmeans``: the newest unless given.

    :raises UnknownFact: when there is no such algorithm, or no such version of it.
    """
    found = _select(_algorithms(), "framework", name, "Built-in algorithm")
    if version is None:
        return found[-1]
    return _select(found, "version", version, f"Version of the built-in algorithm {name}")[0]


def monitoring_image(name: str) -> Image:
    """What Model Monitor runs: ``model-monitor`` for quality, ``clarify`` for bias and explanations, as its jobs do.

    :raises UnknownFact: for any other.
    """
    return _select(_monitoring(), "framework", name, "Image of Model Monitor")[0]


def partition_suffix(region: str) -> str:
    """End of the names of AWS's endpoints in a region: ``amazonaws.com``, in China ``amazonaws.com.cn``."""
    suffixes: dict[str, str] = _data()["partition_suffixes"]
    return next((suffix for prefix, suffix in suffixes.items() if region.startswith(prefix)), "amazonaws.com")


def _select(found: Iterable[Image], attribute: str, value: str, what: str) -> tuple[Image, ...]:
    candidates = tuple(found)
    chosen = tuple(image for image in candidates if getattr(image, attribute) == value)
    if not chosen:
        known = dict.fromkeys(str(getattr(image, attribute)) for image in candidates)
        raise UnknownFact(what, str(value), known, _FIX)
    return chosen


@cache
def _data() -> dict[str, Any]:
    return _tables.read("images")


@cache
def _accounts(registry: str) -> Mapping[str, str]:
    regions: dict[str, dict[str, str]] = _data()["accounts"]
    return MappingProxyType({region: by[registry] for region, by in regions.items() if registry in by})


@cache
def _containers() -> tuple[Image, ...]:
    return tuple(_image(row) for row in _data()["deep_learning_containers"])


@cache
def _algorithms() -> tuple[Image, ...]:
    return tuple(_image(row) for row in _data()["built_in_algorithms"])


@cache
def _monitoring() -> tuple[Image, ...]:
    return tuple(_image(row) for row in _data()["monitoring"])


def _image(row: dict[str, str]) -> Image:
    return Image(
        purpose=Purpose(row.get("purpose", Purpose.TRAINING_AND_INFERENCE)),
        framework=row["framework"],
        version=row["version"],
        accelerator=Accelerator(row["accelerator"]),
        repository=row["repository"],
        tag=row["tag"],
        accounts=_accounts(row.get("registry", "deep-learning-containers")),
    )
