"""Where the artifact of a model is, and what a role needs to read it.

https://docs.aws.amazon.com/sagemaker/latest/dg/large-model-inference-uncompressed.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.archive import packed
from cdk_ml.sagemaker.execution_role import read_objects
from cdk_ml.tokens import is_token
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


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """Many models, each a ``.tar.gz`` object under a prefix, loaded when they are asked for.

    :param bucket: the bucket.
    :param prefix: such as ``customers/``; objects that come later are served as well.
    :param cached: keep models in memory until the space is needed, which does not pay where each is asked for rarely.
    """

    bucket: s3.IBucket
    prefix: str
    cached: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class JumpStartArtifact:
    """An artifact in the buckets of SageMaker JumpStart, one pair in each region.

    :param key: a ``.tar.gz`` object, or a prefix that ends in ``/``, as JumpStart lists it for the model.
    :param gated: whether the model has a licence that has to be accepted.
    :param accept_eula: that you have read the licence, and accept it.
    :param hub_content_arn: ARN of the model in a private hub, where deployments are allowed through the hub only.
    """

    key: str
    gated: bool = False
    accept_eula: bool = False
    hub_content_arn: str | None = None


Artifact = S3Artifact | LocalArtifact | ModelFolder | JumpStartArtifact


def artifact_problems(artifact: Artifact | None) -> Iterator[Problem]:
    """What SageMaker would refuse about ``artifact``."""
    match artifact:
        case S3Artifact(key=key) | JumpStartArtifact(key=key) if not is_token(key):
            if not key.endswith((".tar.gz", "/")) or key.startswith("/"):
                fix = "Name a .tar.gz object, or a prefix that ends in / and does not start with one"
                yield Problem("model.artifact.key", key, "is neither an archive nor a prefix", fix)
        case ModelFolder(prefix=prefix) if not is_token(prefix):
            if not prefix.endswith("/") or prefix.startswith("/"):
                fix = "Name a prefix that ends in / and does not start with one"
                yield Problem("model.artifact.prefix", prefix, "is no place of many models", fix)
        case LocalArtifact(path=path):
            if not path.exists():
                yield Problem("model.artifact.path", str(path), "does not exist", "Give a .tar.gz file or a folder")
            elif path.is_file() and not path.name.endswith(".tar.gz"):
                yield Problem("model.artifact.path", str(path), "is not an archive", "Give a .tar.gz file or a folder")
    if isinstance(artifact, JumpStartArtifact) and artifact.gated and not artifact.accept_eula:
        rule = "leaves the licence of a gated model unaccepted, and SageMaker does not load it"
        fix = "Read the licence, and say accept_eula=True if its terms are acceptable for your use"
        yield Problem("model.artifact.accept_eula", artifact.accept_eula, rule, fix)


@dataclass(frozen=True, slots=True)
class BoundArtifact:
    """Where an artifact is, as the container definition says it, and what a role needs to read it."""

    definition: Mapping[str, Any]
    statements: tuple[Statement, ...] = ()


def bind_artifact(scope: Construct, id: str, artifact: Artifact | None) -> BoundArtifact:
    """Make ``artifact`` available in S3."""
    match artifact:
        case None:
            return BoundArtifact({})
        case S3Artifact(bucket=bucket, key=key):
            return _in_bucket(bucket, key, bucket.encryption_key)
        case LocalArtifact(path=path):
            with packed(path) as archive:
                asset = s3_assets.Asset(scope, id, path=str(archive))
            return _in_bucket(asset.bucket, asset.s3_object_key, asset.bucket.encryption_key)
        case ModelFolder():
            return _folder(artifact)
        case JumpStartArtifact():
            return _jumpstart(artifact)


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


def _folder(folder: ModelFolder) -> BoundArtifact:
    definition = {
        "mode": "MultiModel",
        "modelDataUrl": f"s3://{folder.bucket.bucket_name}/{folder.prefix}",
        "multiModelConfig": {"modelCacheSetting": "Enabled" if folder.cached else "Disabled"},
    }
    statements = [*_decrypt(folder.bucket.encryption_key), *read_objects(folder.bucket.bucket_arn, folder.prefix)]
    return BoundArtifact(definition, tuple(statements))


def _jumpstart(artifact: JumpStartArtifact) -> BoundArtifact:
    # Models with a licence are in a bucket of their own.
    bucket = f"jumpstart-{'private-' if artifact.gated else ''}cache-prod-{Aws.REGION}"
    prefix = artifact.key.endswith("/")
    source: dict[str, Any] = {
        "s3Uri": f"s3://{bucket}/{artifact.key}",
        "s3DataType": "S3Prefix" if prefix else "S3Object",
        "compressionType": "None" if prefix else "Gzip",
    }
    if artifact.accept_eula:
        source["modelAccessConfig"] = {"acceptEula": True}
    if artifact.hub_content_arn is not None:
        source["hubAccessConfig"] = {"hubContentArn": artifact.hub_content_arn}
    statements = read_objects(f"arn:{Aws.PARTITION}:s3:::{bucket}", artifact.key)
    return BoundArtifact({"modelDataSource": {"s3DataSource": source}}, tuple(statements))


def _decrypt(key: kms.IKey | None) -> Iterator[Statement]:
    if key is not None:
        yield Statement(actions=["kms:Decrypt"], resources=[key.key_arn])
