"""Several containers serve as one model: in sequence, or side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    Compute,
    Data,
    Model,
    NeuronFit,
    RealTimeEndpoint,
    ServerlessEndpoint,
    TransformJob,
)
from cdk_ml.sagemaker.hosting.model import model_problems
from cdk_ml.workspace import Workspace
from tests.conftest import only

Make = Callable[..., RealTimeEndpoint]
Synth = Callable[[], Template]


@pytest.fixture
def parts(models: s3.IBucket, cpu_model: Model) -> dict[str, Model]:
    """What prepares a request, and what answers it."""
    prepare = Model.from_artifact(models, "prepare.tar.gz", image=images.built_in_algorithm("sklearn"))
    return {"prepare": prepare, "predict": replace(cpu_model, environment={"MODE": "fast"})}


def test_a_pipeline_has_its_containers_in_order(endpoint: Make, parts: dict[str, Model], template: Synth) -> None:
    endpoint(model=Model.in_sequence(parts))
    model = only(template(), "AWS::SageMaker::Model")
    assert "PrimaryContainer" not in model
    assert model["InferenceExecutionConfig"] == {"Mode": "Serial"}
    prepare, predict = model["Containers"]
    assert [prepare["ContainerHostname"], predict["ContainerHostname"]] == ["prepare", "predict"]
    assert prepare["ModelDataUrl"] == "s3://models/prepare.tar.gz"
    assert predict["Environment"] == {"MODE": "fast"}


def test_containers_side_by_side_are_called_by_name(endpoint: Make, parts: dict[str, Model], template: Synth) -> None:
    endpoint(model=Model.side_by_side(parts))
    assert only(template(), "AWS::SageMaker::Model")["InferenceExecutionConfig"] == {"Mode": "Direct"}


def test_the_role_pulls_every_image_and_reads_every_artifact(
    endpoint: Make, parts: dict[str, Model], template: Synth
) -> None:
    endpoint(model=Model.in_sequence(parts))
    statements = only(template(), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    (pulled,) = (item["Resource"] for item in statements if "ecr:BatchGetImage" in item["Action"])
    assert len(pulled) == 2
    read = json.dumps([item["Resource"] for item in statements if item["Action"] == "s3:GetObject"])
    assert "models/prepare.tar.gz" in read
    assert "models/churn/model.tar.gz" in read


def test_the_neuron_runtime_of_every_container_is_told_its_cores(
    endpoint: Make, neuron_model: Model, template: Synth
) -> None:
    model = Model.side_by_side({"a": neuron_model, "b": neuron_model})
    endpoint(model=model, instance_type="ml.inf2.8xlarge", neuron=NeuronFit(parameters=1e9))
    containers = only(template(), "AWS::SageMaker::Model")["Containers"]
    assert [container["Environment"]["NEURON_RT_NUM_CORES"] for container in containers] == ["1", "1"]


@pytest.mark.parametrize("count", [0, 1, 16])
def test_a_number_of_containers_that_sagemaker_does_not_take_is_refused(cpu_model: Model, count: int) -> None:
    model = Model.in_sequence({f"part-{index}": cpu_model for index in range(count)})
    (problem,) = (item for item in model_problems(model) if item.argument == "model.containers")
    assert problem.rule == f"are {count}, and containers that serve together are 2 to 15"


@pytest.mark.parametrize(
    ("name", "nested", "rule"),
    [("a_b", False, "is no name that a container takes"), ("pair", True, "has containers of its own")],
)
def test_a_container_that_is_none_is_refused(
    parts: dict[str, Model], cpu_model: Model, name: str, nested: bool, rule: str
) -> None:
    part = Model.in_sequence(parts) if nested else cpu_model
    model = Model.in_sequence({"first": cpu_model, name: part})
    assert [problem.rule for problem in model_problems(model)] == [rule]


def test_each_image_has_to_run_on_the_instances(endpoint: Make, parts: dict[str, Model], neuron_model: Model) -> None:
    with pytest.raises(ConfigurationError, match=r"but ml\.m7i\.large has no accelerator"):
        endpoint(model=Model.in_sequence({**parts, "neuron": neuron_model}))


def test_many_models_are_not_one_of_several_containers(parts: dict[str, Model], models: s3.IBucket) -> None:
    folder = Model.from_folder(models, "many/", image=images.built_in_algorithm("xgboost"))
    (problem,) = model_problems(Model.in_sequence({**parts, "many": folder}), several=False)
    assert problem.rule == "is a folder of many models"


def test_serverless_endpoints_take_one_container(
    stack: cdk.Stack, workspace: Workspace, parts: dict[str, Model]
) -> None:
    model = Model.in_sequence(parts, network_isolation=False)
    with pytest.raises(ConfigurationError, match="is several containers, which serverless endpoints do not take"):
        ServerlessEndpoint(stack, "Endpoint", workspace=workspace, model=model)


def test_a_transform_job_names_no_container(
    stack: cdk.Stack, workspace: Workspace, models: s3.IBucket, parts: dict[str, Model]
) -> None:
    given = {
        "workspace": workspace,
        "data": Data(models, "records/"),
        "compute": Compute(instance_type="ml.m5.xlarge"),
    }
    assert TransformJob(stack, "Serial", model=Model.in_sequence(parts), **given).cfn_model  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="needs requests that name a container"):
        TransformJob(stack, "Direct", model=Model.side_by_side(parts), **given)  # type: ignore[arg-type]
