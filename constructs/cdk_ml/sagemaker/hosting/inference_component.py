"""An inference component: a model with a part of an endpoint's instances, and copies that scale by themselves.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateInferenceComponent.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.facts.accelerators import instance, is_accelerated
from cdk_ml.sagemaker.hosting.gpu import GpuFit, gpu_problems
from cdk_ml.sagemaker.hosting.memory_fit import MemoryFit
from cdk_ml.sagemaker.hosting.model import Model, has_package, model_problems
from cdk_ml.sagemaker.hosting.neuron import NeuronFit, neuron_problems
from cdk_ml.sagemaker.hosting.scalable import COPIES
from cdk_ml.sagemaker.hosting.scaling import Scaling, scaling_problems
from cdk_ml.sagemaker.hosting.variant import told
from cdk_ml.sagemaker.names import is_name
from cdk_ml.tokens import is_token, outside

_LEAST_MEMORY_MB = 128
_LEAST_CORES = 0.25
_LONGEST_NAME = 54  # Of 63 characters, an id of eight and a hyphen are the endpoint's.


_TO_ZERO = Scaling(minimum=0, maximum=2, concurrent_requests_per_copy=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceComponent:
    """A model, and what each copy of it takes of an instance.

    :param model: what is served.
    :param memory_mb: MB of the instance's memory that a copy needs at least, from 128.
    :param cores: CPU cores of a copy, from 0.25; as they come when not given.
    :param accelerators: GPUs or Neuron chips of a copy; none when not given.
    :param neuron: what is served on Neuron chips, to be checked against their memory.
    :param gpu: what is served on GPUs, to be checked against their memory.
    :param scaling: bounds and targets of the copies; by default none while nobody asks.
    """

    model: Model
    memory_mb: int
    cores: float | None = None
    accelerators: int | None = None
    neuron: NeuronFit | None = None
    gpu: GpuFit | None = None
    scaling: Scaling = _TO_ZERO


def component_name_problems(components: Mapping[str, InferenceComponent]) -> Iterator[Problem]:
    """What SageMaker would refuse about the names of ``components``."""
    if not components:
        yield Problem("components", components, "leave nobody to answer", "Give at least one")
    for name in components:
        if is_token(name) or not is_name(name, _LONGEST_NAME):
            fix = f"Use at most {_LONGEST_NAME} letters, digits and hyphens, starting and ending with a letter or digit"
            yield Problem("components", name, "is no name of a component", fix)


def component_problems(
    name: str, component: InferenceComponent, instance_type: str | None, region: str, *, network_isolation: bool
) -> Iterator[Problem]:
    """What SageMaker would refuse about ``component``, or what would never be placed on an instance.

    :param instance_type: what it runs on, or ``None`` where that is wrong itself.
    """
    where = f"components[{name!r}]"
    found = [
        *model_problems(component.model, instance_type, region),
        *_container_problems(component.model, network_isolation),
        *scaling_problems(component.scaling, "", COPIES),
    ]
    for problem in found:
        yield replace(problem, argument=f"{where}.{problem.argument}")
    if outside(component.memory_mb, _LEAST_MEMORY_MB, float("inf")):
        fix = f"Use {_LEAST_MEMORY_MB} or more"
        yield Problem(f"{where}.memory_mb", component.memory_mb, "is no memory that a copy runs in", fix)
    if component.cores is not None and outside(component.cores, _LEAST_CORES, float("inf")):
        yield Problem(f"{where}.cores", component.cores, "is no part of a CPU", f"Use {_LEAST_CORES} or more")
    if component.accelerators is not None and outside(component.accelerators, 1, float("inf")):
        fix = "Use 1 or more, or leave it out"
        yield Problem(f"{where}.accelerators", component.accelerators, "is no number of accelerators", fix)
    if instance_type is not None and not is_token(instance_type):
        yield from _placement_problems(where, component, instance_type)


def _container_problems(model: Model, network_isolation: bool) -> Iterator[Problem]:
    if has_package(model) or model.containers:
        what = "a model package" if has_package(model) else "several containers"
        fix = "Use RealTimeEndpoint"
        yield Problem("model", [*model.containers] or model.image, f"is {what}, which is no component", fix)
    if model.network_isolation != network_isolation:
        rule = f"differs from network_isolation={network_isolation} of the endpoint, which holds for all its components"
        fix = "Say the same for the endpoint, or use an endpoint of its own"
        yield Problem("model.network_isolation", model.network_isolation, rule, fix)


def _placement_problems(where: str, component: InferenceComponent, instance_type: str) -> Iterator[Problem]:
    if not is_accelerated(instance_type):
        if component.accelerators is not None:
            rule = f"are more than {instance_type} has, which is none"
            fix = "Leave it out, or use an accelerated instance type"
            yield Problem(f"{where}.accelerators", component.accelerators, rule, fix)
        return
    machine = instance(instance_type)
    has: dict[str, float] = {
        "accelerators": machine.accelerators,
        "cores": machine.vcpus,
        "memory_mb": machine.memory_gib * 1024,
    }
    for name, most in has.items():
        wanted = getattr(component, name)
        if wanted is not None and outside(wanted, 0, most):
            rule = f"is more than {instance_type} has, which is {most:g}"
            yield Problem(f"{where}.{name}", wanted, rule, "Ask for less, or use a larger instance type")
    if component.neuron is not None:
        yield from neuron_problems(component.neuron, instance_type)
        if machine.is_neuron:
            cores = machine.logical_neuron_cores // machine.accelerators * (component.accelerators or 0)
            yield from _share_problems(where, "neuron", component, component.neuron, f"{cores} NeuronCores", cores)
    if component.gpu is not None:
        yield from gpu_problems(component.gpu, instance_type)
        gpus = component.accelerators or 0
        yield from _share_problems(where, "gpu", component, component.gpu, f"{gpus} GPUs", gpus)


def _share_problems(
    where: str, argument: str, component: InferenceComponent, fit: MemoryFit, has: str, most: int
) -> Iterator[Problem]:
    if not is_token(component.accelerators) and outside(fit.tensor_parallel_degree, 0, most):
        rule = f"needs more than the {has} of accelerators={component.accelerators}"
        fix = "Give the component the chips that hold its cores"
        if argument == "gpu":
            fix = f"Use accelerators={fit.tensor_parallel_degree}, one for each part of the model"
        yield Problem(f"{where}.{argument}.tensor_parallel_degree", fit.tensor_parallel_degree, rule, fix)


def served(component: InferenceComponent) -> Model:
    """The component's model, with what its runtime has to be told; the user's own environment wins."""
    return told(component.model, component.neuron, component.gpu)


def specification(component: InferenceComponent, *, model_name: str) -> dict[str, Any]:
    """The ``Specification`` of a component."""
    resources = {
        "minMemoryRequiredInMb": component.memory_mb,
        "numberOfCpuCoresRequired": component.cores,
        "numberOfAcceleratorDevicesRequired": component.accelerators,
    }
    startup = {
        "containerStartupHealthCheckTimeoutInSeconds": component.model.startup_seconds,
        "modelDataDownloadTimeoutInSeconds": component.model.download_seconds,
    }
    given = {name: seconds for name, seconds in startup.items() if seconds is not None}
    return {
        "modelName": model_name,
        "computeResourceRequirements": {name: value for name, value in resources.items() if value is not None},
        **({"startupParameters": given} if given else {}),
    }


def component_variant(name: str, instance_type: str, minimum: int, maximum: int) -> dict[str, Any]:
    """The ``ProductionVariant`` that components share."""
    return {
        "variantName": name,
        "instanceType": instance_type,
        # SageMaker takes no configuration of none; it takes the instance away again.
        "initialInstanceCount": minimum or 1,
        "managedInstanceScaling": {"status": "ENABLED", "minInstanceCount": minimum, "maxInstanceCount": maximum},
        "routingConfig": {"routingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
    }
