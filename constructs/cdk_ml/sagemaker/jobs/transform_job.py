"""A transform job: a model over data in S3, on instances that come for it and go.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.execution_role import use_volume_key, write_job_logs, write_objects
from cdk_ml.sagemaker.hosting.hosted_models import HostedModels
from cdk_ml.sagemaker.hosting.model import Model, model_problems
from cdk_ml.sagemaker.jobs.batching import (
    Association,
    Batching,
    association_problems,
    batching_problems,
    transform_input,
    transform_request,
)
from cdk_ml.sagemaker.jobs.compute import Compute, transform_compute_problems, transform_resources
from cdk_ml.sagemaker.jobs.data import Data, data_problems, read_statements
from cdk_ml.sagemaker.jobs.job import Job, JobKind
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key

_MODEL = "Model"
_PREDICTIONS = "predictions"


class TransformJob(Job):
    """A model over data in S3, in the workspace's network, cut off from every other.

    Creates the model, its execution role with what the job needs, and a security group. It runs when a state machine or
    a pipeline runs it: every night with a :class:`~cdk_ml.workflow.Schedule`, whenever objects come with an
    :class:`~cdk_ml.workflow.EventTrigger` on S3's ``Object Created``. An answer is in an object called after the one
    with the records, with ``.out`` behind it, under :attr:`predictions`.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import Association, Compute, Data, Model, TransformJob
    >>> from cdk_ml.workflow import Schedule, StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> score = TransformJob(
    ...     stack,
    ...     "Score",
    ...     workspace=workspace,
    ...     model=Model.from_artifact(
    ...         workspace.artifact_bucket, "churn/model.tar.gz", image=images.built_in_algorithm("xgboost")
    ...     ),
    ...     data=Data(workspace.data_bucket, "churn/customers/", content_type="text/csv"),
    ...     compute=Compute(instance_type="ml.m5.xlarge"),
    ...     association=Association(send="$[1:]", keep="$[0,-1]"),
    ... )
    >>> machine = StateMachine(
    ...     stack,
    ...     "Scoring",
    ...     workspace=workspace,
    ...     definition=score.task(stack, "ScoreCustomers"),
    ...     statements=score.run_statements(),
    ... )
    >>> nightly = Schedule(
    ...     stack, "Nightly", workspace=workspace, expression="cron(0 3 * * ? *)", target=machine.target
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html

    :ivar cfn_model: the model.
    :ivar predictions: what the job leaves, for jobs after it to read.
    """

    kind = JobKind(name="Transform", arn="transform-job", logs="TransformJobs")

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        model: Model,
        data: Data,
        compute: Compute,
        batching: Batching = Batching(),
        association: Association | None = None,
        accept: str | None = None,
        gzipped: bool = False,
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, tags and profile.
        :param model: what answers.
        :param data: records, with their ``content_type`` if the container asks for it.
        :param compute: instances; their volumes are SageMaker's to choose.
        :param batching: how objects become requests.
        :param association: which part of a record is sent, and what is kept with its answer.
        :param accept: MIME type of the answers.
        :param gzipped: whether the objects are compressed.
        :param role: an execution role of your own, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, every problem at once, with its fix.
        """
        super().__init__(scope, id, workspace=workspace)
        reject(
            self,
            [
                *model_problems(model, compute.instance_type, Stack.of(self).region),
                *_direct_problems(model),
                *transform_compute_problems(compute),
                *data_problems("data", data),
                *batching_problems(batching),
                *(association_problems(association, data.content_type) if association is not None else ()),
            ],
        )
        self._data = data
        hosted = HostedModels(
            self,
            "Models",
            workspace=workspace,
            models={_MODEL: model},
            log_group_name=None,
            statements=self._statements(),
            role=role,
        )
        assert hosted.security_group is not None
        self.security_group = hosted.security_group
        self._role = hosted.role
        self.cfn_model = hosted.cfn_models[_MODEL]
        self.predictions = self.output(_PREDICTIONS)
        self.request = {
            "ModelName": self.cfn_model.attr_model_name,
            **transform_request(batching, association),
            "TransformInput": {**self._input(gzipped), **transform_input(batching)},
            "TransformOutput": self._output(accept, batching),
            "TransformResources": transform_resources(compute, key_arn=workspace.key.key_arn),
            "Tags": self._tags,
        }

    def run_statements(self) -> Sequence[Statement]:
        """What a state machine needs to run the job and to stop it; the role goes with the model, not with the job."""
        return tuple(item for item in super().run_statements() if "iam:PassRole" not in item.actions)

    def _inputs(self) -> Iterable[object]:
        return (self._data,)

    def _statements(self) -> Iterator[Statement]:
        key_arn = self._workspace.key.key_arn
        yield from write_job_logs(self.kind.logs)
        yield from read_statements(self._data)
        yield from write_objects(self._workspace.data_bucket.bucket_arn, f"{self._prefix}/")
        yield from use_key(key_arn)
        yield from use_volume_key(key_arn)

    def _input(self, gzipped: bool) -> dict[str, Any]:
        content_type = {} if self._data.content_type is None else {"ContentType": self._data.content_type}
        return {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": self._data.uri}},
            "CompressionType": "Gzip" if gzipped else "None",
            **content_type,
        }

    def _output(self, accept: str | None, batching: Batching) -> dict[str, Any]:
        return {
            "S3OutputPath": self.predictions.uri,
            "AssembleWith": "Line" if batching.assemble_lines else "None",
            "KmsKeyId": self._workspace.key.key_arn,
            **({} if accept is None else {"Accept": accept}),
        }


def _direct_problems(model: Model) -> Iterator[Problem]:
    if model.containers and model.invocation == "Direct":
        rule = "needs requests that name a container, and a transform job sends none"
        yield Problem("model.invocation", model.invocation, rule, "Use Model.in_sequence, or a job for each model")
