"""A model: an image, the artifact it loads, and its environment; or several containers that serve together.

A model is a description and creates nothing: an endpoint, a transform job or a registry entry turns it into what it
needs. https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from aws_cdk import aws_s3 as s3

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.container_image import ContainerImage, image_problems
from cdk_ml.sagemaker.hosting.artifact import (
    Artifact,
    JumpStartArtifact,
    LocalArtifact,
    ModelFolder,
    S3Artifact,
    artifact_problems,
)
from cdk_ml.sagemaker.hosting.package_arn import PackageArn, package_problems
from cdk_ml.tokens import is_token, outside

Invocation = Literal["Serial", "Direct"]

_MOST_CONTAINERS = 15
_HOSTNAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What an endpoint serves.

    Make it with :meth:`from_artifact`, :meth:`from_asset` or :meth:`from_image`; :meth:`from_folder` for many models in
    one container; :meth:`in_sequence` or :meth:`side_by_side` for several containers; :meth:`from_jumpstart` or
    :meth:`from_model_package` for models of others.

    :param image: image of the container, or the package that brings it.
    :param artifact: what is unpacked to ``/opt/ml/model``; ``None`` when the image carries everything.
    :param environment: environment variables of the container.
    :param network_isolation: cut the container off from every network, S3 included; SageMaker still brings the artifact
        and the requests. Needed by models that nobody should be able to make talk.
    :param startup_seconds: time that the container has to answer its first health check, 60 to 3600.
    :param download_seconds: time that the artifact has to arrive, 60 to 3600.
    :param containers: containers by name, two to fifteen, in place of ``image``, ``artifact`` and ``environment``.
    :param invocation: whether a request passes through all containers, or goes to the one that it names.
    """

    image: ContainerImage | PackageArn
    artifact: Artifact | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    network_isolation: bool = True
    startup_seconds: int | None = None
    download_seconds: int | None = None
    containers: Mapping[str, Model] = field(default_factory=lambda: MappingProxyType({}))
    invocation: Invocation = "Serial"

    @classmethod
    def from_artifact(cls, bucket: s3.IBucket, key: str, *, image: ContainerImage, **options: Any) -> Model:
        """A model whose artifact is in S3.

        :param key: a ``.tar.gz`` object, or a prefix that ends in ``/`` with the files unpacked.
        :param options: further parameters of :class:`Model`.
        """
        return cls(image=image, artifact=S3Artifact(bucket, key), **options)

    @classmethod
    def from_asset(cls, path: str | Path, *, image: ContainerImage, **options: Any) -> Model:
        """A model whose artifact is beside the app, and travels with it.

        :param path: a ``.tar.gz`` file, or a folder, which is packed so that the same content makes the same bytes.
        :param options: further parameters of :class:`Model`.
        """
        return cls(image=image, artifact=LocalArtifact(Path(path)), **options)

    @classmethod
    def from_image(cls, image: ContainerImage, **options: Any) -> Model:
        """A model that its image carries.

        :param options: further parameters of :class:`Model`.
        """
        return cls(image=image, **options)

    @classmethod
    def from_folder(
        cls, bucket: s3.IBucket, prefix: str, *, image: ContainerImage, cached: bool = True, **options: Any
    ) -> Model:
        """Many models of one framework in one container, for a :class:`~cdk_ml.sagemaker.MultiModelEndpoint`.

        :param prefix: where their ``.tar.gz`` objects are, such as ``customers/``.
        :param cached: keep models in memory until the space is needed.
        :param options: further parameters of :class:`Model`.
        """
        return cls(image=image, artifact=ModelFolder(bucket, prefix, cached), **options)

    @classmethod
    def in_sequence(cls, containers: Mapping[str, Model], **options: Any) -> Model:
        """An inference pipeline: what one container answers, the next one is asked.

        :param containers: models by the name of their container, in the order of the requests.
        :param options: further parameters of :class:`Model`.
        """
        return cls(image=_first_image(containers), containers=containers, **options)

    @classmethod
    def side_by_side(cls, containers: Mapping[str, Model], **options: Any) -> Model:
        """Models that share instances; a request names the one that it is for, as ``TargetContainerHostname``.

        :param containers: models by the name of their container.
        :param options: further parameters of :class:`Model`.
        """
        return cls(image=_first_image(containers), containers=containers, invocation="Direct", **options)

    @classmethod
    def from_jumpstart(
        cls,
        key: str,
        *,
        image: ContainerImage,
        gated: bool = False,
        accept_eula: bool = False,
        hub_content_arn: str | None = None,
        **options: Any,
    ) -> Model:
        """A model of SageMaker JumpStart, or of a private hub that refers to one.

        :param key: where JumpStart keeps the artifact, in the bucket that it has in each region.
        :param image: the image that JumpStart lists for the model.
        :param gated: whether the model has a licence that has to be accepted.
        :param accept_eula: that you have read the licence, and accept it.
        :param hub_content_arn: ARN of the model in a private hub.
        :param options: further parameters of :class:`Model`.
        """
        artifact = JumpStartArtifact(key=key, gated=gated, accept_eula=accept_eula, hub_content_arn=hub_content_arn)
        return cls(image=image, artifact=artifact, **options)

    @classmethod
    def from_model_package(cls, arn: str | Mapping[str, str], **options: Any) -> Model:
        """A model package: a product of AWS Marketplace that the account is subscribed to, or a version in a registry.

        It brings image, artifact and environment, and is always cut off from the network. Of a registry of your own,
        the execution role has to be able to read the image and the artifact: give the endpoint one.

        :param arn: ARN of the package, or ARNs by region.
        :param options: further parameters of :class:`Model`.
        """
        return cls(image=PackageArn(arn), **options)

    @property
    def parts(self) -> Mapping[str, Model]:
        """The containers by name; a single one has none."""
        return self.containers if self.containers else {"": self}


def _first_image(containers: Mapping[str, Model]) -> ContainerImage | PackageArn:
    # Of no containers there is no first one: model_problems says so, with the construct that was given them.
    return next((model.image for model in containers.values()), PackageArn(MappingProxyType({})))


def model_problems(
    model: Model, instance_type: str | None = None, region: str | None = None, *, several: bool = False
) -> Iterator[Problem]:
    """What SageMaker would refuse about ``model``, or could not run.

    :param instance_type: what it runs on, or ``None`` where that is wrong itself.
    :param region: where it runs.
    :param several: whether many models in one container are meant.
    """
    yield from _container_problems(model)
    for name in ("startup_seconds", "download_seconds"):
        seconds = getattr(model, name)
        if seconds is not None and outside(seconds, 60, 3600):
            yield Problem(f"model.{name}", seconds, "is not a time that SageMaker waits", "Use 60 to 3600")
    for part in model.parts.values():
        yield from artifact_problems(part.artifact)
        if isinstance(part.image, PackageArn):
            yield from package_problems(part.image, region)
        elif instance_type is not None and region is not None:
            yield from image_problems(part.image, instance_type, region)
        if isinstance(part.artifact, ModelFolder) and (model.containers or not several):
            fix = "Use MultiModelEndpoint, with that model alone"
            yield Problem("model.artifact.prefix", part.artifact.prefix, "is a folder of many models", fix)
    if has_package(model) and not model.network_isolation:
        rule = "would let code that somebody else has packed reach a network"
        yield Problem("model.network_isolation", model.network_isolation, rule, "Leave it on for a model package")
    if several and not isinstance(model.artifact, ModelFolder):
        yield Problem("model.artifact", model.artifact, "is one model", "Use Model.from_folder, or RealTimeEndpoint")


def has_package(model: Model) -> bool:
    """Whether a part of ``model`` is a model package."""
    return any(isinstance(part.image, PackageArn) for part in model.parts.values())


def _container_problems(model: Model) -> Iterator[Problem]:
    count = len(model.containers)
    if count == 0 and not (isinstance(model.image, PackageArn) and model.image.arn == {}):
        return
    names = [*model.containers]
    if not 2 <= count <= _MOST_CONTAINERS:
        rule = f"are {count}, and containers that serve together are 2 to {_MOST_CONTAINERS}"
        yield Problem("model.containers", names, rule, "Give one model as it is, or several endpoints")
    for name, part in model.containers.items():
        if not is_token(name) and not _HOSTNAME.fullmatch(name):
            fix = "Use at most 63 letters, digits and hyphens, starting and ending with a letter or digit"
            yield Problem("model.containers", name, "is no name that a container takes", fix)
        if part.containers:
            yield Problem("model.containers", name, "has containers of its own", "Name all containers in one place")
