"""What an MLflow App and a tracking server have in common: an artifact store, a role that uses it, and its checks.

https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.names import name_problems
from cdk_ml.tokens import is_token
from cdk_ml.workspace import ANYTHING, Statement, Workspace
from cdk_ml.workspace.statements import use_key

_LONGEST_NAME = 256
_WINDOW = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01]\d|2[0-3]):([0-5]\d)")
REGISTER = (
    "sagemaker:AddTags",
    "sagemaker:CreateModelPackage",
    "sagemaker:CreateModelPackageGroup",
    "sagemaker:DescribeModelPackageGroup",
    "sagemaker:UpdateModelPackage",
)


def mlflow_problems(argument: str, name: str | None, maintenance: str | None) -> Iterator[Problem]:
    """What SageMaker would refuse.

    :param argument: what the name is called.
    """
    yield from name_problems(argument, name, _LONGEST_NAME)
    if maintenance is not None and not is_token(maintenance) and not _WINDOW.fullmatch(maintenance):
        fix = "Write day and time in UTC, such as Tue:03:30"
        yield Problem("maintenance", maintenance, "is not a start of a weekly window", fix)


def use_artifacts(workspace: Workspace, prefix: str) -> list[Statement]:
    """Write and read artifacts. MLflow's client does it itself, so whoever logs a run needs this as well."""
    bucket_arn = workspace.artifact_bucket.bucket_arn
    return [
        Statement(
            actions=["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            resources=[f"{bucket_arn}/{prefix}/*"],
            wildcard="MLflow names artifacts by experiment and run; the prefix they are under is named. "
            "https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-app-setup-prerequisites-iam.html",
        ),
        Statement(
            actions=["s3:ListBucket"],
            resources=[bucket_arn],
            conditions={"StringLike": {"s3:prefix": [prefix, f"{prefix}/*"]}},
        ),
        *use_key(workspace.key.key_arn),
    ]


def mlflow_role(scope: Construct, workspace: Workspace, prefix: str, *, registers: bool) -> iam.Role:
    """The role that MLflow uses its artifact store with.

    :param registers: models that MLflow registers are registered in SageMaker's model registry as well.
    """
    return workspace.role(
        scope,
        "Role",
        service="sagemaker.amazonaws.com",
        statements=[*use_artifacts(workspace, prefix), *(_register_models() if registers else ())],
    )


def _register_models() -> list[Statement]:
    registry = f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    return [
        Statement(
            actions=REGISTER,
            resources=[f"{registry}:model-package/*", f"{registry}:model-package-group/*"],
            wildcard="Whoever registers a model in MLflow names it, and its group of versions is named after it. "
            "https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-track-experiments-model-registration.html",
        )
    ]


def open_ui() -> Statement:
    """Open the user interface."""
    return Statement(
        actions=["sagemaker-mlflow:AccessUI"],
        resources=ANYTHING,
        wildcard="sagemaker-mlflow:AccessUI takes no resource; the address that it needs is of one server. "
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemakerwithmlflow.html",
    )
