"""An image of one's own is a version of what is in ECR, and pulled by a role for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import Container, EcrImage, StudioImage
from cdk_ml.workspace import Workspace
from tests.conftest import only

Make = Callable[..., StudioImage]
Synth = Callable[[], Template]


@pytest.fixture
def image(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes an image, of defaults but for what the test says."""
    repository = ecr.Repository.from_repository_name(stack, "Repository", "studio")
    given = {"workspace": workspace, "image": EcrImage(repository, "1.2")}
    return lambda **options: StudioImage(stack, "Geo", **{**given, **options})


def test_a_version_is_what_the_tag_means(image: Make, stack: cdk.Stack, template: Synth) -> None:
    made = image(display_name="Geo")
    version = only(template(), "AWS::SageMaker::ImageVersion")
    assert version["BaseImage"]["Fn::Join"][1][-1].endswith("/studio:1.2")
    assert version["ImageName"] == only(template(), "AWS::SageMaker::Image")["ImageName"]
    assert stack.resolve(made.choice())["imageVersionNumber"] == {
        "Fn::GetAtt": [stack.get_logical_id(made.cfn_version), "Version"]
    }


def test_only_that_repository_is_pulled_from(image: Make, template: Synth) -> None:
    image()
    first, second = only(template(), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert first["Resource"]["Fn::Join"][1][-1].endswith("repository/studio")
    assert second["Action"] == "ecr:GetAuthorizationToken"


@pytest.mark.parametrize(
    ("for_", "config"), [("JupyterLab", "JupyterLabAppImageConfig"), ("CodeEditor", "CodeEditorAppImageConfig")]
)
def test_the_app_it_is_for_starts_it_as_asked(image: Make, template: Synth, for_: str, config: str) -> None:
    image(app=for_, container=Container(entrypoint="/start", arguments=["--lab"], environment={"A": "b"}))
    made = only(template(), "AWS::SageMaker::AppImageConfig")
    assert made[config]["ContainerConfig"] == {
        "ContainerEntrypoint": ["/start"],
        "ContainerArguments": ["--lab"],
        "ContainerEnvironmentVariables": [{"Key": "CDK_ML", "Value": "studio-image"}, {"Key": "A", "Value": "b"}],
    }
    assert len([name for name in made if name.endswith("ImageConfig")]) == 1


def test_a_role_of_the_users_own_pulls_it(image: Make, stack: cdk.Stack, template: Synth) -> None:
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/mine")
    image(role=role)
    made = template()
    made.resource_count_is("AWS::IAM::Role", 0)
    assert only(made, "AWS::SageMaker::Image")["ImageRoleArn"] == role.role_arn


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"display_name": "Géo"}, "display_name='Géo' is not a name that SageMaker shows"),
        ({"display_name": ""}, "display_name='' is not a name that SageMaker shows"),
        ({"container": Container(entrypoint=" ")}, "container.entrypoint=' ' is empty or too long"),
        ({"container": Container(arguments=["x" * 65])}, "Use 1 to 64 characters on one line."),
        ({"container": Container(arguments=["x"] * 51)}, "container.arguments=51 are more than a container takes"),
        (
            {"container": Container(environment={f"A{number}": "b" for number in range(25)})},
            "container.environment=25 are more variables than a container takes",
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(image: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        image(**options)
    assert message in str(error.value)


def test_what_is_known_only_at_deployment_passes(image: Make, stack: cdk.Stack, template: Synth) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    image(display_name=text, container=Container(entrypoint=text, arguments=[text]))
    assert only(template(), "AWS::SageMaker::Image")["ImageDisplayName"] == {"Ref": "Text"}
