"""What SageMaker would refuse about a training job, or what would not train.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cdk_ml.errors import Problem
from cdk_ml.facts import algorithms
from cdk_ml.facts.images import Image, Purpose
from cdk_ml.sagemaker.container_image import ContainerImage, image_problems
from cdk_ml.sagemaker.jobs.algorithm import algorithm_problems
from cdk_ml.sagemaker.jobs.compile_cache import cache_problems
from cdk_ml.sagemaker.jobs.compute import Compute, compute_problems
from cdk_ml.sagemaker.jobs.data import Data, data_problems
from cdk_ml.sagemaker.jobs.distribution import Distribution, distribution_problems
from cdk_ml.sagemaker.jobs.environment import environment_problems
from cdk_ml.sagemaker.jobs.hyperparameters import Hyperparameter, hyperparameter_problems
from cdk_ml.sagemaker.jobs.script import Script, needs_packages, script_problems
from cdk_ml.sagemaker.jobs.spot import SpotTraining, spot_problems
from cdk_ml.tokens import is_token, outside

CODE = "code"
MOST_CHANNELS = 20
MOST_INSTANCES = 100
_LONGEST = 28 * 86_400
_AN_HOUR = 3_600
_CHANNEL = re.compile(r"[A-Za-z0-9.\-_]{1,64}")


def training_problems(
    *,
    image: ContainerImage,
    region: str,
    compute: Compute,
    script: Script | None,
    inputs: Mapping[str, Data],
    hyperparameters: Mapping[str, Hyperparameter],
    timeout_seconds: float,
    spot: SpotTraining | None,
    keep_alive_seconds: float | None,
    retries: float | None,
    metrics: Mapping[str, str],
    environment: Mapping[str, str],
    network_isolation: bool,
    distribution: Distribution | None,
    compile_cache: bool,
    checkpoints: bool,
) -> Iterator[Problem]:
    """Every problem of the arguments of a :class:`~cdk_ml.sagemaker.TrainingJob`."""
    yield from image_problems(image, compute.instance_type, region, argument="image")
    yield from _code_problems(image, script, network_isolation=network_isolation)
    yield from compute_problems(compute, maximum_instances=MOST_INSTANCES, use="training")
    yield from _channel_problems(inputs, script)
    yield from hyperparameter_problems(hyperparameters, script=script is not None)
    if script is None and isinstance(image, Image):
        yield from algorithm_problems(image.framework, hyperparameters)
    if outside(timeout_seconds, 1, _LONGEST):
        rule = "is not a time that a training job may take"
        yield Problem("timeout_seconds", timeout_seconds, rule, f"Use 1 to {_LONGEST}, which is 28 days")
    if spot is not None:
        yield from spot_problems(spot, timeout_seconds)
    yield from _warm_pool_problems(keep_alive_seconds, spot)
    if retries is not None and outside(retries, 1, 30):
        yield Problem("retries", retries, "is not a number of attempts that SageMaker makes", "Use 1 to 30, or None")
    yield from _metric_problems(metrics)
    yield from environment_problems(environment)
    if distribution is not None:
        yield from distribution_problems(distribution, image=image, compute=compute, script=script)
    if compile_cache:
        kept = checkpoints or spot is not None
        yield from cache_problems(image, compute.instance_type, network_isolation=network_isolation, checkpoints=kept)


def _code_problems(image: ContainerImage, script: Script | None, *, network_isolation: bool) -> Iterator[Problem]:
    if script is not None:
        yield from script_problems(script)
        if network_isolation and needs_packages(script):
            rule = "holds a requirements.txt, which the container could not install without a network"
            fix = "Put the packages beside the script, or use an image that has them"
            yield Problem("script.folder", str(script.folder), rule, fix)
    if not isinstance(image, Image):
        return
    name = f"{image.repository}:{image.tag}"
    if image.purpose is Purpose.INFERENCE:
        yield Problem("image", name, "serves models and does not train any", "Use an image for training")
        return
    takes = algorithms.script(image.framework)
    if takes is algorithms.TakesScript.NEVER and script is not None:
        fix = f"Leave out the script, or use the container of a framework instead of {image.framework}"
        yield Problem("script", script.entry_point, "cannot run in a built-in algorithm", fix)
    if takes is algorithms.TakesScript.ALWAYS and script is None:
        fix = f"Say script=Script(folder, entry_point): {image.framework} trains what a script tells it to"
        yield Problem("script", None, f"leaves {name} without anything to run", fix)


def _channel_problems(inputs: Mapping[str, Data], script: Script | None) -> Iterator[Problem]:
    if script is not None and CODE in inputs:
        yield Problem("inputs", CODE, "is where the script is", "Name the channel otherwise")
    most = MOST_CHANNELS - (script is not None)
    if len(inputs) > most:
        rule = f"are {len(inputs)}, and SageMaker takes {MOST_CHANNELS} channels with the script's"
        yield Problem("inputs", sorted(inputs), rule, "Put some of them under one prefix")
    for name, data in inputs.items():
        if not is_token(name) and not _CHANNEL.fullmatch(name):
            fix = "Use 1 to 64 letters, digits, dots, hyphens and underscores"
            yield Problem("inputs", name, "is no name of a channel", fix)
        yield from data_problems(f"inputs[{name!r}]", data)


def _warm_pool_problems(keep_alive_seconds: float | None, spot: SpotTraining | None) -> Iterator[Problem]:
    if keep_alive_seconds is None:
        return
    if outside(keep_alive_seconds, 1, _AN_HOUR):
        rule = "is not a time that SageMaker keeps instances"
        yield Problem("keep_alive_seconds", keep_alive_seconds, rule, f"Use 1 to {_AN_HOUR}, or None")
    if spot is not None:
        rule = "keeps instances, and spot instances cannot be kept"
        yield Problem("keep_alive_seconds", keep_alive_seconds, rule, "Leave out one of keep_alive_seconds and spot")


def _metric_problems(metrics: Mapping[str, str]) -> Iterator[Problem]:
    if len(metrics) > 40:
        yield Problem("metrics", sorted(metrics), f"are {len(metrics)}, and SageMaker takes 40", "Leave some out")
    for name, regex in metrics.items():
        argument = f"metrics[{name!r}]"
        if not name or len(name) > 255:
            yield Problem("metrics", name, "is no name of a metric", "Use 1 to 255 characters")
        if is_token(regex):
            continue
        if not regex or len(regex) > 500:
            yield Problem(argument, regex, "is no expression that SageMaker takes", "Use 1 to 500 characters")
            continue
        try:
            groups = re.compile(regex).groups
        except re.error as error:
            yield Problem(argument, regex, f"is no regular expression: {error}", "Correct it")
            continue
        if groups < 1:
            fix = "Put the number into a group, such as loss=([0-9.]+)"
            yield Problem(argument, regex, "has no group for the value", fix)
