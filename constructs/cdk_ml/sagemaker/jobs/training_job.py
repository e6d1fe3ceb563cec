"""A training job: a built-in algorithm, a script in a framework's container, or a container of the user's own.

https://docs.aws.amazon.com/sagemaker/latest/dg/how-it-works-training.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.facts.images import Image
from cdk_ml.sagemaker.container_image import ContainerImage, pullable
from cdk_ml.sagemaker.execution_role import read_objects, write_objects
from cdk_ml.sagemaker.jobs.compile_cache import cache_environment
from cdk_ml.sagemaker.jobs.compute import Compute, resource_config
from cdk_ml.sagemaker.jobs.data import Data, Output, read_statements
from cdk_ml.sagemaker.jobs.distribution import Distribution
from cdk_ml.sagemaker.jobs.hyperparameters import Hyperparameter, as_json, as_text
from cdk_ml.sagemaker.jobs.job import Job, JobKind
from cdk_ml.sagemaker.jobs.script import Script, script_asset
from cdk_ml.sagemaker.jobs.spot import CHECKPOINTS, SpotTraining
from cdk_ml.sagemaker.jobs.training_rules import CODE, training_problems
from cdk_ml.sagemaker.jobs.values import ExecutionId, Join, Result, Value
from cdk_ml.workspace import Statement, Workspace

_INPUT = "/opt/ml/input/data"
_CACHE = "compile-cache"
_ARTIFACTS = "ModelArtifacts.S3ModelArtifacts"


@dataclass(frozen=True, slots=True)
class TrainedModel(Output):
    """The ``model.tar.gz`` that a training job leaves, for jobs after it to read."""

    @property
    def uri(self) -> Value:
        return Result(self.step, _ARTIFACTS)


class TrainingJob(Job):
    """Training over channels of data, in the workspace's network, cut off from every other.

    Creates an execution role with what the job needs, a security group, and the script's archive as an asset. It runs
    when a state machine or a pipeline runs it. The model is in the workspace's artifact bucket; a job after it reads it
    as :attr:`model`, and whatever wants its address takes :attr:`artifacts`.

    A script runs in AWS's containers and in those that have ``sagemaker-training``: it gets ``hyperparameters`` as
    command line arguments, each channel in ``/opt/ml/input/data/<name>``, and leaves its model in ``/opt/ml/model``.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import Compute, Data, SpotTraining, TrainingJob
    >>> from cdk_ml.workflow import StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> train = TrainingJob(
    ...     stack,
    ...     "Train",
    ...     workspace=workspace,
    ...     image=images.built_in_algorithm("xgboost"),
    ...     compute=Compute(instance_type="ml.m5.xlarge"),
    ...     inputs={"train": Data(workspace.data_bucket, "churn/train/", content_type="text/csv")},
    ...     hyperparameters={"objective": "binary:logistic", "num_round": 100, "max_depth": 5},
    ...     spot=SpotTraining(max_wait_seconds=7_200),
    ...     timeout_seconds=3_600,
    ... )
    >>> machine = StateMachine(
    ...     stack,
    ...     "Nightly",
    ...     workspace=workspace,
    ...     definition=train.task(stack, "TrainModel"),
    ...     statements=train.run_statements(),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html

    :ivar compute: the instances.
    :ivar timeout_seconds: seconds after which the job is stopped.
    :ivar metrics: what SageMaker reads from the log, by name.
    :ivar has_script: whether a script of the user's runs.
    :ivar algorithm: name of the built-in algorithm; ``None`` for code of the user's own.
    """

    kind = JobKind(name="Training", arn="training-job", logs="TrainingJobs")

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        image: ContainerImage,
        compute: Compute,
        script: Script | None = None,
        inputs: Mapping[str, Data] | None = None,
        hyperparameters: Mapping[str, Hyperparameter] | None = None,
        timeout_seconds: int = 86_400,
        spot: SpotTraining | None = None,
        checkpoints: bool = False,
        distribution: Distribution | None = None,
        compile_cache: bool = False,
        keep_alive_seconds: int | None = None,
        retries: int | None = None,
        metrics: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        network_isolation: bool = True,
        traffic_encryption: bool = True,
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, tags and profile.
        :param image: a built-in algorithm, a framework's container or one of your own.
        :param compute: instances.
        :param script: what runs in a framework's container; an algorithm or a container of your own knows itself.
        :param inputs: channels by name, at most twenty with the script.
        :param hyperparameters: by name; those of a built-in algorithm are checked against what AWS documents.
        :param timeout_seconds: seconds after which the job is stopped, up to 28 days.
        :param spot: train on spot instances, with checkpoints.
        :param checkpoints: keep ``/opt/ml/checkpoints`` in S3, apart for each execution, where another run of the same
            execution finds it.
        :param distribution: run the script on several accelerators and instances at once.
        :param compile_cache: keep what ``torch.compile`` or the Neuron compiler makes, so that the next run need not
            make it again.
        :param keep_alive_seconds: seconds that the instances stay for the next job of the same kind, up to an hour, and
            are paid for; needs a quota for warm pools.
        :param retries: how often SageMaker starts again after an internal error, up to 30.
        :param metrics: regular expression with one group by metric: what SageMaker reads from the log into CloudWatch.
        :param environment: environment variables.
        :param network_isolation: cut the container off from every network but its peers; SageMaker still brings
            channels, and takes model and checkpoints.
        :param traffic_encryption: encrypt what instances of the job send each other.
        :param role: an execution role of your own, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, every problem at once, with its fix.
        """
        super().__init__(scope, id, workspace=workspace)
        self._data = {} if inputs is None else {**inputs}
        given = {} if hyperparameters is None else {**hyperparameters}
        self.compute, self.timeout_seconds = compute, timeout_seconds
        self.metrics = {} if metrics is None else {**metrics}
        self.has_script = script is not None
        self.algorithm = image.framework if isinstance(image, Image) and script is None else None
        reject(
            self,
            training_problems(
                image=image,
                region=Stack.of(self).region,
                compute=compute,
                script=script,
                inputs=self._data,
                hyperparameters=given,
                timeout_seconds=timeout_seconds,
                spot=spot,
                keep_alive_seconds=keep_alive_seconds,
                retries=retries,
                metrics=self.metrics,
                environment={} if environment is None else {**environment},
                network_isolation=network_isolation,
                distribution=distribution,
                compile_cache=compile_cache,
                checkpoints=checkpoints,
            ),
        )
        pulled = pullable(self, "Registry", image)
        given |= {} if distribution is None else distribution.hyperparameters
        values = {name: as_json(value) if script else as_text(value) for name, value in given.items()}
        channels = [_channel(name, data) for name, data in self._data.items()]
        code: list[Statement] = []
        if script is not None:
            bundle = _CodeBundle(script_asset(self, "Script", script))
            code, channels, values = bundle.statements, [*channels, bundle.channel], values | bundle.values(script)
        kept = checkpoints or spot is not None
        self._place(
            repository_arns=[pulled.repository_arn],
            statements=[*code, *self._data_statements(kept, compile_cache)],
            role=role,
            instance_count=compute.instance_count,
        )
        artifacts = f"s3://{workspace.artifact_bucket.bucket_name}/{self._prefix}/"
        cache = cache_environment(image, compute.instance_type, f"{artifacts}{_CACHE}/") if compile_cache else {}
        warm = {} if keep_alive_seconds is None else {"KeepAlivePeriodInSeconds": keep_alive_seconds}
        wait = {} if spot is None else {"MaxWaitTimeInSeconds": spot.max_wait_seconds}
        definitions = [{"Name": name, "Regex": regex} for name, regex in self.metrics.items()]
        self.request = {
            "AlgorithmSpecification": {
                "TrainingImage": pulled.uri,
                "TrainingInputMode": "File",
                **({"MetricDefinitions": definitions} if definitions else {}),
            },
            "OutputDataConfig": {"S3OutputPath": artifacts, "KmsKeyId": workspace.key.key_arn},
            "ResourceConfig": {**resource_config(compute, key_arn=workspace.key.key_arn), **warm},
            "StoppingCondition": {"MaxRuntimeInSeconds": timeout_seconds, **wait},
            "EnableNetworkIsolation": network_isolation,
            "EnableInterContainerTrafficEncryption": traffic_encryption,
            "VpcConfig": self._vpc_config,
            "RoleArn": self.role.role_arn,
            "Tags": self._tags,
        }
        optional = {
            "InputDataConfig": channels,
            "HyperParameters": values,
            "Environment": {**cache, **({} if environment is None else environment)},
            "CheckpointConfig": {"S3Uri": self.checkpoints_uri, "LocalPath": CHECKPOINTS} if kept else {},
            "RetryStrategy": {} if retries is None else {"MaximumRetryAttempts": retries},
            "EnableManagedSpotTraining": spot is not None,
        }
        self.request |= {name: value for name, value in optional.items() if value}

    @property
    def artifacts(self) -> Result:
        """Where the model of the run is, once it has run."""
        return self.result(_ARTIFACTS)

    @property
    def model(self) -> TrainedModel:
        """The model of the run as data for a job after it."""
        return TrainedModel(self._workspace.artifact_bucket, self._prefix, step=self.step_name, name="model")

    @property
    def checkpoints_uri(self) -> Value:
        """Where checkpoints are kept: a folder for each execution."""
        bucket = self._workspace.data_bucket.bucket_name
        return Join((f"s3://{bucket}/{self._prefix}/", ExecutionId(), "/checkpoints"))

    def _inputs(self) -> Iterable[object]:
        return self._data.values()

    def _data_statements(self, checkpoints: bool, compile_cache: bool) -> list[Statement]:
        kept, artifacts = self._workspace.data_bucket.bucket_arn, self._workspace.artifact_bucket.bucket_arn
        return [
            *(statement for data in self._data.values() for statement in read_statements(data)),
            *(read_objects(kept, f"{self._prefix}/") if checkpoints else ()),
            *write_objects(artifacts, f"{self._prefix}/"),
            *(read_objects(artifacts, f"{self._prefix}/{_CACHE}/") if compile_cache else ()),
        ]


class _CodeBundle:
    """A script in S3, and how the toolkit in the container comes by it.

    A container that is cut off from the network cannot fetch its code: SageMaker brings it as a channel.
    https://github.com/aws/sagemaker-training-toolkit
    """

    def __init__(self, asset: s3_assets.Asset) -> None:
        self._archive = asset.s3_object_key.rpartition("/")[2]
        self.channel = _channel(CODE, Data(asset.bucket, asset.s3_object_key))
        self.statements = read_objects(asset.bucket.bucket_arn, asset.s3_object_key)

    def values(self, script: Script) -> dict[str, Value]:
        """Hyper-parameters that name the archive and the file in it."""
        archive = f"{_INPUT}/{CODE}/{self._archive}"
        return {"sagemaker_program": as_json(script.entry_point), "sagemaker_submit_directory": as_json(archive)}


def _channel(name: str, data: Data) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": data.uri, "S3DataDistributionType": "FullyReplicated"}
    kind = {"ContentType": data.content_type} if data.content_type is not None else {}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "InputMode": data.mode, **kind}
