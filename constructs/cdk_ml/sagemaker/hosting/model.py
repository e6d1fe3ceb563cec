"""A model: an image, the artifact it loads, and its environment.

A model is a description and creates nothing: an endpoint, a transform job or a registry entry turns it into what it
needs. https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.archive import packed
from cdk_ml.sagemaker.container_image import ContainerImage
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace.permissions import Statement


@dataclass(frozen=True, slots=True)
class S3Artifact:
    """An artifact in S3: one ``.tar.gz`` object, or all objects under a prefix that ends in ``/``."""

    bucket: s3.IBucket
    key: str


@dataclass(frozen=True, slots=True)
class LocalArtifact:
    """An artifact beside the app: a ``.tar.gz`` file, or a folder that becomes one."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What an endpoint serves.

    Make it with :meth:`from_artifact`, :meth:`from_asset` or :meth:`from_image`.

    :param image: image of the container.
    :param artifact: what is unpacked to ``/opt/ml/model``; ``None`` when the image carries everything.
    :param environment: environment variables of the container.
    :param network_isolation: cut the container off from every network, S3 included; SageMaker still brings the artifact
        and the requests. Needed by models that nobody should be able to make talk.
    :param startup_seconds: time that the container has to answer its first health check, 60 to 3600.
    :param download_seconds: time that the artifact has to arrive, 60 to 3600.
    """

    image: ContainerImage
    artifact: S3Artifact | LocalArtifact | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    network_isolation: bool = True
    startup_seconds: int | None = None
    download_seconds: int | None = None

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


def model_problems(model: Model) -> Iterator[Problem]:
    """What SageMaker would refuse about ``model``."""
    match model.artifact:
        case S3Artifact(key=key) if not is_token(key):
            if not key.endswith((".tar.gz", "/")) or key.startswith("/"):
                fix = "Name a .tar.gz object, or a prefix that ends in / and does not start with one"
                yield Problem("model.artifact.key", key, "is neither an archive nor a prefix", fix)
        case LocalArtifact(path=path):
            if not path.exists():
                yield Problem("model.artifact.path", str(path), "does not exist", "Give a .tar.gz file or a folder")
            elif path.is_file() and not path.name.endswith(".tar.gz"):
                yield Problem("model.artifact.path", str(path), "is not an archive", "Give a .tar.gz file or a folder")
    for name in ("startup_seconds", "download_seconds"):
        seconds = getattr(model, name)
        if seconds is not None and outside(seconds, 60, 3600):
            yield Problem(f"model.{name}", seconds, "is not a time that SageMaker waits", "Use 60 to 3600")


@dataclass(frozen=True, slots=True)
class BoundArtifact:
    """Where an artifact is, as the container definition says it, and what a role needs to read it."""

    definition: Mapping[str, Any]
    statements: tuple[Statement, ...] = ()


def bind_artifact(scope: Construct, id: str, model: Model) -> BoundArtifact:
    """Make the artifact of ``model`` available in S3."""
    match model.artifact:
        case None:
            return BoundArtifact({})
        case S3Artifact(bucket=bucket, key=key):
            return _in_bucket(bucket, key, bucket.encryption_key)
        case LocalArtifact(path=path):
            with packed(path) as archive:
                asset = s3_assets.Asset(scope, id, path=str(archive))
            return _in_bucket(asset.bucket, asset.s3_object_key, asset.bucket.encryption_key)


def _in_bucket(bucket: s3.IBucket, key: str, encryption_key: kms.IKey | None) -> BoundArtifact:
    statements = [*_decrypt(encryption_key)]
    uri = f"s3://{bucket.bucket_name}/{key}"
    if not key.endswith("/"):
        statements.append(Statement(actions=["s3:GetObject"], resources=[bucket.arn_for_objects(key)]))
        return BoundArtifact({"modelDataUrl": uri}, tuple(statements))
    statements += [
        Statement(
            actions=["s3:GetObject"],
            resources=[bucket.arn_for_objects(f"{key}*")],
            wildcard="An unpacked model is all objects under its prefix; their names are the framework's business. "
            "https://docs.aws.amazon.com/sagemaker/latest/dg/large-model-inference-uncompressed.html",
        ),
        Statement(
            actions=["s3:ListBucket"],
            resources=[bucket.bucket_arn],
            conditions={"StringLike": {"s3:prefix": [key, f"{key}*"]}},
        ),
    ]
    source = {"s3Uri": uri, "s3DataType": "S3Prefix", "compressionType": "None"}
    return BoundArtifact({"modelDataSource": {"s3DataSource": source}}, tuple(statements))


def _decrypt(key: kms.IKey | None) -> Iterator[Statement]:
    if key is not None:
        yield Statement(actions=["kms:Decrypt"], resources=[key.key_arn])
