"""A processing job is private, encrypted, and gets what it was told to read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.errors import ConfigurationError, Problem
from cdk_ml.facts import images
from cdk_ml.sagemaker import Compute, Data, ProcessingJob, Result, Script
from cdk_ml.sagemaker.jobs.values import for_pipeline
from cdk_ml.workspace import Workspace

Make = Callable[..., ProcessingJob]
FOLDER = "/opt/ml/processing"


def test_the_request_is_what_sagemaker_takes(
    processing: Make, script: Script, workspace: Workspace, stack: cdk.Stack
) -> None:
    raw = Data(workspace.data_bucket, "raw/")
    job = processing(script=script, inputs={"raw": raw}, outputs=["train"], arguments=["--seed", "7"])
    request = stack.resolve(for_pipeline(job.request))
    bucket, key = stack.resolve(workspace.data_bucket.bucket_name), stack.resolve(workspace.key.key_arn)
    code = request["ProcessingInputs"][1]["S3Input"].pop("S3Uri")
    assert code["Fn::Sub"].endswith(".gz")
    s3_input = {"S3DataType": "S3Prefix", "S3InputMode": "File"}
    assert request == {
        "AppSpecification": {
            "ImageUri": stack.resolve(job.request["AppSpecification"]["ImageUri"]),
            "ContainerEntrypoint": [
                "bash",
                "-c",
                f"mkdir -p {FOLDER}/code && tar -xzf {FOLDER}/input/code/* -C {FOLDER}/code && cd {FOLDER}/code "
                '&& exec python3 main.py "$@"',
                "main.py",
            ],
            "ContainerArguments": ["--seed", "7"],
        },
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": "ml.m5.xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 30,
                "VolumeKmsKeyId": key,
            }
        },
        "ProcessingInputs": [
            {
                "InputName": "raw",
                "S3Input": {
                    "S3Uri": {"Fn::Join": ["", ["s3://", bucket, "/raw/"]]},
                    "LocalPath": f"{FOLDER}/input/raw",
                    **s3_input,
                },
            },
            {"InputName": "code", "S3Input": {"LocalPath": f"{FOLDER}/input/code", **s3_input}},
        ],
        "ProcessingOutputConfig": {
            "KmsKeyId": key,
            "Outputs": [
                {
                    "OutputName": "train",
                    "S3Output": {
                        "S3Uri": stack.resolve(for_pipeline(job.output("train").uri)),
                        "LocalPath": f"{FOLDER}/output/train",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ],
        },
        "NetworkConfig": {
            "EnableInterContainerTrafficEncryption": True,
            "EnableNetworkIsolation": True,
            "VpcConfig": {
                "SecurityGroupIds": [stack.resolve(job.security_group.security_group_id)],
                "Subnets": stack.resolve(workspace.subnet_ids),
            },
        },
        "RoleArn": stack.resolve(job.role.role_arn),
        "StoppingCondition": {"MaxRuntimeInSeconds": 3_600},
        "Tags": [{"Key": key, "Value": value} for key, value in workspace.tags.items()],
    }


def test_an_image_that_knows_itself_has_no_entry_point_and_no_code(processing: Make) -> None:
    request = processing().request
    assert [*request["AppSpecification"]] == ["ImageUri"]
    assert request["ProcessingInputs"] == []
    assert "Environment" not in request


def test_arguments_environment_and_the_network_are_the_users_to_choose(processing: Make) -> None:
    model = Result("Train", "ModelArtifacts.S3ModelArtifacts")
    job = processing(arguments=["--model", model], environment={"SEED": "7"}, network_isolation=False)
    assert job.request["AppSpecification"]["ContainerArguments"] == ["--model", model]
    assert job.request["Environment"] == {"SEED": "7"}
    assert job.request["NetworkConfig"]["EnableNetworkIsolation"] is False
    assert job.uses == {"Train"}


def problem(argument: str, value: Any, rule: str, fix: str) -> Problem:
    return Problem(argument, value, rule, fix)


TIME = "is not a time that a processing job may take"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"timeout_seconds": 0}, problem("timeout_seconds", 0, TIME, "Use 1 to 432000, which is five days")),
        (
            {"timeout_seconds": 432_001},
            problem("timeout_seconds", 432_001, TIME, "Use 1 to 432000, which is five days"),
        ),
        ({"outputs": ["a", "a"]}, problem("outputs", ["a", "a"], "names one twice", "Name each output differently")),
        (
            {"compute": Compute(instance_type="ml.m5.9xlarge")},
            problem(
                "compute.instance_type",
                "ml.m5.9xlarge",
                "is not an instance type that SageMaker has for processing",
                "Use ml.m5.12xlarge or ml.m5.4xlarge or ml.m5.2xlarge",
            ),
        ),
        (
            {"compute": Compute(instance_type="ml.m5.xlarge", instance_count=101)},
            problem("compute.instance_count", 101, "is not a number of instances that a job may have", "Use 1 to 100"),
        ),
        (
            {"environment": {"LONG": "x" * 257}},
            problem(
                "environment['LONG']",
                f"{'x' * 20}...",
                "has 257 characters, and SageMaker takes 256",
                "Put it into a file beside the script",
            ),
        ),
        (
            {"script": Script("nowhere", "main.py")},
            problem("script.folder", "nowhere", "is not a folder", "Name the folder that holds the script"),
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(processing: Make, options: dict[str, Any], expected: Problem) -> None:
    with pytest.raises(ConfigurationError) as caught:
        processing(**options)
    assert caught.value.problems == (expected,)


@pytest.mark.parametrize(
    ("region", "image", "rule"),
    [
        ("ap-southeast-7", images.built_in_algorithm("sklearn"), "is not published in ap-southeast-7"),
        ("eu-west-1", images.neuron_inference("pytorch", "2.8"), "is built for neuronx hosts, but ml.m5.xlarge has no"),
    ],
)
def test_an_image_is_refused_where_it_cannot_run(
    app: cdk.App, workspace: Workspace, region: str, image: images.Image, rule: str
) -> None:
    stack = cdk.Stack(app, "Elsewhere", env=cdk.Environment(region=region))
    compute = Compute(instance_type="ml.m5.xlarge")
    with pytest.raises(ConfigurationError) as caught:
        ProcessingJob(stack, "Prepare", workspace=workspace, image=image, script=None, compute=compute)
    (found,) = caught.value.problems
    assert found.argument == "image"
    assert found.rule.startswith(rule)


def test_inputs_leave_room_for_the_script(processing: Make, workspace: Workspace) -> None:
    names = [f"in{index}" for index in range(9)]
    data = Data(workspace.data_bucket, "raw/")
    with pytest.raises(ConfigurationError) as caught:
        processing(inputs=dict.fromkeys([*names, "code"], data))
    assert caught.value.problems == (
        problem("inputs", "code", "is where the script is", "Name the input otherwise"),
        problem(
            "inputs",
            ["code", *names],
            "are 10, and with the script SageMaker takes 10",
            "Put some of them under one prefix",
        ),
    )
    assert len(processing(id="Fits", inputs=dict.fromkeys(names, data)).request["ProcessingInputs"]) == 9


def test_tokens_pass(processing: Make, workspace: Workspace) -> None:
    number: Any = cdk.Token.as_number({"Ref": "Seconds"})
    compute = Compute(instance_type=cdk.Aws.STACK_NAME, instance_count=number, volume_gib=number)
    job = processing(
        image=images.built_in_algorithm("sklearn"),
        compute=compute,
        timeout_seconds=number,
        inputs={"raw": Data(workspace.data_bucket, cdk.Aws.STACK_NAME)},
    )
    assert job.request["StoppingCondition"]["MaxRuntimeInSeconds"] == number
