"""A processing job: a script over data, to prepare it or to judge a model.

https://docs.aws.amazon.com/sagemaker/latest/dg/processing-job.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.container_image import ContainerImage, image_problems, pullable
from cdk_ml.sagemaker.execution_role import read_objects
from cdk_ml.sagemaker.jobs.compute import Compute, compute_problems, resource_config
from cdk_ml.sagemaker.jobs.data import Data, data_problems, read_statements
from cdk_ml.sagemaker.jobs.environment import environment_problems
from cdk_ml.sagemaker.jobs.job import Job, JobKind
from cdk_ml.sagemaker.jobs.script import Script, script_asset, script_problems, unpack_and_run
from cdk_ml.sagemaker.jobs.values import Value
from cdk_ml.sagemaker.jobs.wheelhouse import WHEELS, Wheelhouse, wheelhouse_problems
from cdk_ml.tokens import outside
from cdk_ml.workspace import Workspace

_FOLDER = "/opt/ml/processing"
_CODE = "code"
_FIVE_DAYS = 432_000
_MAXIMUM_INPUTS = 10
_LONGEST_VARIABLE = 256


class ProcessingJob(Job):
    """A script over data in S3, in the workspace's network, cut off from every other.

    Creates an execution role with what the job needs, a security group, and the script's archive as an asset. It runs
    when a state machine or a pipeline runs it. Inputs are in ``/opt/ml/processing/input/<name>``, what the script
    writes to ``/opt/ml/processing/output/<name>`` is :meth:`output`.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_stepfunctions as sfn
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import Compute, Data, ProcessingJob, Script
    >>> from cdk_ml.workflow import StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> prepare = ProcessingJob(
    ...     stack,
    ...     "Prepare",
    ...     workspace=workspace,
    ...     image=images.built_in_algorithm("sklearn"),
    ...     script=Script("docs/examples/prepare", "prepare.py"),
    ...     compute=Compute(instance_type="ml.m5.xlarge"),
    ...     inputs={"raw": Data(workspace.data_bucket, "churn/raw/")},
    ...     outputs=["train", "test"],
    ... )
    >>> machine = StateMachine(
    ...     stack,
    ...     "Nightly",
    ...     workspace=workspace,
    ...     definition=prepare.task(stack, "PrepareData"),
    ...     statements=prepare.run_statements(),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
    """

    kind = JobKind(name="Processing", arn="processing-job", logs="ProcessingJobs")

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        image: ContainerImage,
        script: Script | None,
        compute: Compute,
        inputs: Mapping[str, Data] | None = None,
        outputs: Sequence[str] = (),
        arguments: Sequence[Value] = (),
        environment: Mapping[str, str] | None = None,
        timeout_seconds: int = 3_600,
        network_isolation: bool = True,
        wheels: Wheelhouse | None = None,
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, tags and profile.
        :param image: the container.
        :param script: what runs in it; ``None`` where the image knows itself.
        :param compute: instances.
        :param inputs: data by name, at most ten with the script.
        :param outputs: names of what the script leaves.
        :param arguments: command line of the script.
        :param environment: environment variables.
        :param timeout_seconds: seconds after which the job is stopped, up to five days.
        :param network_isolation: cut the container off from every network; SageMaker still brings inputs and outputs.
        :param wheels: packages that are installed before the script runs, without a network.
        :param role: an execution role of your own, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, every problem at once, with its fix.
        """
        super().__init__(scope, id, workspace=workspace)
        self._data = {} if inputs is None else {**inputs}
        reject(
            self,
            [
                *image_problems(image, compute.instance_type, Stack.of(self).region, argument="image"),
                *_problems(script, compute, self._data, outputs, timeout_seconds, wheels),
                *environment_problems({} if environment is None else environment, longest=_LONGEST_VARIABLE),
            ],
        )
        if wheels is not None:
            self._data[WHEELS] = wheels.data
        pulled = pullable(self, "Registry", image)
        asset = None if script is None else script_asset(self, "Script", script)
        code = [] if asset is None else read_objects(asset.bucket.bucket_arn, asset.s3_object_key)
        data = [statement for each in self._data.values() for statement in read_statements(each)]
        self._place(
            repository_arns=[pulled.repository_arn],
            statements=[*code, *data],
            role=role,
            instance_count=compute.instance_count,
        )
        container: dict[str, Any] = {"ImageUri": pulled.uri}
        if script is not None:
            archive = f"{_FOLDER}/input/{_CODE}"
            install = "" if wheels is None else wheels.install(f"{_FOLDER}/input/{WHEELS}")
            folder = f"{_FOLDER}/{_CODE}"
            container["ContainerEntrypoint"] = unpack_and_run(script, archive=archive, folder=folder, first=install)
        if arguments:
            container["ContainerArguments"] = [*arguments]
        sources = [_input(name, each.uri, each.s3_type) for name, each in self._data.items()]
        if asset is not None:
            sources.append(_input(_CODE, asset.s3_object_url))
        self.request = {
            "AppSpecification": container,
            "ProcessingResources": {"ClusterConfig": resource_config(compute, key_arn=workspace.key.key_arn)},
            "ProcessingInputs": sources,
            "ProcessingOutputConfig": {
                "KmsKeyId": workspace.key.key_arn,
                "Outputs": [_output(name, self.output(name).uri) for name in outputs],
            },
            "NetworkConfig": {
                "EnableInterContainerTrafficEncryption": True,
                "EnableNetworkIsolation": network_isolation,
                "VpcConfig": self._vpc_config,
            },
            "RoleArn": self.role.role_arn,
            "StoppingCondition": {"MaxRuntimeInSeconds": timeout_seconds},
            "Tags": self._tags,
        }
        if environment:
            self.request["Environment"] = {**environment}

    def _inputs(self) -> Iterable[object]:
        return self._data.values()


def _problems(
    script: Script | None,
    compute: Compute,
    inputs: Mapping[str, Data],
    outputs: Sequence[str],
    timeout_seconds: int,
    wheels: Wheelhouse | None,
) -> Iterator[Problem]:
    if script is not None:
        yield from script_problems(script)
    if wheels is not None:
        yield from wheelhouse_problems("wheels", wheels)
        if script is None:
            fix = "Give the script that runs, or put the packages into the image"
            yield Problem("wheels", [*wheels.packages], "are for a script, and there is none", fix)
        if WHEELS in inputs:
            yield Problem("inputs", WHEELS, "is where the wheels are", "Name the input otherwise")
    yield from compute_problems(compute, maximum_instances=100, use="processing")
    if _CODE in inputs:
        yield Problem("inputs", _CODE, "is where the script is", "Name the input otherwise")
    ours, what = (1, "the script") if wheels is None else (2, "script and wheels")
    if len(inputs) > _MAXIMUM_INPUTS - ours:
        rule = f"are {len(inputs)}, and with {what} SageMaker takes {_MAXIMUM_INPUTS}"
        yield Problem("inputs", sorted(inputs), rule, "Put some of them under one prefix")
    if len({*outputs}) < len(outputs):
        yield Problem("outputs", [*outputs], "names one twice", "Name each output differently")
    for name, data in inputs.items():
        yield from data_problems(f"inputs[{name!r}]", data)
    if outside(timeout_seconds, 1, _FIVE_DAYS):
        rule = "is not a time that a processing job may take"
        yield Problem("timeout_seconds", timeout_seconds, rule, f"Use 1 to {_FIVE_DAYS}, which is five days")


def _input(name: str, uri: Value, s3_type: str = "S3Prefix") -> dict[str, Any]:
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": f"{_FOLDER}/input/{name}",
            "S3DataType": s3_type,
            "S3InputMode": "File",
        },
    }


def _output(name: str, uri: Value) -> dict[str, Any]:
    return {
        "OutputName": name,
        "S3Output": {"S3Uri": uri, "LocalPath": f"{_FOLDER}/output/{name}", "S3UploadMode": "EndOfJob"},
    }
