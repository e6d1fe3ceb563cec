"""A tracking server keeps its artifacts in the workspace, and tells who logs from who deletes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import MlflowTrackingServer, TrackingServerSize
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only, resources

Synth = Callable[[], Template]
SERVER = "AWS::SageMaker::MlflowTrackingServer"


def test_a_small_server_keeps_artifacts_in_the_workspaces_bucket(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    made = MlflowTrackingServer(stack, "Mlflow", workspace=workspace)
    synthesized = template()
    found = only(synthesized, SERVER)
    bucket = workspace.artifact_bucket.bucket_name
    assert found["ArtifactStoreUri"] == stack.resolve(f"s3://{bucket}/mlflow/{made.tracking_server_name}")
    assert (found["TrackingServerSize"], found["AutomaticModelRegistration"]) == ("Small", False)
    assert "MlflowVersion" not in found
    ((_, resource),) = resources(synthesized, SERVER).items()
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"


def test_a_server_of_the_users_own_shape(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/mine")
    MlflowTrackingServer(
        stack,
        "Mlflow",
        workspace=workspace,
        size=TrackingServerSize.LARGE,
        mlflow_version="3.0",
        register_models=True,
        maintenance="Sun:00:00",
        role=role,
        tracking_server_name="churn",
    )
    made = template()
    made.resource_count_is("AWS::IAM::Role", 0)
    found = only(made, SERVER)
    assert (found["TrackingServerSize"], found["MlflowVersion"]) == ("Large", "3.0")
    assert (found["AutomaticModelRegistration"], found["RoleArn"]) == (True, role.role_arn)
    assert (found["TrackingServerName"], found["WeeklyMaintenanceWindowStart"]) == ("churn", "Sun:00:00")


def test_who_logs_deletes_nothing_and_names_every_action(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    user = iam.Role(stack, "User", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    made = MlflowTrackingServer(stack, "Mlflow", workspace=workspace)
    made.grant_log(user)
    granted = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    arn = stack.resolve(made.tracking_server_arn)
    (actions,) = [found["Action"] for found in granted if found["Resource"] == arn]
    assert "sagemaker-mlflow:CreateRun" in actions
    assert not [action for action in actions if "Delete" in action or "*" in action]
    assert arn["Fn::Join"][1][-2].endswith(":mlflow-tracking-server/")


def test_who_reads_logs_nothing_and_opens_this_server(stack: cdk.Stack, workspace: Workspace) -> None:
    made = MlflowTrackingServer(stack, "Mlflow", workspace=workspace)
    (reads,) = made.read_statements()
    verbs = {action.split(":")[1][:3] for action in reads.actions}
    assert verbs == {"Get", "Lis", "Sea"}
    opens, ui = made.open_statements()
    assert opens.resources == [made.tracking_server_arn]
    assert ui.actions == ["sagemaker-mlflow:AccessUI"]
    assert made.log_statements()[0].resources == [made.tracking_server_arn]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"tracking_server_name": "a_b"},
            "tracking_server_name='a_b' is not a name that SageMaker takes. "
            "Use at most 256 letters, digits and hyphens, starting and ending with a letter or digit.",
        ),
        ({"mlflow_version": "v3"}, "mlflow_version='v3' is not a version. Write it as 3.0 or 2.16.2."),
        (
            {"maintenance": "Tue:24:00"},
            "maintenance='Tue:24:00' is not a start of a weekly window. Write day and time in UTC, such as Tue:03:30.",
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused_with_the_fix(
    stack: cdk.Stack, workspace: Workspace, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        MlflowTrackingServer(stack, "Mlflow", workspace=workspace, **options)
    assert str(error.value) == f"Churn/Mlflow: {message}"


def test_a_region_without_servers_is_refused(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Far", env=cdk.Environment(region="us-gov-west-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError, match="region='us-gov-west-1' has no AWS::SageMaker::MlflowTrackingServer"):
        MlflowTrackingServer(stack, "Mlflow", workspace=workspace)


def test_what_is_known_only_at_deployment_passes(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    version = cdk.CfnParameter(stack, "Version")
    MlflowTrackingServer(stack, "Mlflow", workspace=workspace, mlflow_version=version.value_as_string)
    assert only(template(), SERVER)["MlflowVersion"] == {"Ref": "Version"}
