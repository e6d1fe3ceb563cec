"""An MLflow App keeps its artifacts in the workspace, under a role that can do nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import MlflowApp
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only, resources

Synth = Callable[[], Template]
APP = "AWS::SageMaker::MlflowApp"


def test_artifacts_are_in_the_workspaces_bucket_under_the_apps_name(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    made = MlflowApp(stack, "Mlflow", workspace=workspace)
    found = only(template(), APP)
    bucket = workspace.artifact_bucket.bucket_name
    assert found["ArtifactStoreUri"] == stack.resolve(f"s3://{bucket}/mlflow/{made.name}")
    assert found["Name"] == made.name
    assert found["ModelRegistrationMode"] == "AutoModelRegistrationDisabled"
    assert "WeeklyMaintenanceWindowStart" not in found


def test_the_role_uses_artifacts_and_registers_nothing_unless_asked(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    made = MlflowApp(stack, "Mlflow", workspace=workspace)
    policy = only(template(), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    actions = {action for found in policy for action in (found["Action"] if isinstance(found["Action"], list) else [])}
    assert actions == {
        "s3:AbortMultipartUpload",
        "s3:GetObject",
        "s3:PutObject",
        "kms:Decrypt",
        "kms:GenerateDataKey",
    }
    (listing,) = [found for found in policy if found["Action"] == "s3:ListBucket"]
    prefix = f"mlflow/{made.name}"
    assert listing["Condition"] == {"StringLike": {"s3:prefix": [prefix, f"{prefix}/*"]}}


def test_models_of_mlflow_are_registered_when_asked(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    MlflowApp(stack, "Mlflow", workspace=workspace, register_models=True, maintenance="Tue:03:30")
    made = template()
    found = only(made, APP)
    assert found["ModelRegistrationMode"] == "AutoModelRegistrationEnabled"
    assert found["WeeklyMaintenanceWindowStart"] == "Tue:03:30"
    assert "sagemaker:CreateModelPackage" in json.dumps(only(made, "AWS::IAM::ManagedPolicy"))


def test_experiments_stay_when_the_stack_goes(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    MlflowApp(stack, "Mlflow", workspace=workspace)
    ((_, found),) = resources(template(), APP).items()
    assert found["DeletionPolicy"] == "RetainExceptOnCreate"


def test_a_role_and_a_name_of_the_users_own_are_used(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/mine")
    MlflowApp(stack, "Mlflow", workspace=workspace, role=role, name="churn")
    made = template()
    made.resource_count_is("AWS::IAM::Role", 0)
    assert (only(made, APP)["RoleArn"], only(made, APP)["Name"]) == (role.role_arn, "churn")


def test_users_call_this_app_with_its_artifacts_and_open_it(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    user = iam.Role(stack, "User", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    made = MlflowApp(stack, "Mlflow", workspace=workspace)
    made.grant_use(user)
    made.grant_open(user)
    granted = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    arn = stack.resolve(made.app_arn)
    (actions,) = [found["Action"] for found in granted if found["Resource"] == arn]
    assert actions == [
        "sagemaker:CallMlflowAppApi",
        "sagemaker:CreatePresignedMlflowAppUrl",
        "sagemaker:DescribeMlflowApp",
    ]
    assert made.use_statements()[0].resources == [made.app_arn]
    assert made.open_statements()[0].actions == ("sagemaker:CreatePresignedMlflowAppUrl",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"name": "-a"},
            "name='-a' is not a name that SageMaker takes. "
            "Use at most 256 letters, digits and hyphens, starting and ending with a letter or digit.",
        ),
        (
            {"maintenance": "TUE:03:30"},
            "maintenance='TUE:03:30' is not a start of a weekly window. Write day and time in UTC, such as Tue:03:30.",
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused_with_the_fix(
    stack: cdk.Stack, workspace: Workspace, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        MlflowApp(stack, "Mlflow", workspace=workspace, **options)
    assert str(error.value) == f"Churn/Mlflow: {message}"


def test_a_region_without_apps_is_refused_with_what_works_there(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Far", env=cdk.Environment(region="eu-south-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError, match="Use an MlflowTrackingServer there"):
        MlflowApp(stack, "Mlflow", workspace=workspace)


def test_what_is_known_only_at_deployment_passes(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    name, window = cdk.CfnParameter(stack, "Name"), cdk.CfnParameter(stack, "Window")
    MlflowApp(stack, "Mlflow", workspace=workspace, name=name.value_as_string, maintenance=window.value_as_string)
    assert only(template(), APP)["WeeklyMaintenanceWindowStart"] == {"Ref": "Window"}
