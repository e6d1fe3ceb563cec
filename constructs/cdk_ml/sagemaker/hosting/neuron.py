"""Whether a model fits on Inferentia or Trainium: arithmetic that otherwise fails an hour into a deployment.

A NeuronCore holds its share of the weights and of the key-value cache; tensor parallelism splits both.
https://awsdocs-neuron.readthedocs-hosted.com/en/latest/general/appnotes/transformers-neuronx/generative-llm-inference-with-neuron.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from cdk_ml.errors import Problem
from cdk_ml.facts.accelerators import Instance, instance, instances, is_accelerated
from cdk_ml.tokens import is_token, outside

Dtype = Literal["fp32", "bf16", "fp16", "fp8", "int8"]

GIB = 1024**3
_LARGEST = 1e15
_SIZES = ("parameters", "batch_size", "sequence_length", "tensor_parallel_degree")
_GEOMETRY = ("layers", "key_value_heads", "head_size")
_WEIGHT_BYTES: dict[Dtype, int] = {"fp32": 4, "bf16": 2, "fp16": 2, "fp8": 1, "int8": 1}

# Without the model's geometry, the cache is scaled from a 7-billion decoder of 32 layers and 4096 hidden units with as
# many key-value heads as heads: depth times width grows with the 2/3rd power of the parameters.
_REFERENCE_PARAMETERS = 7e9
_REFERENCE_WIDTH = 32 * 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronFit:
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

    parameters: float
    dtype: Dtype = "bf16"
    batch_size: int = 1
    sequence_length: int = 2048
    tensor_parallel_degree: int = 1
    layers: int | None = None
    key_value_heads: int | None = None
    head_size: int | None = None

    @property
    def gib_per_core(self) -> float:
        """Memory that every NeuronCore needs, in GiB."""
        weights = self.parameters * _WEIGHT_BYTES[self.dtype]
        cache_bytes = max(2, _WEIGHT_BYTES[self.dtype])
        cache = 2 * self._cache_width * cache_bytes * self.batch_size * self.sequence_length
        return (weights + cache) / GIB / self.tensor_parallel_degree

    @property
    def _cache_width(self) -> float:
        if self.layers is not None and self.key_value_heads is not None and self.head_size is not None:
            return self.layers * self.key_value_heads * self.head_size
        growth: float = (self.parameters / _REFERENCE_PARAMETERS) ** (2 / 3)
        return _REFERENCE_WIDTH * growth


def neuron_problems(fit: NeuronFit, instance_type: str) -> list[Problem]:
    """Why the model of ``fit`` does not fit on ``instance_type``; nothing when it does, or when it cannot be known."""
    shape = [*_shape_problems(fit)]
    if shape or is_token(instance_type) or any(is_token(getattr(fit, name)) for name in (*_SIZES, *_GEOMETRY)):
        return shape
    if not is_accelerated(instance_type) or not instance(instance_type).is_neuron:
        rule = f"is given, but {instance_type} has no NeuronCores"
        fix = "Use an inf2 or trn instance type, or leave neuron out"
        return [Problem("neuron", fit, rule, fix)]
    machine = instance(instance_type)
    if fit.tensor_parallel_degree > machine.logical_neuron_cores:
        rule = f"is more than the {machine.logical_neuron_cores} NeuronCores of {instance_type}"
        fix = _sentence(_on_another_instance(fit) or "no instance type has as many: lower it")
        return [Problem("neuron.tensor_parallel_degree", fit.tensor_parallel_degree, rule, fix)]
    if _fits(fit, machine):
        return []
    return [_memory_problem(fit, machine, instance_type)]


def _shape_problems(fit: NeuronFit) -> Iterator[Problem]:
    if fit.dtype not in _WEIGHT_BYTES:
        yield Problem("neuron.dtype", fit.dtype, "is not a type of weights", f"Use one of {', '.join(_WEIGHT_BYTES)}")
    for name in _SIZES:
        value = getattr(fit, name)
        if outside(value, 1, _LARGEST):
            fix = f"Give what the model is served with, 1 to {_LARGEST:g}"
            yield Problem(f"neuron.{name}", value, "is no size of a model", fix)
    given = [name for name in _GEOMETRY if getattr(fit, name) is not None]
    if given and len(given) < len(_GEOMETRY):
        missing = ", ".join(name for name in _GEOMETRY if name not in given)
        rule = f"says little without {missing}"
        yield Problem(f"neuron.{given[0]}", getattr(fit, given[0]), rule, f"Give {missing} as well, or none of them")
    for name in given:
        value = getattr(fit, name)
        if outside(value, 1, _LARGEST):
            yield Problem(f"neuron.{name}", value, "is no size of a model", "Give the figure of its configuration")


def _memory_problem(fit: NeuronFit, machine: Instance, instance_type: str) -> Problem:
    rule = (
        f"leaves about {fit.gib_per_core:.1f} GiB per core for {fit.parameters:.1e} parameters in {fit.dtype} with a "
        f"{fit.batch_size} x {fit.sequence_length} KV cache, but {instance_type} has "
        f"{_gib_per_logical_core(machine):.0f} GiB per NeuronCore"
    )
    remedies = []
    wider = _on_this_instance(fit, machine)
    if wider is not None:
        remedies.append(f"use tensor_parallel_degree={wider.tensor_parallel_degree} ({wider.gib_per_core:.1f} GiB)")
    else:
        elsewhere = _on_another_instance(fit)
        if elsewhere is not None:
            remedies.append(elsewhere)
    quantized = replace(fit, dtype="int8")
    if _fits(quantized, machine) and fit.dtype not in ("int8", "fp8"):
        remedies.append(f'dtype="int8" ({quantized.gib_per_core:.1f} GiB)')
    fix = ", or ".join(remedies) or "no Neuron instance type holds it: lower batch_size or sequence_length"
    return Problem("neuron.tensor_parallel_degree", fit.tensor_parallel_degree, rule, _sentence(fix))


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _on_this_instance(fit: NeuronFit, machine: Instance) -> NeuronFit | None:
    """``fit`` with the lowest degree, a power of two or all cores, that makes it fit."""
    cores = machine.logical_neuron_cores
    powers = [2**exponent for exponent in range(cores.bit_length()) if 2**exponent <= cores]
    for degree in sorted({*powers, cores}):
        candidate = replace(fit, tensor_parallel_degree=degree)
        if degree > fit.tensor_parallel_degree and _fits(candidate, machine):
            return candidate
    return None


def _on_another_instance(fit: NeuronFit) -> str | None:
    for machine in instances(hosting=True):
        # Inferentia1 runs neither the models nor the images of its successors.
        if not machine.is_neuron or machine.accelerator == "Inferentia1":
            continue
        candidate = fit if _fits(fit, machine) else _on_this_instance(fit, machine)
        if candidate is not None:
            degree = candidate.tensor_parallel_degree
            return f"use ml.{machine.name} with tensor_parallel_degree={degree} ({candidate.gib_per_core:.1f} GiB)"
    return None


def _fits(fit: NeuronFit, machine: Instance) -> bool:
    enough_cores = fit.tensor_parallel_degree <= machine.logical_neuron_cores
    return enough_cores and fit.gib_per_core <= _gib_per_logical_core(machine)


def _gib_per_logical_core(machine: Instance) -> float:
    return (machine.accelerator_memory_gib or 0) / machine.logical_neuron_cores
