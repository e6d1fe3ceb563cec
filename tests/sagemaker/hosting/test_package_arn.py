"""Models of others: packages that are cut off from the network, and JumpStart's, with their licence accepted."""

from __future__ import annotations

import json
from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.sagemaker import Canary, Model, RealTimeEndpoint, Scaling, ServerlessEndpoint
from cdk_ml.sagemaker.hosting.model import model_problems
from cdk_ml.sagemaker.hosting.package_arn import PackageArn, package_problems
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only

Make = Callable[..., RealTimeEndpoint]
Synth = Callable[[], Template]


def product(region: str) -> str:
    return f"arn:aws:sagemaker:{region}:123456789012:model-package/ocr-v2"


GPU = images.deep_learning_container(purpose="inference", framework="djl-lmi", version="29.0.0", accelerator="gpu")
GATED = {"image": GPU, "gated": True}


def test_a_package_brings_everything_and_is_cut_off_from_the_network(endpoint: Make, template: Synth) -> None:
    endpoint(model=Model.from_model_package(product("eu-west-1")))
    made = template()
    model = only(made, "AWS::SageMaker::Model")
    assert model["PrimaryContainer"] == {"ModelPackageName": product("eu-west-1")}
    assert model["EnableNetworkIsolation"] is True
    assert "ecr:BatchGetImage" not in json.dumps(only(made, "AWS::IAM::ManagedPolicy"))


def test_a_product_has_another_arn_in_each_region(endpoint: Make, template: Synth) -> None:
    endpoint(model=Model.from_model_package({region: product(region) for region in ("us-east-1", "eu-west-1")}))
    made = template().to_json()
    (mapping,) = made["Mappings"].values()
    assert mapping["eu-west-1"] == {"arn": product("eu-west-1")}


def test_in_a_known_region_the_arn_is_written_out() -> None:
    stack = cdk.Stack(cdk.App(context=FLAGS), "Known", env=cdk.Environment(region="eu-west-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    arns = {region: product(region) for region in ("us-east-1", "eu-west-1")}
    RealTimeEndpoint(
        stack,
        "Endpoint",
        workspace=workspace,
        model=Model.from_model_package(arns, environment={"LANGUAGE": "de"}),
        instance_type="ml.m5.large",
    )
    container = only(Template.from_stack(stack), "AWS::SageMaker::Model")["PrimaryContainer"]
    assert container == {"ModelPackageName": product("eu-west-1"), "Environment": {"LANGUAGE": "de"}}


def test_packages_are_updated_all_at_once_because_sagemaker_does_so_anyway(endpoint: Make, template: Synth) -> None:
    scaling = Scaling(minimum=2, maximum=4, invocations_per_instance=10)
    endpoint(model=Model.from_model_package(product("eu-west-1")), scaling=scaling)
    config = only(template(), "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    assert config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE"


def test_a_canary_of_a_package_is_refused(endpoint: Make) -> None:
    with pytest.raises(ConfigurationError, match="is an update that SageMaker does not make of model packages"):
        endpoint(model=Model.from_model_package(product("eu-west-1")), update=Canary())


def test_a_package_that_could_reach_a_network_is_refused() -> None:
    (problem,) = model_problems(Model.from_model_package(product("eu-west-1"), network_isolation=False))
    assert problem.rule == "would let code that somebody else has packed reach a network"


def test_serverless_endpoints_take_no_package(stack: cdk.Stack, workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match="is a model package, which serverless endpoints do not take"):
        ServerlessEndpoint(stack, "Endpoint", workspace=workspace, model=Model.from_model_package(product("eu-west-1")))


@pytest.mark.parametrize(
    ("package", "region", "rule"),
    [
        (PackageArn("ocr"), "eu-west-1", "is no ARN of a model package"),
        (PackageArn(product("us-east-1")), "eu-west-1", "is in us-east-1, but the stack is in eu-west-1"),
        (PackageArn({"eu-west-1": product("us-east-1")}), "eu-west-1", "is not in eu-west-1"),
        (
            PackageArn({"us-east-1": product("us-east-1")}),
            "eu-west-1",
            "has nothing for the region of the stack",
        ),
        (PackageArn({}), cdk.Aws.REGION, "has nothing for the region of the stack"),
    ],
)
def test_packages_that_the_region_lacks_are_refused(package: PackageArn, region: str, rule: str) -> None:
    assert [problem.rule for problem in package_problems(package, region)] == [rule]


def test_what_is_known_only_at_deployment_passes() -> None:
    token = cdk.Token.as_string({"Ref": "Package"})
    assert [*package_problems(PackageArn(token), "eu-west-1")] == []
    assert [*package_problems(PackageArn(product("eu-west-1")), cdk.Aws.REGION)] == []


def test_a_gated_model_is_loaded_once_its_licence_is_accepted(endpoint: Make, template: Synth) -> None:
    endpoint(
        model=Model.from_jumpstart("meta/llama/", accept_eula=True, **GATED),  # type: ignore[arg-type]
        instance_type="ml.g5.12xlarge",
    )
    source = only(template(), "AWS::SageMaker::Model")["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
    assert source["ModelAccessConfig"] == {"AcceptEula": True}
    assert source["CompressionType"] == "None"
    assert source["S3Uri"]["Fn::Join"][1][0] == "s3://jumpstart-private-cache-prod-"


def test_a_model_without_a_licence_comes_from_the_open_bucket(endpoint: Make, template: Synth) -> None:
    model = Model.from_jumpstart("xgboost/model.tar.gz", image=images.built_in_algorithm("xgboost"))
    endpoint(model=model)
    made = template()
    source = only(made, "AWS::SageMaker::Model")["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
    assert source["S3Uri"]["Fn::Join"][1][0] == "s3://jumpstart-cache-prod-"
    assert (source["S3DataType"], source["CompressionType"]) == ("S3Object", "Gzip")
    assert "ModelAccessConfig" not in source
    assert "jumpstart-cache-prod-" in json.dumps(only(made, "AWS::IAM::ManagedPolicy"))


def test_a_private_hub_lets_its_deployments_in(endpoint: Make, template: Synth) -> None:
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:hub-content/models/ModelReference/xgboost/1.0.0"
    model = Model.from_jumpstart(
        "xgboost/model.tar.gz", image=images.built_in_algorithm("xgboost"), hub_content_arn=arn
    )
    endpoint(model=model)
    source = only(template(), "AWS::SageMaker::Model")["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
    assert source["HubAccessConfig"] == {"HubContentArn": arn}


def test_a_gated_model_whose_licence_nobody_accepted_is_refused() -> None:
    (problem,) = model_problems(Model.from_jumpstart("meta/llama/", **GATED))  # type: ignore[arg-type]
    assert str(problem) == (
        "model.artifact.accept_eula=False leaves the licence of a gated model unaccepted, and SageMaker does not load "
        "it. Read the licence, and say accept_eula=True if its terms are acceptable for your use."
    )
