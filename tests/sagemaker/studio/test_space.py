"""A space keeps to what its domain allows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.rehearsal import Kind, rehearse
from cdk_ml.sagemaker import StudioApps, StudioSpace, StudioStorage, StudioUserProfile
from tests.conftest import only, resources
from tests.sagemaker.studio.test_domain import assembly

User = Callable[..., StudioUserProfile]
Synth = Callable[[], Template]
SPACE = "AWS::SageMaker::Space"
REPOSITORY = "https://git.example.com/team/churn"


def test_a_space_is_private_and_as_large_as_the_domain_says(user: User, stack: cdk.Stack, template: Synth) -> None:
    StudioSpace(stack, "Space", owner=user(storage=StudioStorage(default_gib=7)), space_name="churn")
    made = template()
    space = only(made, SPACE)
    assert space["SpaceSharingSettings"] == {"SharingType": "Private"}
    assert space["OwnershipSettings"] == {"OwnerUserProfileName": "analyst"}
    assert space["SpaceSettings"] == {
        "AppType": "JupyterLab",
        "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 7}},
    }
    ((_, body),) = resources(made, SPACE).items()
    assert body["DependsOn"] == [*resources(made, "AWS::SageMaker::UserProfile")]


def test_a_space_is_what_it_is_asked_to_be(user: User, stack: cdk.Stack, template: Synth) -> None:
    StudioSpace(
        stack,
        "Space",
        owner=user(),
        space_name="churn",
        shared=True,
        volume_gib=20,
        instance_type="ml.g5.xlarge",
        repositories=[REPOSITORY],
        display_name="Churn",
    )
    space = only(template(), SPACE)
    assert space["SpaceSharingSettings"] == {"SharingType": "Shared"}
    assert space["SpaceDisplayName"] == "Churn"
    assert space["SpaceSettings"]["JupyterLabAppSettings"] == {
        "DefaultResourceSpec": {"InstanceType": "ml.g5.xlarge"},
        "CodeRepositories": [{"RepositoryUrl": REPOSITORY}],
    }


def test_code_editor_has_settings_of_its_own(user: User, stack: cdk.Stack, template: Synth) -> None:
    StudioSpace(stack, "Space", owner=user(), space_name="churn", app="CodeEditor", instance_type="ml.t3.medium")
    settings = only(template(), SPACE)["SpaceSettings"]
    assert settings["CodeEditorAppSettings"] == {"DefaultResourceSpec": {"InstanceType": "ml.t3.medium"}}
    assert "JupyterLabAppSettings" not in settings


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"space_name": "a_b"}, "space_name='a_b' is not a name that SageMaker takes"),
        ({"volume_gib": 4}, "volume_gib=4 is not a size that a volume may have. Use 5 to 16384 GiB."),
        (
            {"volume_gib": 101},
            "volume_gib=101 is more than storage.maximum_gib=100 of Churn/Studio. "
            "Use at most 100, or raise the domain's maximum.",
        ),
        (
            {"instance_type": "ml.m7i.large"},
            "instance_type='ml.m7i.large' is not an instance type of a space in CloudFormation, whose list is shorter "
            "than Studio's",
        ),
        (
            {"instance_type": "ml.g5.xlarge"},
            "instance_type='ml.g5.xlarge' is none of apps.instance_types=['ml.t3.medium'] of Churn/Studio. "
            "Use one of them, or allow it in the domain.",
        ),
        ({"display_name": " "}, "display_name=' ' is not a name that Studio shows"),
        (
            {"repositories": ["git@example.com:a"]},
            "repositories='git@example.com:a' is not the address of a repository",
        ),
        (
            {"repositories": [REPOSITORY], "app": "CodeEditor"},
            f"repositories=['{REPOSITORY}'] are of no use to CodeEditor. Leave them out.",
        ),
        ({"repositories": [REPOSITORY] * 31}, "repositories=31 are more than a space has. Use at most 30."),
    ],
)
def test_what_sagemaker_or_the_domain_would_refuse_is_refused(
    user: User, stack: cdk.Stack, options: dict[str, Any], message: str
) -> None:
    owner = user(apps=StudioApps(instance_types=["ml.t3.medium"]))
    with pytest.raises(ConfigurationError) as error:
        StudioSpace(stack, "Space", **{"owner": owner, "space_name": "churn", **options})
    assert f"Churn/Space: {message}" in str(error.value)


def test_what_is_known_only_at_deployment_passes(user: User, stack: cdk.Stack, template: Synth) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    number = cdk.Token.as_number({"Ref": "Size"})
    options = {"space_name": text, "display_name": text, "instance_type": text, "repositories": [text]}
    StudioSpace(stack, "Space", owner=user(), volume_gib=number, **options)
    assert only(template(), SPACE)["SpaceName"] == {"Ref": "Text"}


def test_another_owner_fails_instead_of_taking_the_volume_away(tmp_path: Path) -> None:
    before, after = assembly(tmp_path / "before"), assembly(tmp_path / "after", user="guest")
    (outcome,) = rehearse(after, before=before).outcomes
    found = {finding.kind for finding in outcome.findings if finding.fails and finding.logical_id.startswith("Space")}
    assert Kind.ALREADY_EXISTS in found
