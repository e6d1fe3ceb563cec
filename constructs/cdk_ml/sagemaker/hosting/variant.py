"""A variant of an endpoint: a model on instances, with a share of the traffic.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-ab-testing.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.facts.accelerators import instance, is_accelerated
from cdk_ml.sagemaker.hosting.gpu import GpuFit, gpu_environment, gpu_problems
from cdk_ml.sagemaker.hosting.model import Model, has_package, model_problems
from cdk_ml.sagemaker.hosting.neuron import NeuronFit, neuron_environment, neuron_problems
from cdk_ml.sagemaker.hosting.scalable import INSTANCES, Scalable
from cdk_ml.sagemaker.hosting.scaling import Scaling, scaling_problems
from cdk_ml.sagemaker.hosting.updates import AllAtOnce, Canary, Update
from cdk_ml.sagemaker.names import name_problems
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace.profile import Profile

PRIMARY = "Primary"
_MAXIMUM_VARIANTS = 10
_HEAVIEST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A model on instances, with a share of the traffic.

    :param name: name within the endpoint, letters, digits and hyphens.
    :param model: what is served.
    :param instance_type: such as ``ml.inf2.xlarge``.
    :param neuron: what is served on Neuron instances, to be checked against their memory.
    :param gpu: what is served on GPU instances, to be checked against their memory.
    :param scaling: bounds and targets; without it the profile's minimum number of instances runs.
    :param weight: share of the traffic, relative to the other variants' weights; 0 takes none.
    """

    name: str
    model: Model
    instance_type: str
    neuron: NeuronFit | None = None
    gpu: GpuFit | None = None
    scaling: Scaling | None = None
    weight: float = 1.0


def variants_problems(
    variants: Sequence[Variant], region: str, scalable: Scalable = INSTANCES, *, several: bool = False
) -> Iterator[Problem]:
    """What SageMaker would refuse about ``variants``, or could not run.

    :param several: whether each serves many models in one container.
    """
    if len(variants) > _MAXIMUM_VARIANTS:
        rule = f"and the primary variant make {len(variants)}, but an endpoint has at most {_MAXIMUM_VARIANTS}"
        names = [variant.name for variant in variants[1:]]
        yield Problem("variants", names, rule, "Use a second endpoint")
    for name, count in Counter(variant.name for variant in variants).items():
        if count > 1:
            taken = f", and {PRIMARY} is taken" if name == PRIMARY else ""
            yield Problem("variants.name", name, f"is the name of {count} variants{taken}", "Name each one differently")
    if variants and all(variant.weight == 0 for variant in variants):
        yield Problem("weight", 0, "of every variant leaves nobody to answer", "Give one of them a positive weight")
    for variant in variants:
        yield from _variant_problems(variant, region, scalable, several)


def shadow_problems(production: Sequence[Variant], shadow: Variant | None) -> Iterator[Problem]:
    """Why SageMaker would not copy the requests to ``production`` to ``shadow``.

    https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-exclusions.html
    """
    if shadow is None:
        return
    if len(production) > 1:
        rule = f"shadows one variant, and there are {len(production)}"
        yield Problem("shadow", shadow.name, rule, "Leave variants out while there is a shadow")
    if outside(shadow.weight, 1e-6, 1):
        rule = "is no share of the requests to be copied"
        yield Problem("shadow.weight", shadow.weight, rule, "Use more than 0, and up to 1 for all of them")
    for variant in (*production, shadow):
        if has_package(variant.model) or variant.model.containers:
            what = "a model package" if has_package(variant.model) else "several containers"
            fix = "Compare them in a second endpoint"
            yield Problem("shadow", variant.name, f"is {what}, which take no part in shadow tests", fix)
        if not is_token(variant.instance_type) and variant.instance_type.startswith("ml.inf1."):
            rule = f"runs on {variant.instance_type}, which takes no part in shadow tests"
            yield Problem("shadow", variant.name, rule, "Use an inf2 instance type")


def _variant_problems(variant: Variant, region: str, scalable: Scalable, several: bool) -> Iterator[Problem]:
    yield from name_problems("variants.name", variant.name)
    if outside(variant.weight, 0, _HEAVIEST):
        fix = f"Use 0 for no traffic, or up to {_HEAVIEST}"
        yield Problem("variants.weight", variant.weight, "is no share of the traffic", fix)
    wrong_instance = [*instance_problems(variant.instance_type)]
    # Which image would run on an instance type that there is not, nobody knows.
    instance_type = None if wrong_instance else variant.instance_type
    yield from model_problems(variant.model, instance_type, region, several=several)
    yield from wrong_instance
    if wrong_instance:
        return
    if variant.neuron is not None:
        yield from neuron_problems(variant.neuron, variant.instance_type)
    if variant.gpu is not None:
        yield from gpu_problems(variant.gpu, variant.instance_type)
    if variant.scaling is not None:
        yield from scaling_problems(variant.scaling, variant.instance_type, scalable)


def instance_problems(instance_type: str) -> Iterator[Problem]:
    """Why SageMaker does not take an instance type for endpoints."""
    if is_token(instance_type):
        return
    if not instance_type.startswith("ml."):
        fix = f"Write ml.{instance_type}"
        yield Problem("instance_type", instance_type, "is not an instance type of SageMaker", fix)
    elif is_accelerated(instance_type) and not instance(instance_type).hosting:
        rule = "is not offered for endpoints by SageMaker"
        fix = "Use one that cdk_ml.facts.accelerators.instances(hosting=True) lists"
        yield Problem("instance_type", instance_type, rule, fix)


def instance_count(variant: Variant, profile: Profile) -> int:
    """Instances that the variant starts with."""
    if variant.scaling is None:
        return profile.minimum_instances
    # What scales to zero starts with one all the same: SageMaker takes no configuration of none.
    return variant.scaling.minimum or 1


def served_model(variant: Variant) -> Model:
    """The variant's model, with what its runtime has to be told; the user's own environment wins."""
    return told(variant.model, variant.neuron, variant.gpu)


def told(model: Model, neuron: NeuronFit | None, gpu: GpuFit | None) -> Model:
    """``model`` with the environment that says what was checked; the user's own environment wins."""
    if model.containers:
        return replace(model, containers={name: told(part, neuron, gpu) for name, part in model.containers.items()})
    environment: dict[str, str] = {}
    if neuron is not None:
        environment.update(neuron_environment(neuron))
    if gpu is not None:
        environment.update(gpu_environment(gpu, model.image))
    return replace(model, environment={**environment, **model.environment}) if environment else model


def usual_update(variants: Sequence[Variant], counts: Sequence[int]) -> Update:
    """A canary, or all at once where a single instance has no part to go first, or a package no canary."""
    canary = min(counts) > 1 and not any(has_package(variant.model) for variant in variants)
    return Canary() if canary else AllAtOnce()


def package_update_problems(variants: Sequence[Variant], update: Update) -> Iterator[Problem]:
    """Why ``update`` cannot be had for model packages.

    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html
    """
    if not isinstance(update, AllAtOnce) and any(has_package(variant.model) for variant in variants):
        rule = "is an update that SageMaker does not make of model packages"
        yield Problem("update", update, rule, "Use AllAtOnce")


def production_variant(variant: Variant, *, model_name: str, instance_count: int) -> dict[str, Any]:
    """The ``ProductionVariant`` of an endpoint configuration."""
    timeouts = {
        "containerStartupHealthCheckTimeoutInSeconds": variant.model.startup_seconds,
        "modelDataDownloadTimeoutInSeconds": variant.model.download_seconds,
    }
    return {
        "variantName": variant.name,
        "modelName": model_name,
        "instanceType": variant.instance_type,
        "initialInstanceCount": instance_count,
        "initialVariantWeight": variant.weight,
        **{name: seconds for name, seconds in timeouts.items() if seconds is not None},
    }
