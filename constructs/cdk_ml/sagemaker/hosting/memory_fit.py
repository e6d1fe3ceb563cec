"""Whether a model fits into the memory of accelerators: arithmetic that otherwise fails an hour into a deployment.

Each device holds its share of the weights and of the key-value cache; tensor parallelism splits both. What differs
between NeuronCores and GPUs is in :class:`Devices`.
https://awsdocs-neuron.readthedocs-hosted.com/en/latest/general/appnotes/transformers-neuronx/generative-llm-inference-with-neuron.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from cdk_ml.errors import Problem
from cdk_ml.facts.accelerators import Instance, instance, instances, is_accelerated
from cdk_ml.tokens import is_token, outside

Dtype = Literal["fp32", "bf16", "fp16", "fp8", "int8"]

GIB = 1024**3
_LARGEST = 1e15
_SIZES = ("parameters", "batch_size", "sequence_length", "tensor_parallel_degree")
_GEOMETRY = ("layers", "key_value_heads", "head_size")
_WEIGHT_BYTES: dict[str, int] = {"fp32": 4, "bf16": 2, "fp16": 2, "fp8": 1, "int8": 1}

# Without the model's geometry, the cache is scaled from a 7-billion decoder of 32 layers and 4096 hidden units with as
# many key-value heads as heads: depth times width grows with the 2/3rd power of the parameters.
_REFERENCE_PARAMETERS = 7e9
_REFERENCE_WIDTH = 32 * 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryFit:
    """What is served, and over how many devices one copy of it is split.

    :param parameters: number of parameters, such as ``7e9``.
    :param dtype: type of the weights. Quantized weights (``fp8``, ``int8``) keep a 16-bit key-value cache.
    :param batch_size: sequences served together.
    :param sequence_length: longest sequence, in tokens, prompt and answer together.
    :param tensor_parallel_degree: devices that one copy of the model is split over.
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
    def gib_per_device(self) -> float:
        """Memory that every device needs, in GiB."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """A kind of device that models are split over, and the words for it.

    :param argument: the argument that describes what is served.
    :param short: what a message calls one device in passing.
    :param name: what a message calls one device.
    :param wrong: what to do on an instance type that has none.
    :param family: what a message calls the instance types that have some.
    :param present: whether an instance type has such devices.
    :param suggested: whether an instance type may be suggested for what is served.
    :param count: how many devices an instance type has.
    :param usable_gib: memory of one device that weights and cache can have, in GiB.
    :param has: how a message says what one device has.
    """

    argument: str
    short: str
    name: str
    wrong: str
    family: str
    present: Callable[[Instance], bool]
    suggested: Callable[[Any, Instance], bool]
    count: Callable[[Instance], int]
    usable_gib: Callable[[Any, Instance], float]
    has: Callable[[Any, Instance], str]


def shape_problems(fit: MemoryFit, devices: Devices) -> Iterator[Problem]:
    """What no model is like."""
    where = devices.argument
    if fit.dtype not in _WEIGHT_BYTES:
        yield Problem(f"{where}.dtype", fit.dtype, "is not a type of weights", f"Use one of {', '.join(_WEIGHT_BYTES)}")
    for name in _SIZES:
        value = getattr(fit, name)
        if outside(value, 1, _LARGEST):
            fix = f"Give what the model is served with, 1 to {_LARGEST:g}"
            yield Problem(f"{where}.{name}", value, "is no size of a model", fix)
    given = [name for name in _GEOMETRY if getattr(fit, name) is not None]
    if given and len(given) < len(_GEOMETRY):
        missing = ", ".join(name for name in _GEOMETRY if name not in given)
        rule = f"says little without {missing}"
        yield Problem(f"{where}.{given[0]}", getattr(fit, given[0]), rule, f"Give {missing} as well, or none of them")
    for name in given:
        value = getattr(fit, name)
        if outside(value, 1, _LARGEST):
            yield Problem(f"{where}.{name}", value, "is no size of a model", "Give the figure of its configuration")


def is_unknown(fit: MemoryFit, instance_type: str) -> bool:
    """Whether a figure is known only at deployment, so that nothing can be said."""
    return is_token(instance_type) or any(is_token(getattr(fit, name)) for name in (*_SIZES, *_GEOMETRY))


def placement_problems(fit: MemoryFit, devices: Devices, instance_type: str) -> list[Problem]:
    """Why a model of possible shape does not fit on ``instance_type``; nothing when it does."""
    if not is_accelerated(instance_type) or not devices.present(instance(instance_type)):
        return [Problem(devices.argument, fit, f"is given, but {instance_type} has no {devices.name}s", devices.wrong)]
    machine = instance(instance_type)
    count = devices.count(machine)
    if fit.tensor_parallel_degree > count:
        rule = f"is more than the {count} {devices.name}{'' if count == 1 else 's'} of {instance_type}"
        fix = _sentence(another_instance(fit, devices) or "no instance type has as many: lower it")
        return [Problem(f"{devices.argument}.tensor_parallel_degree", fit.tensor_parallel_degree, rule, fix)]
    if _fits(fit, devices, machine):
        return []
    return [_memory_problem(fit, devices, machine, instance_type)]


def another_instance(fit: MemoryFit, devices: Devices) -> str | None:
    """The smallest instance type that the model fits on, in words, with the degree that makes it fit."""
    for machine in instances(hosting=True):
        if not devices.present(machine) or not devices.suggested(fit, machine):
            continue
        candidate = fit if _fits(fit, devices, machine) else _on_this_instance(fit, devices, machine)
        if candidate is not None:
            degree = candidate.tensor_parallel_degree
            return f"use ml.{machine.name} with tensor_parallel_degree={degree} ({candidate.gib_per_device:.1f} GiB)"
    return None


def _memory_problem(fit: MemoryFit, devices: Devices, machine: Instance, instance_type: str) -> Problem:
    rule = (
        f"leaves about {fit.gib_per_device:.1f} GiB per {devices.short} for {fit.parameters:.1e} parameters in "
        f"{fit.dtype} with a {fit.batch_size} x {fit.sequence_length} KV cache, but {instance_type} has "
        f"{devices.has(fit, machine)}"
    )
    remedies = []
    wider = _on_this_instance(fit, devices, machine)
    if wider is not None:
        remedies.append(f"use tensor_parallel_degree={wider.tensor_parallel_degree} ({wider.gib_per_device:.1f} GiB)")
    else:
        elsewhere = another_instance(fit, devices)
        if elsewhere is not None:
            remedies.append(elsewhere)
    quantized = replace(fit, dtype="int8")
    if _fits(quantized, devices, machine) and fit.dtype not in ("int8", "fp8"):
        remedies.append(f'dtype="int8" ({quantized.gib_per_device:.1f} GiB)')
    nowhere = f"no {devices.family} instance type holds it: lower batch_size or sequence_length"
    fix = _sentence(", or ".join(remedies) or nowhere)
    return Problem(f"{devices.argument}.tensor_parallel_degree", fit.tensor_parallel_degree, rule, fix)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _on_this_instance(fit: MemoryFit, devices: Devices, machine: Instance) -> MemoryFit | None:
    """``fit`` with the lowest degree, a power of two or all devices, that makes it fit."""
    count = devices.count(machine)
    powers = [2**exponent for exponent in range(count.bit_length()) if 2**exponent <= count]
    for degree in sorted({*powers, count}):
        candidate = replace(fit, tensor_parallel_degree=degree)
        if degree > fit.tensor_parallel_degree and _fits(candidate, devices, machine):
            return candidate
    return None


def _fits(fit: MemoryFit, devices: Devices, machine: Instance) -> bool:
    return fit.tensor_parallel_degree <= devices.count(machine) and fit.gib_per_device <= devices.usable_gib(
        fit, machine
    )
