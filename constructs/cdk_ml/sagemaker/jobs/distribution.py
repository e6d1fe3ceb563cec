"""Training on several accelerators and several instances at once.

https://docs.aws.amazon.com/sagemaker/latest/dg/distributed-training.html
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-efa.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cdk_ml.errors import Problem
from cdk_ml.facts.accelerators import Instance, instance, instances, is_accelerated
from cdk_ml.facts.images import Image
from cdk_ml.sagemaker.container_image import ContainerImage
from cdk_ml.sagemaker.jobs.compute import Compute
from cdk_ml.sagemaker.jobs.hyperparameters import Hyperparameter
from cdk_ml.sagemaker.jobs.script import Script
from cdk_ml.tokens import is_token, outside

Launcher = Literal["torchrun", "mpi"]

_MOST_ON_CPUS = 128  # A slip of the keyboard is more.
_PYTORCH = ("pytorch", "huggingface-pytorch")
_PROCESSES = "sagemaker_mpi_num_of_processes_per_host"
_SWITCHES: dict[Launcher, str] = {
    "torchrun": "sagemaker_torch_distributed_enabled",
    "mpi": "sagemaker_mpi_enabled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Start the script once for each accelerator of each instance, in a group whose members find each other.

    Instances with GPUs or NeuronCores talk over EFA: where there are several, their type needs it.

    :param launcher: ``torchrun`` for PyTorch, on GPUs and on Trainium; ``mpi`` for whatever is written for it.
    :param processes_per_instance: how often; as many as there are accelerators when not given.
    """

    launcher: Launcher = "torchrun"
    processes_per_instance: int | None = None

    @property
    def hyperparameters(self) -> dict[str, Hyperparameter]:
        """What tells the toolkit in the container to do so."""
        often = self.processes_per_instance
        return {_SWITCHES[self.launcher]: True, **({} if often is None else {_PROCESSES: often})}


def distribution_problems(
    distribution: Distribution, *, image: ContainerImage, compute: Compute, script: Script | None
) -> Iterator[Problem]:
    """Why processes would not start, or not find each other."""
    launcher, often = distribution.launcher, distribution.processes_per_instance
    if script is None:
        fix = "Say script=Script(folder, entry_point), or leave out the distribution"
        yield Problem("distribution.launcher", launcher, "has no script to start", fix)
    elif launcher == "torchrun" and isinstance(image, Image) and image.framework not in _PYTORCH:
        fix = f"Use an image of {' or '.join(_PYTORCH)}, or launcher='mpi'"
        yield Problem("distribution.launcher", launcher, f"is not in the container of {image.framework}", fix)
    most = _processes(compute.instance_type)
    if often is not None and outside(often, 1, most):
        rule = "is not a number of processes that an instance has accelerators for"
        yield Problem("distribution.processes_per_instance", often, rule, f"Use 1 to {most}, or None")
    yield from _network_problems(compute)


def _network_problems(compute: Compute) -> Iterator[Problem]:
    name, count = compute.instance_type, compute.instance_count
    if is_token(name) or is_token(count) or count < 2 or not is_accelerated(name):
        return
    machine = instance(name)
    if machine.efa == 0:
        rule = f"has no EFA, over which its {count} instances would talk"
        yield Problem("compute.instance_type", name, rule, f"Use {_with_efa(machine)}, or one instance")


def _with_efa(machine: Instance) -> str:
    """The smallest instance type for training with the same accelerator and EFA, else of the same manufacturer."""
    able = [item for item in instances() if item.training and item.efa]
    same = [item for item in able if item.accelerator == machine.accelerator]
    other = [item for item in able if item.manufacturer == machine.manufacturer]
    return f"ml.{(same or other)[0].name}"


def _processes(instance_type: str) -> int:
    """Most processes that an instance takes: one for each accelerator, or many where it has none, or is not known."""
    if is_token(instance_type) or not is_accelerated(instance_type):
        return _MOST_ON_CPUS
    machine = instance(instance_type)
    return machine.neuron_cores or machine.accelerators
