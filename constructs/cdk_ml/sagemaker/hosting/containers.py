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
from cdk_ml.sagemaker.hosting.model_package import ModelPackage, package_arn
from cdk_ml.workspace import Statement


@dataclass(frozen=True, slots=True)
class BoundContainers:
    """The containers of one model.

    :ivar properties: arguments of the model that are about containers.
    :ivar repository_arns: repositories to pull from.
    :ivar statements: what reads the artifacts.
    """

    properties: Mapping[str, Any]
    repository_arns: tuple[str, ...]
    statements: tuple[Statement, ...]


def bind_containers(scope: Construct, id: str, model: Model) -> BoundContainers:
    """Make the images and artifacts of ``model`` available."""
    bound = [_bind(scope, f"{id}{name}", part) for name, part in model.parts.items()]
    definitions = [dict(container.properties) for container in bound]
    if model.containers:
        properties: dict[str, Any] = {
            "containers": [
                {"containerHostname": name, **definition}
                for name, definition in zip(model.containers, definitions, strict=True)
            ],
            "inference_execution_config": {"mode": model.invocation},
        }
    else:
        properties = {"primary_container": definitions[0]}
    return BoundContainers(
        properties,
        tuple(arn for container in bound for arn in container.repository_arns),
        tuple(statement for container in bound for statement in container.statements),
    )


def _bind(scope: Construct, id: str, model: Model) -> BoundContainers:
    environment = {**model.environment}
    if isinstance(model.image, ModelPackage):
        package = {"modelPackageName": package_arn(scope, f"{id}Package", model.image)}
        return BoundContainers({**package, **({"environment": environment} if environment else {})}, (), ())
    image = pullable(scope, f"{id}Registry", model.image)
    artifact = bind_artifact(scope, f"{id}Artifact", model.artifact)
    definition = {"image": image.uri, "environment": environment, **artifact.definition}
    return BoundContainers(definition, (image.repository_arn,), artifact.statements)
