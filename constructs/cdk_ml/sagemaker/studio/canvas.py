"""SageMaker Canvas with Data Wrangler: preparing data and making models without code, in a Studio domain.

CloudFormation has no property for Canvas, so that a custom resource tells SageMaker after the domain is made.
https://docs.aws.amazon.com/sagemaker/latest/dg/canvas-setting-up.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Aws
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token
from cdk_ml.workflow import AsyncProvider
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import Statement, Workspace

_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html"
_RUN = (
    "sagemaker:CreateAutoMLJobV2",
    "sagemaker:DescribeAutoMLJobV2",
    "sagemaker:StopAutoMLJob",
)
_PREPARE = (
    "sagemaker:CreateProcessingJob",
    "sagemaker:DescribeProcessingJob",
    "sagemaker:StopProcessingJob",
)
_MODEL = ("sagemaker:CreateModel", "sagemaker:DeleteModel", "sagemaker:DescribeModel")
_PREDICT = (
    "sagemaker:CreateTransformJob",
    "sagemaker:DescribeTransformJob",
    "sagemaker:StopTransformJob",
)
_REGISTER = (
    "sagemaker:CreateModelPackage",
    "sagemaker:CreateModelPackageGroup",
    "sagemaker:DescribeModelPackage",
    "sagemaker:DescribeModelPackageGroup",
)
_DEPLOY = (
    "sagemaker:CreateEndpoint",
    "sagemaker:CreateEndpointConfig",
    "sagemaker:DeleteEndpoint",
    "sagemaker:DeleteEndpointConfig",
    "sagemaker:DescribeEndpoint",
    "sagemaker:DescribeEndpointConfig",
    "sagemaker:InvokeEndpoint",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """Lets users of a domain prepare data with Data Wrangler and make models in Canvas.

    What Canvas makes is in the workspace's data bucket under the workspace's key. Amazon Forecast, which took no new
    customers any more, is off; Canvas makes its own forecasts.

    Idle cost: the alarm of what tells SageMaker, 0.20 USD a month. A user's session costs by the hour until it is left.

    :param prefix: where in the data bucket it is, such as ``canvas``.
    :param register_models: users may register models in the model registry.
    :param deploy_models: users may deploy models to endpoints, which cost until somebody deletes them.
    """

    prefix: str = "canvas"
    register_models: bool = True
    deploy_models: bool = False


class CanvasSettings(Construct):
    """What a domain is told about Canvas. Made by :class:`~cdk_ml.sagemaker.StudioDomain`."""

    def __init__(
        self, scope: Construct, id: str, *, workspace: Workspace, domain: sagemaker.CfnDomain, canvas: Canvas
    ) -> None:
        """
        :param domain: the domain, in this stack.
        :param canvas: what it is told.
        """
        super().__init__(scope, id)
        provider = AsyncProvider(
            self,
            "Provider",
            workspace=workspace,
            code=runtime_code("studio_canvas"),
            statements=[
                Statement(
                    actions=["sagemaker:DescribeDomain", "sagemaker:UpdateDomain"], resources=[domain.attr_domain_arn]
                )
            ],
        )
        provider.resource(
            self,
            "Settings",
            type="Custom::StudioCanvas",
            properties={
                "DomainId": domain.attr_domain_id,
                "S3ArtifactPath": f"s3://{workspace.data_bucket.bucket_name}/{canvas.prefix}",
                "S3KmsKeyId": workspace.key.key_arn,
                "ModelRegister": _status(canvas.register_models),
                "DirectDeploy": _status(canvas.deploy_models),
            },
        )


def canvas_problems(canvas: Canvas | None) -> Iterator[Problem]:
    """What S3 or Canvas would not take."""
    if canvas is None or is_token(canvas.prefix):
        return
    if (
        not canvas.prefix
        or canvas.prefix != canvas.prefix.strip("/ ")
        or "//" in canvas.prefix
        or len(canvas.prefix) > 512
    ):
        fix = "Write it without a slash at either end, such as canvas"
        yield Problem("canvas.prefix", canvas.prefix, "is no prefix", fix)


def canvas_statements(workspace: Workspace, canvas: Canvas | None) -> Iterator[Statement]:
    """What users need for Canvas, besides what data scientists may do anyway."""
    if canvas is None:
        return
    jobs = "Canvas names what it runs after itself. " + _ACTIONS
    for actions, kinds in ((_RUN, ["automl-job"]), (_PREPARE, ["processing-job"]), (_PREDICT, ["transform-job"])):
        yield _on_canvas(actions, kinds, jobs)
    yield _on_canvas(_MODEL, ["model"], jobs)
    if canvas.register_models:
        yield _on_canvas(_REGISTER, ["model-package", "model-package-group"], jobs)
    if canvas.deploy_models:
        yield _on_canvas(_DEPLOY, ["endpoint", "endpoint-config"], jobs)
    # Canvas belongs to a user, not to a space.
    own = "${sagemaker:DomainId}/${sagemaker:UserProfileName}"
    yield Statement(
        actions=["sagemaker:CreateApp", "sagemaker:DeleteApp"],
        resources=[
            f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:app/{own}/{kind}/*"
            for kind in ("Canvas", "canvas")
        ],
        wildcard=f"SageMaker names the user's one Canvas app. {_ACTIONS}",
    )
    # Canvas uploads from the browser of the user, for which the bucket has to be found first.
    yield Statement(actions=["s3:GetBucketCors", "s3:GetBucketLocation"], resources=[workspace.data_bucket.bucket_arn])


def _on_canvas(actions: tuple[str, ...], kinds: list[str], wildcard: str) -> Statement:
    sagemaker_arn = f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    names = [f"{sagemaker_arn}:{kind}/{name}" for kind in kinds for name in ("*canvas*", "*Canvas*")]
    return Statement(actions=actions, resources=names, wildcard=wildcard)


def _status(enabled: bool) -> str:
    return "ENABLED" if enabled else "DISABLED"
