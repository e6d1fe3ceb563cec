"""A version in the registry says what an endpoint needs to know, and stays when there is a next one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.rehearsal import Effect, classify
from cdk_ml.sagemaker import ApprovalStatus, CardContent, Model, ModelPackage, ModelPackageGroup, ModelSupport
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources

Make = Callable[..., ModelPackage]
Synth = Callable[[], Template]
PACKAGE = "AWS::SageMaker::ModelPackage"


@pytest.fixture
def package(stack: cdk.Stack, workspace: Workspace, model: Model) -> Make:
    """Makes a version, of defaults but for what the test says."""

    def make(**options: Any) -> ModelPackage:
        group = ModelPackageGroup(stack, "Models", workspace=workspace)
        return ModelPackage(stack, "First", **{"workspace": workspace, "group": group, "model": model, **options})

    return make


def test_a_version_waits_for_approval_under_the_key_and_stays(
    package: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    package()
    made = template()
    ((_, found),) = resources(made, PACKAGE).items()
    properties = found["Properties"]
    (group,) = resources(made, "AWS::SageMaker::ModelPackageGroup")
    assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert properties["ModelApprovalStatus"] == "PendingManualApproval"
    assert properties["SecurityConfig"] == {"KmsKeyId": stack.resolve(workspace.key.key_arn)}
    assert group in json.dumps(properties["ModelPackageGroupName"])
    for absent in ("ModelPackageName", "ModelMetrics", "ModelCard", "ModelPackageDescription"):
        assert absent not in properties


def test_it_says_image_artifact_and_what_it_supports(package: Make, model: Model, template: Synth) -> None:
    supports = ModelSupport(content_types=["text/csv"], real_time=["ml.m7i.large"], transform=["ml.m5.xlarge"])
    package(model=replace(model, environment={"MODE": "fast"}), supports=supports)
    found = only(template(), PACKAGE)["InferenceSpecification"]
    (container,) = found["Containers"]
    assert container["Environment"] == {"MODE": "fast"}
    assert container["ModelDataUrl"]["Fn::Join"][1][-1] == "/churn/model.tar.gz"
    assert "pytorch-inference" in json.dumps(container["Image"])
    assert found["SupportedContentTypes"] == ["text/csv"]
    assert found["SupportedResponseMIMETypes"] == ["application/json"]
    assert found["SupportedRealtimeInferenceInstanceTypes"] == ["ml.m7i.large"]
    assert found["SupportedTransformInstanceTypes"] == ["ml.m5.xlarge"]


def test_an_unpacked_artifact_is_a_prefix(package: Make, workspace: Workspace, model: Model, template: Synth) -> None:
    package(model=Model.from_artifact(workspace.artifact_bucket, "churn/unpacked/", image=model.image))
    (container,) = only(template(), PACKAGE)["InferenceSpecification"]["Containers"]
    assert container["ModelDataSource"]["S3DataSource"]["S3DataType"] == "S3Prefix"
    assert "ModelDataUrl" not in container


def test_quality_and_card_go_with_it(package: Make, card: CardContent, template: Synth) -> None:
    package(
        approval=ApprovalStatus.APPROVED, statistics_uri="s3://models/q.json", card=card, description="More features"
    )
    found = only(template(), PACKAGE)
    assert found["ModelApprovalStatus"] == "Approved"
    assert found["ModelMetrics"]["ModelQuality"]["Statistics"] == {
        "ContentType": "application/json",
        "S3Uri": "s3://models/q.json",
    }
    assert found["ModelCard"] == {"ModelCardContent": card.package_json(), "ModelCardStatus": "Draft"}
    assert found["ModelPackageDescription"] == "More features"


def test_an_approval_changes_in_place_and_another_model_makes_another_version() -> None:
    old = {"ModelPackageGroupName": "churn", "ModelApprovalStatus": "PendingManualApproval"}
    assert classify(PACKAGE, old, {**old, "ModelApprovalStatus": "Approved"}, "us-east-1") is Effect.IN_PLACE
    spec = {"InferenceSpecification": {"Containers": [{"Image": "b"}]}}
    assert classify(PACKAGE, old, {**old, **spec}, "us-east-1") is Effect.REPLACEMENT


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"supports": ModelSupport(content_types=())},
            "supports.content_types=() says nothing. Name a MIME type, such as application/json.",
        ),
        (
            {"supports": ModelSupport(response_types=["json"])},
            "supports.response_types='json' is not a MIME type. Write it as application/json.",
        ),
        (
            {"supports": ModelSupport(transform=["m5.large"])},
            "supports.transform='m5.large' is not an instance type. Write it as ml.m7i.large.",
        ),
        (
            {"statistics_uri": "q.json"},
            "statistics_uri='q.json' is not an address in S3. Write it as s3://bucket/churn/statistics.json.",
        ),
        (
            {"description": "a\tb"},
            "description='a\\tb' has a line break or another control character. Write one line.",
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused_with_the_fix(
    package: Make, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        package(**options)
    assert f"Churn/First: {message}" in str(error.value).splitlines()


@pytest.mark.parametrize("several", [False, True])
def test_an_environment_that_the_registry_does_not_take_is_refused(package: Make, model: Model, several: bool) -> None:
    wrong = replace(model, environment={**{f"V{number}": "1" for number in range(16)}, "a b": "x" * 1025})
    with pytest.raises(ConfigurationError) as error:
        package(model=Model.in_sequence({"first": model, "second": wrong}) if several else wrong)
    assert [problem.rule for problem in error.value.problems] == [
        "has 17 variables, but a version in the registry has at most 16",
        "is not a name of a variable",
        "of a b has 1025 characters, but SageMaker takes 1024",
    ]


def test_an_image_that_does_not_run_on_what_it_supports_is_refused(package: Make, workspace: Workspace) -> None:
    image = images.neuron_inference("pytorch", "2.8")
    model = Model.from_artifact(workspace.artifact_bucket, "churn/model.tar.gz", image=image)
    with pytest.raises(ConfigurationError, match="is built for neuronx hosts, but"):
        package(model=model, supports=ModelSupport(real_time=["ml.m7i.large"]))


def test_an_image_that_the_region_does_not_have_is_refused(app: cdk.App, workspace: Workspace) -> None:
    far = cdk.Stack(app, "Far", env=cdk.Environment(region="ap-southeast-7"))
    model = Model.from_image(images.built_in_algorithm("sklearn"))
    group = ModelPackageGroup(workspace, "Models", workspace=workspace)
    with pytest.raises(ConfigurationError, match=r"model\.image='sagemaker-.* is not published in ap-southeast-7"):
        ModelPackage(far, "First", workspace=workspace, group=group, model=model)


def test_a_region_without_registry_is_refused(app: cdk.App, workspace: Workspace, model: Model) -> None:
    far = cdk.Stack(app, "Far", env=cdk.Environment(region="ap-southeast-4"))
    group = ModelPackageGroup(workspace, "Models", workspace=workspace)
    with pytest.raises(ConfigurationError, match="region='ap-southeast-4' has no AWS::SageMaker::ModelPackage"):
        ModelPackage(far, "First", workspace=workspace, group=group, model=model)


def test_what_is_known_only_at_deployment_passes(package: Make, stack: cdk.Stack, template: Synth) -> None:
    type_, uri = cdk.CfnParameter(stack, "Type"), cdk.CfnParameter(stack, "Uri")
    package(supports=ModelSupport(real_time=[type_.value_as_string]), statistics_uri=uri.value_as_string)
    found = only(template(), PACKAGE)
    assert found["InferenceSpecification"]["SupportedRealtimeInferenceInstanceTypes"] == [{"Ref": "Type"}]
