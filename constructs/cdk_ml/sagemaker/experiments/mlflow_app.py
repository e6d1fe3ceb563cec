"""Experiments on a managed MLflow without a server of a fixed size: an MLflow App.

https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow.html
"""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.experiments.mlflow import mlflow_problems, mlflow_role, use_artifacts
from cdk_ml.sagemaker.names import own_name
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.deletion import unless_creation_fails

CALL = ("sagemaker:CallMlflowAppApi", "sagemaker:DescribeMlflowApp")
OPEN = ("sagemaker:CreatePresignedMlflowAppUrl",)


class MlflowApp(Construct):
    """A managed MLflow for experiments, runs and traces, with its artifacts in the workspace's bucket.

    Creates the app, and a role that reads and writes its artifacts and nothing else. It is what SageMaker Experiments
    became; where a region has no apps, use :class:`~cdk_ml.sagemaker.MlflowTrackingServer`.

    MLflow's client gets the ARN as its tracking URI. IAM knows one action for the whole API of an app: who may log a
    run may also delete one. The artifacts are under the workspace's key; CloudFormation has no key for what the app
    keeps itself. Name and role cannot change: CloudFormation would make a new, empty app.

    The app stays when its stack goes, unless the workspace deletes data.

    Idle cost: the objects in S3. What AWS charges for an app is not among our facts.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import MlflowApp
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> mlflow = MlflowApp(stack, "Mlflow", workspace=workspace, maintenance="Sun:03:00")

    See https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-app-setup.html

    :ivar role: what the app uses its artifacts with.
    :ivar cfn_app: the app.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        register_models: bool = False,
        maintenance: str | None = None,
        role: iam.IRole | None = None,
        name: str | None = None,
    ) -> None:
        """
        :param workspace: artifact bucket, key, tags and profile.
        :param register_models: register what is registered in MLflow in SageMaker's model registry as well.
        :param maintenance: start of the weekly window for updates in UTC, such as ``Tue:03:30``.
        :param role: a role of your own, which is granted nothing.
        :param name: a name of your own.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, or a region without MLflow Apps.
        """
        super().__init__(scope, id)
        instead = "Use an MlflowTrackingServer there, or another region"
        reject(
            self,
            [
                *mlflow_problems("name", name, maintenance),
                *region_problems(Stack.of(self).region, "AWS::SageMaker::MlflowApp", instead=instead),
            ],
        )
        workspace.adopt(self)
        self._workspace = workspace
        self.name = own_name(self, name, longest=128)
        if role is None:
            role = mlflow_role(self, workspace, self.artifact_prefix, registers=register_models)
        self.role = role
        self.cfn_app = sagemaker.CfnMlflowApp(
            self,
            "Resource",
            name=self.name,
            artifact_store_uri=f"s3://{workspace.artifact_bucket.bucket_name}/{self.artifact_prefix}",
            role_arn=self.role.role_arn,
            model_registration_mode=f"AutoModelRegistration{'Enabled' if register_models else 'Disabled'}",
            weekly_maintenance_window_start=maintenance,
        )
        self.cfn_app.apply_removal_policy(unless_creation_fails(workspace.removal_policy))

    @property
    def app_arn(self) -> str:
        """ARN of the app, which is MLflow's tracking URI as well."""
        return self.cfn_app.attr_arn

    @property
    def artifact_prefix(self) -> str:
        """Where artifacts are in the artifact bucket."""
        return f"mlflow/{self.name}"

    def use_statements(self) -> list[Statement]:
        """What logs and reads runs with MLflow's client needs this."""
        calls = Statement(actions=CALL, resources=[self.app_arn])
        return [calls, *use_artifacts(self._workspace, self.artifact_prefix)]

    def open_statements(self) -> list[Statement]:
        """Who opens the user interface needs this: it makes an address that is valid for five minutes."""
        return [Statement(actions=OPEN, resources=[self.app_arn])]

    def grant_use(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` log and read runs, with their artifacts."""
        self._workspace.artifact_bucket.grant_read_write(grantee, f"{self.artifact_prefix}/*")
        return iam.Grant.add_to_principal(grantee=grantee, actions=[*CALL], resource_arns=[self.app_arn])

    def grant_open(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` open the user interface."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=[*OPEN], resource_arns=[self.app_arn])
