"""What compilers make of a model, kept for the next run: the successor of SageMaker Training Compiler.

On Trainium it is the Neuron compiler, which keeps its results under an address in S3 for all runs of the job. Elsewhere
it is ``torch.compile``, whose results are kept with the checkpoints, for the run that goes on after an interruption.
https://awsdocs-neuron.readthedocs-hosted.com/en/latest/frameworks/torch/torch-neuronx/programming-guide/training/pytorch-neuron-programming-guide.html
https://docs.pytorch.org/tutorials/recipes/torch_compile_caching_tutorial.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.errors import Problem
from cdk_ml.facts.accelerators import instance, is_accelerated
from cdk_ml.facts.images import Accelerator, Image
from cdk_ml.sagemaker.container_image import ContainerImage
from cdk_ml.sagemaker.jobs.spot import CHECKPOINTS

_INDUCTOR = f"{CHECKPOINTS}/torchinductor"


def uses_neuron(image: ContainerImage, instance_type: str) -> bool:
    """Whether the Neuron compiler compiles the model."""
    if isinstance(image, Image):
        return image.accelerator in (Accelerator.NEURON, Accelerator.NEURONX)
    return is_accelerated(instance_type) and instance(instance_type).is_neuron


def cache_environment(image: ContainerImage, instance_type: str, neuron_cache: str) -> dict[str, str]:
    """Environment variables that tell the compiler where its cache is.

    :param neuron_cache: address in S3 for the Neuron compiler.
    """
    if uses_neuron(image, instance_type):
        return {"NEURON_COMPILE_CACHE_URL": neuron_cache}
    return {"TORCHINDUCTOR_CACHE_DIR": _INDUCTOR}


def cache_problems(
    image: ContainerImage, instance_type: str, *, network_isolation: bool, checkpoints: bool
) -> Iterator[Problem]:
    """Why a compiler could not keep anything."""
    if uses_neuron(image, instance_type):
        if network_isolation:
            rule = "needs S3, from which network_isolation=True cuts the container off"
            fix = "Say network_isolation=False: in the workspace's network there is S3 and no internet"
            yield Problem("compile_cache", True, rule, fix)
    elif not checkpoints:
        rule = "is kept with the checkpoints, and there are none"
        yield Problem("compile_cache", True, rule, "Say checkpoints=True, or spot=SpotTraining(...)")
