"""A model is turned into what SageMaker loads, with just the permissions to load it."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

from cdk_ml.facts import images
from cdk_ml.sagemaker import EcrImage, Model, RealTimeEndpoint
from cdk_ml.sagemaker.archive import packed
from cdk_ml.sagemaker.container_image import image_problems
from cdk_ml.sagemaker.hosting.model import model_problems
from tests.conftest import FLAGS, only

Make = Callable[..., RealTimeEndpoint]
Synth = Callable[[], Template]


def allowed(template: Template, action: str) -> list[object]:
    """Resources on which the execution role may do ``action``."""
    statements = only(template, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    return [
        s["Resource"] for s in statements if action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])
    ]


def test_a_packed_artifact_is_the_only_object_the_role_may_read(endpoint: Make, template: Synth) -> None:
    endpoint()
    made = template()
    container = only(made, "AWS::SageMaker::Model")["PrimaryContainer"]
    assert container["ModelDataUrl"] == "s3://models/churn/model.tar.gz"
    (resource,) = allowed(made, "s3:GetObject")
    assert resource == {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::models/churn/model.tar.gz"]]}
    assert allowed(made, "s3:ListBucket") == []


def test_an_unpacked_artifact_is_everything_under_its_prefix(
    endpoint: Make, cpu_model: Model, models: s3.IBucket, template: Synth
) -> None:
    endpoint(model=Model.from_artifact(models, "churn/v1/", image=cpu_model.image))
    made = template()
    container = only(made, "AWS::SageMaker::Model")["PrimaryContainer"]
    assert container["ModelDataSource"]["S3DataSource"] == {
        "S3Uri": "s3://models/churn/v1/",
        "S3DataType": "S3Prefix",
        "CompressionType": "None",
    }
    assert len(allowed(made, "s3:ListBucket")) == 1


def test_an_artifact_under_a_key_may_be_decrypted_with_that_key_only(
    endpoint: Make, cpu_model: Model, stack: cdk.Stack, template: Synth
) -> None:
    key = kms.Key.from_key_arn(stack, "ModelKey", "arn:aws:kms:eu-west-1:123456789012:key/models")
    bucket = s3.Bucket.from_bucket_attributes(stack, "Encrypted", bucket_name="encrypted", encryption_key=key)
    endpoint(model=Model.from_artifact(bucket, "m.tar.gz", image=cpu_model.image))
    assert key.key_arn in allowed(template(), "kms:Decrypt")


def test_a_folder_becomes_an_archive_whose_bytes_depend_on_its_content_only(tmp_path: Path) -> None:
    made = []
    for stamp in (1, 2_000_000_000):
        folder = tmp_path / f"model-{stamp}"
        (folder / "code").mkdir(parents=True)
        for name in ("weights.bin", "code/inference.py"):
            (folder / name).write_text(name)
            os.utime(folder / name, (stamp, stamp))
        with packed(folder) as archive:
            made.append(archive.read_bytes())
    assert made[0] == made[1]
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(made[0]))) as bundle:
        assert bundle.getnames() == ["code/inference.py", "weights.bin"]


def test_a_model_beside_the_app_travels_with_it(
    endpoint: Make, cpu_model: Model, tmp_path: Path, template: Synth
) -> None:
    (tmp_path / "weights.bin").write_bytes(b"weights")
    endpoint(model=Model.from_asset(tmp_path, image=cpu_model.image))
    made = template()
    url = only(made, "AWS::SageMaker::Model")["PrimaryContainer"]["ModelDataUrl"]
    assert ".gz" in str(url)
    assert len(allowed(made, "s3:GetObject")) == 1


def test_a_model_in_its_image_needs_no_artifact(endpoint: Make, cpu_model: Model, template: Synth) -> None:
    endpoint(model=Model.from_image(cpu_model.image, environment={"MODE": "fast"}))
    made = template()
    container = only(made, "AWS::SageMaker::Model")["PrimaryContainer"]
    assert {*container} == {"Image", "Environment"}
    assert container["Environment"] == {"MODE": "fast"}
    assert allowed(made, "s3:GetObject") == []


def test_the_image_of_any_region_comes_from_a_mapping(endpoint: Make, template: Synth) -> None:
    endpoint()
    made = template().to_json()
    (mapping,) = made["Mappings"].values()
    assert mapping["eu-west-1"] == {"account": "763104351884"}
    assert mapping["cn-north-1"] == {"account": "727897471807"}


def test_the_image_of_a_known_region_is_written_out() -> None:
    from cdk_ml.sagemaker.container_image import pullable

    stack = cdk.Stack(cdk.App(context=FLAGS), "Known", env=cdk.Environment(region="eu-west-1"))
    image = pullable(stack, "Image", images.neuron_inference("pytorch", "2.8"))
    assert image.uri.startswith("763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-inference-neuronx:2.8")
    assert image.repository_arn.endswith(":ecr:eu-west-1:763104351884:repository/pytorch-inference-neuronx")


def test_an_image_of_the_users_own_is_pulled_by_digest(
    endpoint: Make, cpu_model: Model, stack: cdk.Stack, template: Synth
) -> None:
    repository = ecr.Repository.from_repository_name(stack, "Repository", "serving")
    digest = f"sha256:{'0' * 64}"
    endpoint(model=replace(cpu_model, image=EcrImage(repository, digest)))
    made = template()
    made.has_resource_properties(
        "AWS::SageMaker::Model",
        {"PrimaryContainer": {"Image": {"Fn::Join": ["", Match.array_with([f"/serving@{digest}"])]}}},
    )
    assert "repository/serving" in str(allowed(made, "ecr:BatchGetImage"))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("model.zip", "model.artifact.key='model.zip' is neither an archive nor a prefix."),
        ("/model.tar.gz", "model.artifact.key='/model.tar.gz' is neither an archive nor a prefix."),
    ],
)
def test_keys_that_sagemaker_cannot_load_are_refused(
    cpu_model: Model, models: s3.IBucket, key: str, message: str
) -> None:
    (problem,) = model_problems(Model.from_artifact(models, key, image=cpu_model.image))
    assert str(problem) == f"{message} Name a .tar.gz object, or a prefix that ends in / and does not start with one."


def test_a_path_without_a_model_is_refused(cpu_model: Model, tmp_path: Path) -> None:
    (problem,) = model_problems(Model.from_asset(tmp_path / "absent", image=cpu_model.image))
    assert str(problem) == (
        f"model.artifact.path={str(tmp_path / 'absent')!r} does not exist. Give a .tar.gz file or a folder."
    )
    (tmp_path / "model.zip").touch()
    (problem,) = model_problems(Model.from_asset(tmp_path / "model.zip", image=cpu_model.image))
    assert problem.rule == "is not an archive"


@pytest.mark.parametrize("seconds", [59, 3601])
def test_timeouts_that_sagemaker_does_not_take_are_refused(cpu_model: Model, seconds: int) -> None:
    (problem,) = model_problems(replace(cpu_model, startup_seconds=seconds))
    assert str(problem) == (f"model.startup_seconds={seconds} is not a time that SageMaker waits. Use 60 to 3600.")


def test_a_key_that_is_known_only_at_deployment_passes(cpu_model: Model, models: s3.IBucket) -> None:
    token = cdk.Token.as_string({"Ref": "ModelKey"})
    assert [*model_problems(Model.from_artifact(models, token, image=cpu_model.image))] == []


NEURONX = "pytorch-inference-neuronx:2.8.0-neuronx-py311-sdk2.26.1-ubuntu22.04"


@pytest.mark.parametrize(
    ("instance_type", "message"),
    [
        (
            "ml.inf1.xlarge",
            f"model.image={NEURONX!r} is built for neuronx on x86_64, not for the Inferentia1 of ml.inf1.xlarge. "
            "Use an image with accelerator='neuron'.",
        ),
        (
            "ml.g5.xlarge",
            f"model.image={NEURONX!r} is built for neuronx on x86_64, not for the A10G of ml.g5.xlarge. "
            "Use an image with accelerator='gpu', or one of your own built for the host.",
        ),
        (
            "ml.m7i.large",
            f"model.image={NEURONX!r} is built for neuronx hosts, but ml.m7i.large has no accelerator. "
            "Use an image with accelerator='cpu', or an accelerated instance type.",
        ),
    ],
)
def test_an_image_of_another_family_is_refused(neuron_model: Model, instance_type: str, message: str) -> None:
    assert [str(p) for p in image_problems(neuron_model.image, instance_type, "eu-west-1")] == [message]


def test_an_image_that_its_region_lacks_is_refused(neuron_model: Model) -> None:
    (problem,) = image_problems(neuron_model.image, "ml.inf2.xlarge", "mars-north-1")
    assert problem.rule == "is not published in mars-north-1"
    assert "copy the image to a repository of your own" in problem.fix


def test_images_are_trusted_where_instance_and_region_are_known_only_at_deployment(neuron_model: Model) -> None:
    token = cdk.Token.as_string({"Ref": "X"})
    assert [*image_problems(neuron_model.image, token, cdk.Aws.REGION)] == []
