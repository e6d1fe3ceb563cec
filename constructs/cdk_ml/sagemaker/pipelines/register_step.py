"""The step that makes a version of a trained model in the registry.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-register-model
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

from aws_cdk import Aws

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.container_image import ContainerImage, pullable
from cdk_ml.sagemaker.execution_role import pull_images
from cdk_ml.sagemaker.jobs.compute import instance_type_problems
from cdk_ml.sagemaker.jobs.data import Data, read_statements
from cdk_ml.sagemaker.jobs.values import RunValue, Value, run_values
from cdk_ml.sagemaker.pipelines.options import Retry, retry_options, retry_problems
from cdk_ml.sagemaker.pipelines.step import Rendered, Step, Surroundings, written_by
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement

Approval = Literal["PendingManualApproval", "Approved", "Rejected"]

_GROUP = re.compile(r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:\d{12}:[a-z\-]*/)?[a-zA-Z0-9][a-zA-Z0-9-]{0,62}(?<!-)")


@dataclass(frozen=True, slots=True)
class RegisterModelStep(Step):
    """Makes a version of a model package group.

    :param name: name of the step.
    :param group: name or ARN of the model package group.
    :param model: the model's archive, such as what a training job leaves.
    :param image: container that serves it.
    :param approval: whether it may be deployed at once, or somebody has to look at it first.
    :param content_types: MIME types of requests.
    :param response_types: MIME types of answers.
    :param instance_types: what it may be served on.
    :param transform_instance_types: what batches may be transformed on.
    :param environment: environment variables of the container.
    :param metrics: where the JSON report on its quality is, such as ``evaluate.location("Quality")``.
    :param bias: where that of a :class:`~cdk_ml.sagemaker.BiasReport` is, such as ``fair.location("Analysis")``.
    :param explainability: where that of an :class:`~cdk_ml.sagemaker.ExplainabilityReport` is.
    :param metadata: what else is to be known about the version.
    :param after: names of steps that have to be done before, besides those it takes something from.
    :param retry: when it is tried again.
    """

    name: str
    group: str
    _: KW_ONLY
    model: Data
    image: ContainerImage
    approval: Approval = "PendingManualApproval"
    content_types: Sequence[str] = ("text/csv",)
    response_types: Sequence[str] = ("text/csv",)
    instance_types: Sequence[str] = ()
    transform_instance_types: Sequence[str] = ()
    environment: Mapping[str, str] | None = None
    metrics: Value | None = None
    bias: Value | None = None
    explainability: Value | None = None
    metadata: Mapping[str, Value] | None = None
    after: Sequence[str] = ()
    retry: Sequence[Retry] = ()

    @property
    def type(self) -> str:
        return "RegisterModel"

    @property
    def uses(self) -> frozenset[str]:
        return written_by(self.model)

    def values(self) -> Iterable[RunValue]:
        # Those that are not given are none of the values.
        return run_values([self.model.uri, self.metrics, self.bias, self.explainability, self.metadata])

    def problems(self) -> Iterator[Problem]:
        if not is_token(self.group) and not _GROUP.fullmatch(self.group):
            fix = "Use at most 63 letters, digits and hyphens, or the group's ARN"
            yield Problem(f"{self.name}.group", self.group, "is no model package group", fix)
        for index, hosting in enumerate(self.instance_types):
            yield from instance_type_problems(f"{self.name}.instance_types[{index}]", hosting, "hosting")
        for index, transform in enumerate(self.transform_instance_types):
            argument = f"{self.name}.transform_instance_types[{index}]"
            yield from instance_type_problems(argument, transform, "transform")
        for index, retry in enumerate(self.retry):
            yield from retry_problems(f"{self.name}.retry[{index}]", retry)

    def render(self, surroundings: Surroundings) -> Rendered:
        pulled = pullable(surroundings.scope, f"{self.name}Registry", self.image)
        specification: dict[str, Any] = {
            "Containers": [container(pulled.uri, self.model.uri, self.environment)],
            "SupportedContentTypes": [*self.content_types],
            "SupportedResponseMIMETypes": [*self.response_types],
        }
        if self.instance_types:
            specification["SupportedRealtimeInferenceInstanceTypes"] = [*self.instance_types]
        if self.transform_instance_types:
            specification["SupportedTransformInstanceTypes"] = [*self.transform_instance_types]
        arguments: dict[str, Any] = {
            "ModelPackageGroupName": self.group,
            "ModelApprovalStatus": self.approval,
            "InferenceSpecification": specification,
        }
        reports = {
            "ModelQuality": ("Statistics", self.metrics),
            "Bias": ("Report", self.bias),
            "Explainability": ("Report", self.explainability),
        }
        metrics = {
            section: {name: {"ContentType": "application/json", "S3Uri": uri}}
            for section, (name, uri) in reports.items()
            if uri is not None
        }
        if metrics:
            arguments["ModelMetrics"] = metrics
        if self.metadata:
            arguments["CustomerMetadataProperties"] = {**self.metadata}
        statements = [
            *_register(self.group),
            # The registry looks with the pipeline's role whether image and artifacts are there.
            *pull_images([pulled.repository_arn]),
            *read_statements(self.model),
        ]
        return Rendered(surroundings.linked(arguments, self.name), statements, retry_options(self.retry))


def container(uri: str, model_data: Value, environment: Mapping[str, str] | None) -> dict[str, Any]:
    """A container of a model as SageMaker's API takes it."""
    variables = {"Environment": {**environment}} if environment else {}
    return {"Image": uri, "ModelDataUrl": model_data, **variables}


def _register(group: str) -> list[Statement]:
    name = group.rpartition("/")[2]
    base = f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    own = group.rpartition(":")[0] if group.startswith("arn:") else base
    # SageMaker writes names in lower case in some of its ARNs.
    names = sorted({name, name if is_token(name) else name.lower()})
    return [
        Statement(
            actions=["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage"],
            resources=[f"{own}:model-package/{each}/*" for each in names],
            wildcard="The registry numbers the versions of a group; the group is named. "
            "https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-version.html",
        ),
        Statement(
            actions=["sagemaker:DescribeModelPackageGroup"],
            resources=[f"{own}:model-package-group/{each}" for each in names],
        ),
    ]
