"""Whether a model fits on GPUs. The arithmetic is that of :mod:`cdk_ml.sagemaker.hosting.memory_fit`.

https://docs.aws.amazon.com/sagemaker/latest/dg/large-model-inference-container-docs.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cdk_ml.errors import Problem
from cdk_ml.facts.accelerators import Instance, instance
from cdk_ml.facts.images import Image
from cdk_ml.sagemaker.hosting.memory_fit import (
    Devices,
    Dtype,
    MemoryFit,
    another_instance,
    is_unknown,
    placement_problems,
    shape_problems,
)
from cdk_ml.tokens import is_token, outside

# https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/: CUDA 13, which today's serving images bring, starts at 7.5.
_LEAST_CAPABILITY = 7.5
# https://docs.nvidia.com/cuda/ampere-tuning-guide/: bfloat16 came with Ampere.
_BFLOAT16_CAPABILITY = 8.0

# https://docs.djl.ai/docs/serving/serving/docs/lmi/deployment_guide/configurations.html
# https://aws.github.io/deep-learning-containers/reference/available_images/#vllm
_ENVIRONMENTS: dict[str, dict[str, str]] = {
    "djl-lmi": {
        "tensor_parallel_degree": "OPTION_TENSOR_PARALLEL_DEGREE",
        "sequence_length": "OPTION_MAX_MODEL_LEN",
        "memory_share": "OPTION_GPU_MEMORY_UTILIZATION",
    },
    "vllm": {
        "tensor_parallel_degree": "SM_VLLM_TENSOR_PARALLEL_SIZE",
        "sequence_length": "SM_VLLM_MAX_MODEL_LEN",
        "memory_share": "SM_VLLM_GPU_MEMORY_UTILIZATION",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuFit(MemoryFit):
    """What is served, so that it can be checked against the memory of the GPUs.

    The figure is a lower bound: activations and CUDA graphs come on top. AWS's LMI and vLLM images are told the
    degree, the length and the share as environment variables, so that what runs is what was checked.

    :param parameters: number of parameters, such as ``7e9``.
    :param dtype: type of the weights. Quantized weights (``fp8``, ``int8``) keep a 16-bit key-value cache.
    :param batch_size: sequences served together.
    :param sequence_length: longest sequence, in tokens, prompt and answer together.
    :param tensor_parallel_degree: GPUs that one copy of the model is split over.
    :param layers: decoder layers; with ``key_value_heads`` and ``head_size`` the cache is exact instead of estimated.
    :param key_value_heads: key-value heads of a layer, fewer than heads under grouped-query attention.
    :param head_size: size of a head.
    :param memory_share: share of each GPU's memory that the serving engine takes for weights and cache, up to 1.
    """

    # Again, so that the type's name is known to whoever reads the hints of this module.
    dtype: Dtype = "bf16"
    memory_share: float = 0.9

    @property
    def gib_per_gpu(self) -> float:
        """Memory that every GPU needs, in GiB."""
        return self.gib_per_device


def gpu_problems(fit: GpuFit, instance_type: str) -> list[Problem]:
    """Why the model of ``fit`` does not fit on ``instance_type``; nothing when it does, or when it cannot be known."""
    shape = [*shape_problems(fit, _GPUS), *_share_problems(fit)]
    if shape or is_unknown(fit, instance_type) or is_token(fit.memory_share):
        return shape
    found = placement_problems(fit, _GPUS, instance_type)
    if any(problem.argument == _GPUS.argument for problem in found):
        return found
    return [*found, *_bfloat16_problems(fit, instance_type)]


def gpu_environment(fit: GpuFit, image: object) -> Mapping[str, str]:
    """What AWS's serving images have to be told; nothing for those whose words nobody knows."""
    names = _ENVIRONMENTS.get(image.framework, {}) if isinstance(image, Image) else {}
    return {name: str(getattr(fit, figure)) for figure, name in names.items()}


def _share_problems(fit: GpuFit) -> Iterator[Problem]:
    if outside(fit.memory_share, 0.01, 1):
        rule = "is no share of a GPU's memory"
        yield Problem("gpu.memory_share", fit.memory_share, rule, "Use 0.01 to 1, such as 0.9")


def _bfloat16_problems(fit: GpuFit, instance_type: str) -> Iterator[Problem]:
    machine = instance(instance_type)
    if fit.dtype == "bf16" and (machine.compute_capability or 0) < _BFLOAT16_CAPABILITY:
        rule = f"is no type that the {machine.accelerator} of {instance_type} computes with"
        elsewhere = another_instance(fit, _GPUS)
        fix = 'Use dtype="fp16"' + (f", or {elsewhere}" if elsewhere is not None else "")
        yield Problem("gpu.dtype", fit.dtype, rule, fix)


def _usable_gib(fit: GpuFit, machine: Instance) -> float:
    return (machine.accelerator_memory_gib or 0) / machine.accelerators * fit.memory_share


def _suggested(fit: GpuFit, machine: Instance) -> bool:
    least = _BFLOAT16_CAPABILITY if fit.dtype == "bf16" else _LEAST_CAPABILITY
    # The images that AWS publishes are built for x86_64.
    return machine.architecture == "x86_64" and (machine.compute_capability or 0) >= least


_GPUS = Devices(
    argument="gpu",
    short="GPU",
    name="GPU",
    wrong="Use a g or p instance type, or leave gpu out",
    family="GPU",
    present=lambda machine: machine.manufacturer == "NVIDIA",
    suggested=_suggested,
    count=lambda machine: machine.accelerators,
    usable_gib=_usable_gib,
    has=lambda fit, machine: f"{_usable_gib(fit, machine):.1f} GiB per GPU at memory_share={fit.memory_share:g}",
)
