"""The containers of a model, as CloudFormation takes them, and what the role needs to start them.

https://docs.aws.amazon.com/sagemaker/latest/dg/multi-container-endpoints.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from cdk_ml.sagemaker.container_image import pullable
from cdk_ml.sagemaker.hosting.artifact import bind_artifact
from cdk_ml.sagemaker.hosting.model import Model
from cdk_ml.sagemaker.hosting.package_arn import PackageArn, resolved_arn
from cdk_ml.workspace import Statement


@dataclass(frozen=True, slots=True)
class BoundContainers:
    """The containers of one model.

    :ivar definitions: each container as CloudFormation takes it, in order.
    :ivar properties: arguments of the model that are about containers.
    :ivar repository_arns: repositories to pull from.
    :ivar statements: what reads the artifacts.
    """

    definitions: tuple[Mapping[str, Any], ...]
    properties: Mapping[str, Any]
    repository_arns: tuple[str, ...]
    statements: tuple[Statement, ...]


def bind_containers(scope: Construct, id: str, model: Model) -> BoundContainers:
    """Make the images and artifacts of ``model`` available."""
    parts = [_bind(scope, f"{id}{name}", part) for name, part in model.parts.items()]
    definitions = tuple(
        {"containerHostname": name, **part.definition} if name else part.definition
        for name, part in zip(model.parts, parts, strict=True)
    )
    properties: dict[str, Any] = {"primary_container": definitions[0]}
    if model.containers:
        properties = {
            "containers": [*definitions],
            "inference_execution_config": {"mode": model.invocation},
        }
    return BoundContainers(
        definitions,
        properties,
        tuple(arn for part in parts for arn in part.repository_arns),
        tuple(statement for part in parts for statement in part.statements),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    definition: Mapping[str, Any]
    repository_arns: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()


def _bind(scope: Construct, id: str, model: Model) -> _Part:
    environment = {**model.environment}
    if isinstance(model.image, PackageArn):
        package = {"modelPackageName": resolved_arn(scope, f"{id}Package", model.image)}
        return _Part({**package, **({"environment": environment} if environment else {})})
    image = pullable(scope, f"{id}Registry", model.image)
    artifact = bind_artifact(scope, f"{id}Artifact", model.artifact)
    definition = {"image": image.uri, "environment": environment, **artifact.definition}
    return _Part(definition, (image.repository_arn,), artifact.statements)
