"""Steps that make a SageMaker model of what was trained, and predictions for a whole data set with it.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-create-model
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Literal

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.container_image import ContainerImage, pullable
from cdk_ml.sagemaker.execution_role import (
    attach_to_network,
    publish_metrics,
    pull_images,
    use_volume_key,
    write_job_logs,
    write_objects,
)
from cdk_ml.sagemaker.jobs.compute import Compute, transform_compute_problems, transform_resources
from cdk_ml.sagemaker.jobs.data import Data, data_problems, read_statements
from cdk_ml.sagemaker.jobs.values import ExecutionId, Join, Result, RunValue, run_values
from cdk_ml.sagemaker.pipelines.options import (
    Cache,
    Retry,
    cache_options,
    cache_problems,
    retry_options,
    retry_problems,
)
from cdk_ml.sagemaker.pipelines.register_step import container
from cdk_ml.sagemaker.pipelines.step import Rendered, Step, Surroundings, run_statements, written_by
from cdk_ml.workspace import Statement
from cdk_ml.workspace.statements import pass_role, use_key

Split = Literal["None", "Line", "RecordIO", "TFRecord"]


@dataclass(frozen=True, slots=True)
class CreateModelStep(Step):
    """Makes a SageMaker model of what the pipeline trained, in the workspace's network and with a role of its own.

    :param name: name of the step.
    :param model: the model's archive, such as what a training job leaves.
    :param image: container that serves it.
    :param environment: environment variables of the container.
    :param network_isolation: cut the container off from every network.
    :param after: names of steps that have to be done before, besides those it takes something from.
    :param retry: when it is tried again.
    """

    name: str
    _: KW_ONLY
    model: Data
    image: ContainerImage
    environment: Mapping[str, str] | None = None
    network_isolation: bool = True
    after: Sequence[str] = ()
    retry: Sequence[Retry] = ()

    @property
    def type(self) -> str:
        return "Model"

    @property
    def model_name(self) -> Result:
        """Name of the model, for steps after it."""
        return Result(self.name, "ModelName")

    @property
    def uses(self) -> frozenset[str]:
        return written_by(self.model)

    def values(self) -> Iterable[RunValue]:
        return run_values(self.model.uri)

    def problems(self) -> Iterator[Problem]:
        for index, retry in enumerate(self.retry):
            yield from retry_problems(f"{self.name}.retry[{index}]", retry)

    def render(self, surroundings: Surroundings) -> Rendered:
        scope, workspace = surroundings.scope, surroundings.workspace
        pulled = pullable(scope, f"{self.name}Registry", self.image)
        group = workspace.security_group(scope, f"{self.name}SecurityGroup", description="Models that a pipeline makes")
        transforms = [
            step for step in surroundings.steps.values() if isinstance(step, TransformStep) and step.model == self.name
        ]
        role = workspace.role(
            scope,
            f"{self.name}Role",
            service="sagemaker.amazonaws.com",
            statements=[
                *pull_images([pulled.repository_arn]),
                *write_job_logs("TransformJobs"),
                *publish_metrics(),
                *attach_to_network(workspace.subnet_ids, group.security_group_id),
                *read_statements(self.model),
                *(statement for step in transforms for statement in step.data_statements(surroundings)),
            ],
        )
        arguments = {
            "ExecutionRoleArn": role.role_arn,
            "PrimaryContainer": container(pulled.uri, self.model.uri, self.environment),
            "EnableNetworkIsolation": self.network_isolation,
            "VpcConfig": {"SecurityGroupIds": [group.security_group_id], "Subnets": workspace.subnet_ids},
        }
        statements = [
            *run_statements("Model", "model", stops=False),
            pass_role(role.role_arn, to="sagemaker.amazonaws.com"),
        ]
        return Rendered(surroundings.linked(arguments, self.name), statements, retry_options(self.retry))


@dataclass(frozen=True, slots=True)
class TransformStep(Step):
    """Predictions for a whole data set.

    :param name: name of the step.
    :param model: name of the :class:`~cdk_ml.sagemaker.CreateModelStep`.
    :param data: what is predicted for.
    :param compute: instances; their volumes are SageMaker's to choose.
    :param split: how a file falls into records.
    :param after: names of steps that have to be done before, besides those it takes something from.
    :param retry: when it is tried again.
    :param cache: when the answer of an earlier execution is taken instead.
    """

    name: str
    model: str
    _: KW_ONLY
    data: Data
    compute: Compute
    split: Split = "Line"
    after: Sequence[str] = ()
    retry: Sequence[Retry] = ()
    cache: Cache | None = None

    @property
    def type(self) -> str:
        return "Transform"

    @property
    def uses(self) -> frozenset[str]:
        return frozenset({self.model}) | written_by(self.data)

    def result(self, path: str) -> Result:
        """Something that SageMaker answers about the job once it has run.

        :param path: such as ``TransformOutput.S3OutputPath``.
        """
        return Result(self.name, path)

    def values(self) -> Iterable[RunValue]:
        return run_values([self.data.uri])

    def problems(self) -> Iterator[Problem]:
        yield from data_problems(f"{self.name}.data", self.data)
        for problem in transform_compute_problems(self.compute):
            yield replace(problem, argument=f"{self.name}.{problem.argument}")
        for index, retry in enumerate(self.retry):
            yield from retry_problems(f"{self.name}.retry[{index}]", retry)
        if self.cache is not None:
            yield from cache_problems(f"{self.name}.cache", self.cache)

    def data_statements(self, surroundings: Surroundings) -> list[Statement]:
        """What the model's role needs to transform the data."""
        workspace = surroundings.workspace
        written = write_objects(workspace.data_bucket.bucket_arn, f"{self._prefix(surroundings)}/")
        key_arn = workspace.key.key_arn
        return [*read_statements(self.data), *written, *use_key(key_arn), *use_volume_key(key_arn)]

    def render(self, surroundings: Surroundings) -> Rendered:
        workspace = surroundings.workspace
        key = workspace.key.key_arn
        source: dict[str, Any] = {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": self.data.uri}},
            "SplitType": self.split,
        }
        if self.data.content_type is not None:
            source["ContentType"] = self.data.content_type
        bucket = f"s3://{workspace.data_bucket.bucket_name}/{self._prefix(surroundings)}/"
        arguments = {
            "ModelName": Result(self.model, "ModelName"),
            "TransformInput": source,
            "TransformOutput": {
                "S3OutputPath": Join((bucket, ExecutionId())),
                "KmsKeyId": key,
                "AssembleWith": "Line" if self.split == "Line" else "None",
            },
            "TransformResources": transform_resources(self.compute, key_arn=key),
        }
        options = {**retry_options(self.retry), **cache_options(self.cache)}
        linked = surroundings.linked(arguments, self.name)
        return Rendered(linked, run_statements("TransformJob", "transform-job"), options)

    def _prefix(self, surroundings: Surroundings) -> str:
        return f"jobs/{surroundings.scope.node.path}/{self.name}"
