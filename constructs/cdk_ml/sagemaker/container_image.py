"""Container images of models: AWS's own, from :mod:`cdk_ml.facts.images`, and those in a repository of the user's.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Aws, CfnMapping, Stack
from aws_cdk import aws_ecr as ecr
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.facts.accelerators import instance, is_accelerated
from cdk_ml.facts.errors import UnknownFact
from cdk_ml.facts.images import Accelerator, Image
from cdk_ml.tokens import is_token

_NEURON = (Accelerator.NEURON, Accelerator.NEURONX)


@dataclass(frozen=True, slots=True)
class EcrImage:
    """An image in an ECR repository of the deployment's region.

    :param repository: the repository.
    :param tag_or_digest: a tag, or better a digest (``sha256:...``), which cannot come to mean another image.
    """

    repository: ecr.IRepository
    tag_or_digest: str = "latest"


ContainerImage = Image | EcrImage


@dataclass(frozen=True, slots=True)
class PullableImage:
    """An image as a resource names it, and what a role needs to pull it.

    :ivar uri: address of the image.
    :ivar repository_arn: the repository to be granted.
    """

    uri: str
    repository_arn: str


def image_problems(
    image: ContainerImage, instance_type: str, region: str, *, argument: str = "model.image"
) -> Iterator[Problem]:
    """Why ``image`` cannot run on ``instance_type`` in ``region``. An image of the user's own is trusted."""
    yield from published_problems(image, region, argument=argument)
    yield from host_problems(image, instance_type, argument=argument)


def host_problems(image: ContainerImage, instance_type: str, *, argument: str) -> Iterator[Problem]:
    """Why ``image`` does not run on the hardware of ``instance_type``."""
    if isinstance(image, EcrImage) or is_token(instance_type):
        return
    name = _name(image)
    if is_accelerated(instance_type):
        machine = instance(instance_type)
        if not image.runs_on(machine):
            rule = f"is built for {image.accelerator} on x86_64, not for the {machine.accelerator} of {instance_type}"
            yield Problem(argument, name, rule, _replacement(instance_type))
    elif image.accelerator in (*_NEURON, Accelerator.GPU):
        rule = f"is built for {image.accelerator} hosts, but {instance_type} has no accelerator"
        yield Problem(argument, name, rule, "Use an image with accelerator='cpu', or an accelerated instance type")


def published_problems(image: ContainerImage, region: str, *, argument: str) -> Iterator[Problem]:
    """Why ``image`` cannot be pulled in ``region``."""
    if isinstance(image, EcrImage) or is_token(region):
        return
    try:
        image.uri(region)
    except UnknownFact as unknown:
        yield Problem(argument, _name(image), f"is not published in {region}", unknown.fix)


def _name(image: Image) -> str:
    return f"{image.repository}:{image.tag}"


def _replacement(instance_type: str) -> str:
    machine = instance(instance_type)
    if machine.accelerator == "Inferentia1":
        return "Use an image with accelerator='neuron'"
    if machine.is_neuron:
        return "Use an image with accelerator='neuronx', such as images.neuron_inference(...)"
    return "Use an image with accelerator='gpu', or one of your own built for the host"


def pullable(scope: Construct, id: str, image: ContainerImage) -> PullableImage:
    """Render ``image`` for the region of ``scope``; where that is not known, through a mapping made under ``id``.

    :raises cdk_ml.errors.ConfigurationError: an image that is not published in the region. Steps of a pipeline, which
        are made before they have one, cannot say it sooner.
    """
    if isinstance(image, EcrImage):
        uri = image.repository.repository_uri_for_tag_or_digest(image.tag_or_digest)
        return PullableImage(uri, image.repository.repository_arn)
    region = Stack.of(scope).region
    reject(scope, published_problems(image, region, argument="image"))
    if not is_token(region):
        account = image.accounts[region]
        return PullableImage(image.uri(region), _repository_arn(region, account, image.repository))
    accounts = {name: {"account": account} for name, account in sorted(image.accounts.items())}
    account = CfnMapping(scope, id, mapping=accounts).find_in_map(region, "account")
    registry = f"{account}.dkr.ecr.{region}.{Aws.URL_SUFFIX}"
    return PullableImage(f"{registry}/{image.reference}", _repository_arn(region, account, image.repository))


def _repository_arn(region: str, account: str, repository: str) -> str:
    return f"arn:{Aws.PARTITION}:ecr:{region}:{account}:repository/{repository}"
