"""Experiments on a managed MLflow of a fixed size: a tracking server.

https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-create-tracking-server.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.experiments.mlflow import (
    mlflow_problems,
    mlflow_role,
    open_ui,
    use_artifacts,
)
from cdk_ml.sagemaker.names import own_name
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.deletion import unless_creation_fails

_VERSION = re.compile(r"\d+(\.\d+){1,2}")

OPEN = ("sagemaker:CreatePresignedMlflowTrackingServerUrl",)
READ = (
    "sagemaker-mlflow:GetDownloadURIForModelVersionArtifacts",
    "sagemaker-mlflow:GetExperiment",
    "sagemaker-mlflow:GetExperimentByName",
    "sagemaker-mlflow:GetLatestModelVersions",
    "sagemaker-mlflow:GetLoggedModel",
    "sagemaker-mlflow:GetMetricHistory",
    "sagemaker-mlflow:GetModelVersion",
    "sagemaker-mlflow:GetModelVersionByAlias",
    "sagemaker-mlflow:GetRegisteredModel",
    "sagemaker-mlflow:GetRun",
    "sagemaker-mlflow:GetTraceInfo",
    "sagemaker-mlflow:ListArtifacts",
    "sagemaker-mlflow:ListLoggedModelArtifacts",
    "sagemaker-mlflow:SearchExperiments",
    "sagemaker-mlflow:SearchLoggedModels",
    "sagemaker-mlflow:SearchModelVersions",
    "sagemaker-mlflow:SearchRegisteredModels",
    "sagemaker-mlflow:SearchRuns",
    "sagemaker-mlflow:SearchTraces",
)
LOG = (
    "sagemaker-mlflow:CreateExperiment",
    "sagemaker-mlflow:CreateRun",
    "sagemaker-mlflow:EndTrace",
    "sagemaker-mlflow:FinalizeLoggedModel",
    "sagemaker-mlflow:LogBatch",
    "sagemaker-mlflow:LogInputs",
    "sagemaker-mlflow:LogLoggedModelParams",
    "sagemaker-mlflow:LogMetric",
    "sagemaker-mlflow:LogModel",
    "sagemaker-mlflow:LogOutputs",
    "sagemaker-mlflow:LogParam",
    "sagemaker-mlflow:SetExperimentTag",
    "sagemaker-mlflow:SetLoggedModelTags",
    "sagemaker-mlflow:SetTag",
    "sagemaker-mlflow:SetTraceTag",
    "sagemaker-mlflow:StartTrace",
    "sagemaker-mlflow:UpdateExperiment",
    "sagemaker-mlflow:UpdateRun",
)


class TrackingServerSize(StrEnum):
    """How large the server is, by how many people log to it."""

    SMALL = "Small"
    """Up to 25 people."""

    MEDIUM = "Medium"
    """Up to 50 people."""

    LARGE = "Large"
    """Up to 100 people."""


class MlflowTrackingServer(Construct):
    """A managed MLflow tracking server, with its artifacts in the workspace's bucket.

    Creates the server, and a role that reads and writes its artifacts and nothing else. IAM knows an action for each
    call: :meth:`log_statements` log and read but delete nothing. Where the region has them and that is not needed, use
    :class:`~cdk_ml.sagemaker.MlflowApp`, which has no server that runs by the hour.

    The server stays when its stack goes, unless the workspace deletes data.

    Idle cost: the server, by the hour and by its size, whether it is used or not. The price is unknown here: see
    https://aws.amazon.com/sagemaker/pricing/. ``StopMlflowTrackingServer`` stops the clock.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import MlflowTrackingServer
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> mlflow = MlflowTrackingServer(stack, "Mlflow", workspace=workspace)

    See https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-create-tracking-server.html

    :ivar role: what the server uses its artifacts with.
    :ivar cfn_tracking_server: the server.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        size: TrackingServerSize = TrackingServerSize.SMALL,
        mlflow_version: str | None = None,
        register_models: bool = False,
        maintenance: str | None = None,
        role: iam.IRole | None = None,
        tracking_server_name: str | None = None,
    ) -> None:
        """
        :param workspace: artifact bucket, key, tags and profile.
        :param size: how large it is.
        :param mlflow_version: such as ``3.0``; the newest that SageMaker has when not given. A later change may replace
            the server.
        :param register_models: register what is registered in MLflow in SageMaker's model registry as well.
        :param maintenance: start of the weekly window for updates in UTC, such as ``Tue:03:30``.
        :param role: a role of your own, which is granted nothing.
        :param tracking_server_name: a name of your own.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, or a region without tracking servers.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *mlflow_problems("tracking_server_name", tracking_server_name, maintenance),
                *_version_problems(mlflow_version),
                *region_problems(Stack.of(self).region, "AWS::SageMaker::MlflowTrackingServer"),
            ],
        )
        workspace.adopt(self)
        self._workspace = workspace
        self.tracking_server_name = own_name(self, tracking_server_name, longest=128)
        if role is None:
            role = mlflow_role(self, workspace, self.artifact_prefix, registers=register_models)
        self.role = role
        self.cfn_tracking_server = sagemaker.CfnMlflowTrackingServer(
            self,
            "Resource",
            tracking_server_name=self.tracking_server_name,
            artifact_store_uri=f"s3://{workspace.artifact_bucket.bucket_name}/{self.artifact_prefix}",
            role_arn=self.role.role_arn,
            tracking_server_size=size.value,
            mlflow_version=mlflow_version,
            automatic_model_registration=register_models,
            weekly_maintenance_window_start=maintenance,
        )
        self.cfn_tracking_server.apply_removal_policy(unless_creation_fails(workspace.removal_policy))

    @property
    def tracking_server_arn(self) -> str:
        """ARN of the server, which is MLflow's tracking URI as well."""
        return Stack.of(self).format_arn(
            service="sagemaker",
            resource="mlflow-tracking-server",
            resource_name=self.cfn_tracking_server.ref,
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )

    @property
    def artifact_prefix(self) -> str:
        """Where artifacts are in the artifact bucket."""
        return f"mlflow/{self.tracking_server_name}"

    def read_statements(self) -> list[Statement]:
        """What reads experiments, runs and models needs this."""
        return [Statement(actions=READ, resources=[self.tracking_server_arn])]

    def log_statements(self) -> list[Statement]:
        """What logs runs with MLflow's client needs this. It deletes nothing, and registers no model."""
        calls = Statement(actions=[*READ, *LOG], resources=[self.tracking_server_arn])
        return [calls, *use_artifacts(self._workspace, self.artifact_prefix)]

    def open_statements(self) -> list[Statement]:
        """Who opens the user interface needs this, beside :meth:`read_statements`."""
        return [Statement(actions=OPEN, resources=[self.tracking_server_arn]), open_ui()]

    def grant_log(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` log and read runs, with their artifacts."""
        self._workspace.artifact_bucket.grant_read_write(grantee, f"{self.artifact_prefix}/*")
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=[*READ, *LOG], resource_arns=[self.tracking_server_arn]
        )


def _version_problems(version: str | None) -> Iterator[Problem]:
    if version is not None and not is_token(version) and not (len(version) <= 16 and _VERSION.fullmatch(version)):
        yield Problem("mlflow_version", version, "is not a version", "Write it as 3.0 or 2.16.2")
