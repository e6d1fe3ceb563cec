"""Whether a model fits on Inferentia or Trainium. The arithmetic is that of :mod:`cdk_ml.sagemaker.hosting.memory_fit`.

https://awsdocs-neuron.readthedocs-hosted.com/en/latest/general/appnotes/transformers-neuronx/generative-llm-inference-with-neuron.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdk_ml.errors import Problem
from cdk_ml.facts.accelerators import Instance
from cdk_ml.sagemaker.hosting.memory_fit import (
    Devices,
    Dtype,
    MemoryFit,
    is_unknown,
    placement_problems,
    shape_problems,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronFit(MemoryFit):
    """What is served, so that it can be checked against the memory of the NeuronCores.

    The figure is a lower bound: activations and compiled code come on top.

    :param parameters: number of parameters, such as ``7e9``.
    :param dtype: type of the weights. Quantized weights (``fp8``, ``int8``) keep a 16-bit key-value cache.
    :param batch_size: sequences served together.
    :param sequence_length: longest sequence, in tokens, prompt and answer together.
    :param tensor_parallel_degree: NeuronCores that one copy of the model is split over.
    :param layers: decoder layers; with ``key_value_heads`` and ``head_size`` the cache is exact instead of estimated.
    :param key_value_heads: key-value heads of a layer, fewer than heads under grouped-query attention.
    :param head_size: size of a head.
    """

    # Again, so that the type's name is known to whoever reads the hints of this module.
    dtype: Dtype = "bf16"

    @property
    def gib_per_core(self) -> float:
        """Memory that every NeuronCore needs, in GiB."""
        return self.gib_per_device


def neuron_problems(fit: NeuronFit, instance_type: str) -> list[Problem]:
    """Why the model of ``fit`` does not fit on ``instance_type``; nothing when it does, or when it cannot be known."""
    shape = [*shape_problems(fit, _CORES)]
    if shape or is_unknown(fit, instance_type):
        return shape
    return placement_problems(fit, _CORES, instance_type)


def neuron_environment(fit: NeuronFit) -> Mapping[str, str]:
    """What the Neuron runtime has to be told."""
    return {"NEURON_RT_NUM_CORES": str(fit.tensor_parallel_degree)}


def _gib_per_logical_core(machine: Instance) -> float:
    return (machine.accelerator_memory_gib or 0) / machine.logical_neuron_cores


_CORES = Devices(
    argument="neuron",
    short="core",
    name="NeuronCore",
    wrong="Use an inf2 or trn instance type, or leave neuron out",
    family="Neuron",
    present=lambda machine: machine.is_neuron,
    # Inferentia1 runs neither the models nor the images of its successors.
    suggested=lambda _fit, machine: machine.accelerator != "Inferentia1",
    count=lambda machine: machine.logical_neuron_cores,
    usable_gib=lambda _fit, machine: _gib_per_logical_core(machine),
    has=lambda _fit, machine: f"{_gib_per_logical_core(machine):.0f} GiB per NeuronCore",
)
