"""What is deployed where: all that the states of a deployment have to be told.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is deployed where, in the words of SageMaker's API.

    :param endpoint_name: the endpoint.
    :param name_prefix: what names of models and endpoint configurations begin with, 40 characters at most.
    :param table_name: where the record is.
    :param topic_arn: who is told.
    :param model: of ``CreateModel``, besides name and container.
    :param variant: the ``ProductionVariant``, besides the model's name.
    :param config: of ``CreateEndpointConfig``, besides name and variants.
    :param deployment: the ``DeploymentConfig``.
    :param tags: of everything that is created.
    :param longest_seconds: seconds after which nobody waits for SageMaker any more.
    """

    endpoint_name: str
    name_prefix: str
    table_name: str
    topic_arn: str
    model: Mapping[str, Any]
    variant: Mapping[str, Any]
    config: Mapping[str, Any]
    deployment: Mapping[str, Any]
    tags: list[dict[str, str]]
    longest_seconds: int
