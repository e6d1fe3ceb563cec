"""A training job is private, encrypted, goes on after an interruption, and its script runs where it is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError, Problem
from cdk_ml.facts import images
from cdk_ml.sagemaker import Compute, Data, Distribution, Script, SpotTraining, TrainingJob
from cdk_ml.sagemaker.jobs.values import for_pipeline
from cdk_ml.workspace import Workspace
from tests.conftest import only
from tests.sagemaker.jobs.toolkit import Container
from tests.toolkit import needs_toolkit

Make = Callable[..., TrainingJob]
Synth = Callable[[], Template]

CPU = images.deep_learning_container(purpose="training", framework="pytorch", version="2.13", accelerator="cpu")
NEURON = images.neuron_training("pytorch", "2.9")


def test_the_request_is_what_sagemaker_takes(training: Make, workspace: Workspace, stack: cdk.Stack) -> None:
    train = Data(workspace.data_bucket, "train/", mode="FastFile", content_type="text/csv")
    job = training(inputs={"train": train}, metrics={"auc": "auc:([0-9.]+)"})
    bucket, key = stack.resolve(workspace.data_bucket.bucket_name), stack.resolve(workspace.key.key_arn)
    artifacts = stack.resolve(workspace.artifact_bucket.bucket_name)
    assert stack.resolve(job.request) == {
        "AlgorithmSpecification": {
            "TrainingImage": stack.resolve(job.request["AlgorithmSpecification"]["TrainingImage"]),
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "auc", "Regex": "auc:([0-9.]+)"}],
        },
        "HyperParameters": {"num_round": "10"},
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": {"Fn::Join": ["", ["s3://", bucket, "/train/"]]},
                        "S3DataDistributionType": "FullyReplicated",
                    }
                },
                "InputMode": "FastFile",
            }
        ],
        "OutputDataConfig": {
            "S3OutputPath": {"Fn::Join": ["", ["s3://", artifacts, "/jobs/Churn/Train/"]]},
            "KmsKeyId": key,
        },
        "ResourceConfig": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
            "VolumeKmsKeyId": key,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
        "VpcConfig": {
            "SecurityGroupIds": [stack.resolve(job.security_group.security_group_id)],
            "Subnets": stack.resolve(workspace.subnet_ids),
        },
        "RoleArn": stack.resolve(job.role.role_arn),
        "Tags": [{"Key": name, "Value": value} for name, value in workspace.tags.items()],
    }


def test_spot_training_keeps_checkpoints_apart_for_each_execution(
    training: Make, workspace: Workspace, stack: cdk.Stack
) -> None:
    job = training(spot=SpotTraining(max_wait_seconds=7_200), timeout_seconds=3_600)
    assert job.request["EnableManagedSpotTraining"] is True
    assert job.request["StoppingCondition"] == {"MaxRuntimeInSeconds": 3_600, "MaxWaitTimeInSeconds": 7_200}
    checkpoints = stack.resolve(for_pipeline(job.request["CheckpointConfig"]))
    bucket = stack.resolve(workspace.data_bucket.bucket_name)
    assert checkpoints == {
        "S3Uri": {
            "Std:Join": {
                "On": "",
                "Values": [
                    {"Fn::Join": ["", ["s3://", bucket, "/jobs/Churn/Train/"]]},
                    {"Get": "Execution.PipelineExecutionId"},
                    "/checkpoints",
                ],
            }
        },
        "LocalPath": "/opt/ml/checkpoints",
    }


def test_without_spot_and_checkpoints_nothing_is_kept_nor_can_be_read(training: Make, template: Synth) -> None:
    assert "CheckpointConfig" not in training().request
    assert "s3:GetObject" not in json.dumps(only(template(), "AWS::IAM::ManagedPolicy"))


def test_checkpoints_can_be_read_back(training: Make, template: Synth) -> None:
    training(checkpoints=True)
    document = only(template(), "AWS::IAM::ManagedPolicy")["PolicyDocument"]
    read = [statement for statement in document["Statement"] if "s3:GetObject" in statement["Action"]]
    assert "/jobs/Churn/Train/*" in json.dumps(read)
    listed = [statement for statement in document["Statement"] if "s3:ListBucket" in statement["Action"]]
    prefixes = ["jobs/Churn/Train/", "jobs/Churn/Train/*"]
    assert [statement["Condition"] for statement in listed] == [{"StringLike": {"s3:prefix": prefixes}}]


def test_warm_pools_retries_and_environment_are_there_when_asked_for(training: Make) -> None:
    request = training(keep_alive_seconds=600, retries=3, environment={"SEED": "7"}).request
    assert request["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 600
    assert request["RetryStrategy"] == {"MaximumRetryAttempts": 3}
    assert request["Environment"] == {"SEED": "7"}


def test_the_model_is_data_for_a_job_after_it(training: Make, workspace: Workspace) -> None:
    job = training()
    assert job.artifacts == job.result("ModelArtifacts.S3ModelArtifacts")
    assert job.model.uri == job.artifacts
    assert (job.model.bucket, job.model.granted_prefix) == (workspace.artifact_bucket, "jobs/Churn/Train/")


def test_distribution_starts_a_process_for_each_accelerator(training: Make, script: Script) -> None:
    trainium = Compute(instance_type="ml.trn1.32xlarge", instance_count=2)
    request = training(image=NEURON, script=script, compute=trainium, distribution=Distribution()).request
    assert request["HyperParameters"]["sagemaker_torch_distributed_enabled"] == "true"
    assert "VolumeKmsKeyId" not in request["ResourceConfig"]
    mpi = Distribution(launcher="mpi", processes_per_instance=2)
    request = training(id="Mpi", image=CPU, script=script, distribution=mpi).request
    assert request["HyperParameters"]["sagemaker_mpi_enabled"] == "true"
    assert request["HyperParameters"]["sagemaker_mpi_num_of_processes_per_host"] == "2"


def test_the_neuron_compiler_keeps_its_results_in_s3_for_all_runs(
    training: Make, script: Script, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    trainium = Compute(instance_type="ml.trn1.2xlarge")
    job = training(image=NEURON, script=script, compute=trainium, compile_cache=True, network_isolation=False)
    artifacts = stack.resolve(workspace.artifact_bucket.bucket_name)
    assert stack.resolve(job.request["Environment"]) == {
        "NEURON_COMPILE_CACHE_URL": {"Fn::Join": ["", ["s3://", artifacts, "/jobs/Churn/Train/compile-cache/"]]}
    }
    assert "/jobs/Churn/Train/compile-cache/*" in json.dumps(only(template(), "AWS::IAM::ManagedPolicy"))


def test_torch_compile_keeps_its_results_with_the_checkpoints(training: Make, script: Script) -> None:
    job = training(image=CPU, script=script, compile_cache=True, checkpoints=True, environment={"SEED": "7"})
    assert job.request["Environment"] == {
        "TORCHINDUCTOR_CACHE_DIR": "/opt/ml/checkpoints/torchinductor",
        "SEED": "7",
    }


def problem(argument: str, value: Any, rule: str, fix: str) -> Problem:
    return Problem(argument, value, rule, fix)


INFERENCE = images.deep_learning_container(purpose="inference", framework="pytorch", version="2.6", accelerator="cpu")
DAYS = "is not a time that a training job may take"
SPOT = SpotTraining(max_wait_seconds=3_600)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"spot": SPOT, "timeout_seconds": 7_200},
            problem(
                "spot.max_wait_seconds",
                3_600,
                "is less than timeout_seconds=7200, and waiting is part of it",
                "Use 7200 or more, or a shorter timeout_seconds",
            ),
        ),
        (
            {"spot": SpotTraining(max_wait_seconds=2_592_001)},
            problem("spot.max_wait_seconds", 2_592_001, "is more than a job may take", "Use up to 2592000, 30 days"),
        ),
        ({"timeout_seconds": 0}, problem("timeout_seconds", 0, DAYS, "Use 1 to 2419200, which is 28 days")),
        (
            {"keep_alive_seconds": 3_601},
            problem(
                "keep_alive_seconds", 3_601, "is not a time that SageMaker keeps instances", "Use 1 to 3600, or None"
            ),
        ),
        (
            {"keep_alive_seconds": 60, "spot": SPOT, "timeout_seconds": 60},
            problem(
                "keep_alive_seconds",
                60,
                "keeps instances, and spot instances cannot be kept",
                "Leave out one of keep_alive_seconds and spot",
            ),
        ),
        (
            {"retries": 31},
            problem("retries", 31, "is not a number of attempts that SageMaker makes", "Use 1 to 30, or None"),
        ),
        (
            {"compute": Compute(instance_type="ml.inf2.8xlarge"), "image": NEURON, "script": "script"},
            problem(
                "compute.instance_type",
                "ml.inf2.8xlarge",
                "is not an instance type that SageMaker has for training",
                "Use ml.trn1.2xlarge or ml.trn1.32xlarge or ml.trn1n.32xlarge",
            ),
        ),
        (
            {"image": NEURON, "script": "script"},
            problem(
                "image",
                f"pytorch-training-neuronx:{NEURON.tag}",
                "is built for neuronx hosts, but ml.m5.xlarge has no accelerator",
                "Use an image with accelerator='cpu', or an accelerated instance type",
            ),
        ),
        (
            {"image": INFERENCE, "script": "script"},
            problem(
                "image",
                f"pytorch-inference:{INFERENCE.tag}",
                "serves models and does not train any",
                "Use an image for training",
            ),
        ),
        (
            {"image": CPU, "hyperparameters": {}},
            problem(
                "script",
                None,
                f"leaves pytorch:{CPU.tag} without anything to run",
                "Say script=Script(folder, entry_point): pytorch trains what a script tells it to",
            ),
        ),
        (
            {"image": images.built_in_algorithm("kmeans"), "script": "script"},
            problem(
                "script",
                "main.py",
                "cannot run in a built-in algorithm",
                "Leave out the script, or use the container of a framework instead of kmeans",
            ),
        ),
        (
            {"hyperparameters": {"num_round": 10, "eta": 7}},
            problem("hyperparameters['eta']", 7, "is not within [0,1]", "Use a number within [0,1]"),
        ),
        (
            {"metrics": {"loss": "loss=[0-9]+"}},
            problem(
                "metrics['loss']",
                "loss=[0-9]+",
                "has no group for the value",
                "Put the number into a group, such as loss=([0-9.]+)",
            ),
        ),
        (
            {"metrics": {"loss": "loss=(["}},
            problem(
                "metrics['loss']",
                "loss=([",
                "is no regular expression: unterminated character set at position 6",
                "Correct it",
            ),
        ),
        (
            {"environment": {"2ND": "x"}},
            problem(
                "environment",
                "2ND",
                "is no name of a variable",
                "Use letters, digits and underscores, and no digit first",
            ),
        ),
        (
            {"environment": {"LONG": "x" * 513}},
            problem(
                "environment['LONG']",
                f"{'x' * 20}...",
                "has 513 characters, and SageMaker takes 512",
                "Put it into a file beside the script",
            ),
        ),
        (
            {"distribution": Distribution()},
            problem(
                "distribution.launcher",
                "torchrun",
                "has no script to start",
                "Say script=Script(folder, entry_point), or leave out the distribution",
            ),
        ),
        (
            {"distribution": Distribution(), "image": images.built_in_algorithm("sklearn"), "script": "script"},
            problem(
                "distribution.launcher",
                "torchrun",
                "is not in the container of sklearn",
                "Use an image of pytorch or huggingface-pytorch, or launcher='mpi'",
            ),
        ),
        (
            {
                "distribution": Distribution(),
                "image": NEURON,
                "script": "script",
                "compute": Compute(instance_type="ml.trn1.2xlarge", instance_count=2),
            },
            problem(
                "compute.instance_type",
                "ml.trn1.2xlarge",
                "has no EFA, over which its 2 instances would talk",
                "Use ml.trn1.32xlarge, or one instance",
            ),
        ),
        (
            {
                "distribution": Distribution(processes_per_instance=3),
                "image": NEURON,
                "script": "script",
                "compute": Compute(instance_type="ml.trn1.2xlarge"),
            },
            problem(
                "distribution.processes_per_instance",
                3,
                "is not a number of processes that an instance has accelerators for",
                "Use 1 to 2, or None",
            ),
        ),
        (
            {
                "compile_cache": True,
                "image": NEURON,
                "script": "script",
                "compute": Compute(instance_type="ml.trn1.2xlarge"),
            },
            problem(
                "compile_cache",
                True,
                "needs S3, from which network_isolation=True cuts the container off",
                "Say network_isolation=False: in the workspace's network there is S3 and no internet",
            ),
        ),
        (
            {"compile_cache": True, "image": CPU, "script": "script"},
            problem(
                "compile_cache",
                True,
                "is kept with the checkpoints, and there are none",
                "Say checkpoints=True, or spot=SpotTraining(...)",
            ),
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(
    training: Make, script: Script, options: dict[str, Any], expected: Problem
) -> None:
    given = {**options, "script": script} if "script" in options else options
    with pytest.raises(ConfigurationError) as caught:
        training(**given)
    assert caught.value.problems == (expected,)


def test_an_image_is_refused_where_its_region_has_none(app: cdk.App, workspace: Workspace) -> None:
    stack = cdk.Stack(app, "Elsewhere", env=cdk.Environment(region="ap-east-2"))
    with pytest.raises(ConfigurationError) as caught:
        TrainingJob(
            stack,
            "Train",
            workspace=workspace,
            image=images.built_in_algorithm("xgboost"),
            compute=Compute(instance_type="ml.m5.xlarge"),
            hyperparameters={"num_round": 10},
        )
    (found,) = caught.value.problems
    assert (found.argument, found.rule) == ("image", "is not published in ap-east-2")


def test_channels_leave_room_for_the_script(training: Make, script: Script, workspace: Workspace) -> None:
    names = [f"in{index:02}" for index in range(19)]
    data = Data(workspace.data_bucket, "raw/")
    with pytest.raises(ConfigurationError) as caught:
        training(script=script, inputs=dict.fromkeys([*names, "code", "a/b"], data))
    assert caught.value.problems == (
        problem("inputs", "code", "is where the script is", "Name the channel otherwise"),
        problem(
            "inputs",
            ["a/b", "code", *names],
            "are 21, and SageMaker takes 20 channels with the script's",
            "Put some of them under one prefix",
        ),
        problem(
            "inputs",
            "a/b",
            "is no name of a channel",
            "Use 1 to 64 letters, digits, dots, hyphens and underscores",
        ),
    )
    fits = training(id="Fits", script=script, inputs=dict.fromkeys(names, data))
    assert len(fits.request["InputDataConfig"]) == 20


def test_packages_that_an_isolated_container_could_not_install_are_refused(training: Make, script: Script) -> None:
    (Path(script.folder) / "requirements.txt").write_text("somepackage\n")
    with pytest.raises(ConfigurationError) as caught:
        training(image=CPU, script=script)
    assert caught.value.problems == (
        problem(
            "script.folder",
            str(script.folder),
            "holds a requirements.txt, which the container could not install without a network",
            "Put the packages beside the script, or use an image that has them",
        ),
    )
    assert training(id="Online", image=CPU, script=script, network_isolation=False)


def test_tokens_pass(training: Make, workspace: Workspace) -> None:
    number: Any = cdk.Token.as_number({"Ref": "Seconds"})
    text = cdk.Aws.STACK_NAME
    job = training(
        compute=Compute(instance_type=text, instance_count=number, volume_gib=number),
        inputs={"train": Data(workspace.data_bucket, text)},
        hyperparameters={"num_round": number, "eta": number},
        timeout_seconds=number,
        spot=SpotTraining(max_wait_seconds=number),
        metrics={"loss": text},
        environment={"NAME": text},
        retries=number,
    )
    assert job.request["StoppingCondition"]["MaxWaitTimeInSeconds"] == number


SCRIPT = """
import argparse, json, os, pathlib

parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float)
parser.add_argument("--name")
given = parser.parse_args()
rows = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "data.csv").read_text().split()
seen = {"rate": given.rate, "name": given.name, "rows": rows, "seed": os.environ["SEED"]}
pathlib.Path(os.environ["SM_MODEL_DIR"], "model.json").write_text(json.dumps(seen))
"""


def container(job: TrainingJob, folder: Path) -> Container:
    channel = folder / "train"
    channel.mkdir()
    (channel / "data.csv").write_text("1 2 3")
    made = Container(folder / "ml")
    made.lay_out(job, {"train": channel})
    return made


@needs_toolkit
def test_a_script_runs_without_a_network_under_the_toolkit_of_awss_containers(
    training: Make, script: Script, workspace: Workspace, tmp_path: Path
) -> None:
    (Path(script.folder) / "main.py").write_text(SCRIPT)
    job = training(
        image=CPU,
        script=script,
        inputs={"train": Data(workspace.data_bucket, "train/")},
        hyperparameters={"rate": 0.5, "name": "7"},
        environment={"SEED": "42"},
    )
    disk = container(job, tmp_path)
    ran = disk.run(job)
    assert ran.returncode == 0, ran.stderr
    seen = json.loads((disk.model / "model.json").read_text())
    assert seen == {"rate": 0.5, "name": "7", "rows": ["1", "2", "3"], "seed": "42"}


@needs_toolkit
def test_a_script_that_fails_tells_sagemaker(
    training: Make, script: Script, workspace: Workspace, tmp_path: Path
) -> None:
    (Path(script.folder) / "main.py").write_text("raise ValueError('no rows')")
    job = training(image=CPU, script=script, inputs={"train": Data(workspace.data_bucket, "train/")})
    disk = container(job, tmp_path)
    assert disk.run(job).returncode != 0
    assert "ExitCode 1" in (disk.folder / "output" / "failure").read_text()
