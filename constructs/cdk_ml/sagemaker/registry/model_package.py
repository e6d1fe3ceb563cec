"""A version of a model in the registry, from the description that an endpoint takes.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-version.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.container_image import host_problems, published_problems
from cdk_ml.sagemaker.hosting.containers import bind_containers
from cdk_ml.sagemaker.hosting.model import Model, model_problems
from cdk_ml.sagemaker.hosting.package_arn import PackageArn
from cdk_ml.sagemaker.registry.card_content import CardContent, CardStatus, card_problems
from cdk_ml.sagemaker.registry.model_package_group import LONGEST_DESCRIPTION, ModelPackageGroup
from cdk_ml.sagemaker.registry.packages import ApprovalStatus
from cdk_ml.sagemaker.registry.texts import line_problems
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Workspace

_MIME = re.compile(r"[\w.+-]+/[\w.+*-]+(; ?[\w.+-]+=[\w.+-]+)*", re.ASCII)
_INSTANCE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9-]+")
_S3_JSON = re.compile(r"s3://[^/\s]+/\S+")
_LONGEST_MIME = 256
_MOST_VARIABLES = 16
_LONGEST_VALUE = 1024
_VARIABLE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
_TYPE = "AWS::SageMaker::ModelPackage"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSupport:
    """What a version takes, answers, and runs on.

    :param content_types: MIME types of requests.
    :param response_types: MIME types of answers.
    :param real_time: instance types for endpoints; any when empty.
    :param transform: instance types for batch transform; any when empty.
    """

    content_types: Sequence[str] = ("application/json",)
    response_types: Sequence[str] = ("application/json",)
    real_time: Sequence[str] = ()
    transform: Sequence[str] = ()


class ModelPackage(Construct):
    """A version of a model, registered by the stack: a first one to deploy, or one that was made elsewhere.

    Creates a model package in its group. Every change of the model makes a further version; the one before stays, as
    all of them do when the stack goes. Only the approval changes in place. What pipelines train registers itself.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import Model, ModelPackage, ModelPackageGroup
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> image = images.deep_learning_container(
    ...     purpose="inference", framework="pytorch", version="2.6", accelerator="cpu"
    ... )
    >>> package = ModelPackage(
    ...     stack,
    ...     "First",
    ...     workspace=workspace,
    ...     group=ModelPackageGroup(stack, "Models", workspace=workspace),
    ...     model=Model.from_artifact(workspace.artifact_bucket, "churn/model.tar.gz", image=image),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-version.html

    :ivar cfn_model_package: the version.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        group: ModelPackageGroup,
        model: Model,
        supports: ModelSupport = ModelSupport(),
        approval: ApprovalStatus = ApprovalStatus.PENDING,
        description: str = "",
        statistics_uri: str | None = None,
        card: CardContent | None = None,
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param group: what it is a version in.
        :param model: image, artifact and environment.
        :param supports: what it takes, answers, and runs on.
        :param approval: whether it may be deployed.
        :param description: what is new about it.
        :param statistics_uri: S3 address of a JSON report of its quality, which the registry shows.
        :param card: its model card, as a draft that people complete.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, or a region without model registry.
        """
        super().__init__(scope, id)
        region = Stack.of(self).region
        reject(
            self,
            [
                *model_problems(model),
                *_environment_problems(model),
                *_support_problems(supports),
                *_image_problems(model, supports, region),
                *line_problems("description", description, LONGEST_DESCRIPTION),
                *_statistics_problems(statistics_uri),
                *(card_problems(card, CardStatus.DRAFT) if card is not None else ()),
                *region_problems(region, _TYPE),
            ],
        )
        workspace.adopt(self)
        self.cfn_model_package = sagemaker.CfnModelPackage(
            self,
            "Resource",
            model_package_group_name=group.cfn_model_package_group.ref,
            model_package_description=description or None,
            model_approval_status=approval.value,
            inference_specification=self._specification(model, supports),
            model_metrics=_metrics(statistics_uri),
            model_card=_draft(card) if card is not None else None,
            security_config={"kmsKeyId": workspace.key.key_arn},
        )
        self.cfn_model_package.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)

    @property
    def model_package_arn(self) -> str:
        """ARN of the version."""
        return self.cfn_model_package.attr_model_package_arn

    def _specification(self, model: Model, supports: ModelSupport) -> dict[str, Any]:
        bound = bind_containers(self, "", model)
        return {
            # A version without an environment says so with nothing, not with an empty one.
            "containers": [{**part, "environment": part["environment"] or None} for part in bound.definitions],
            "supportedContentTypes": [*supports.content_types],
            "supportedResponseMimeTypes": [*supports.response_types],
            "supportedRealtimeInferenceInstanceTypes": [*supports.real_time] or None,
            "supportedTransformInstanceTypes": [*supports.transform] or None,
        }


def _image_problems(model: Model, supports: ModelSupport, region: str) -> Iterator[Problem]:
    for part in model.parts.values():
        if isinstance(part.image, PackageArn):
            fix = "Deploy it with Model.from_model_package"
            yield Problem("model", part.image, "is a version in a registry already", fix)
        else:
            yield from published_problems(part.image, region, argument="model.image")
            for type_ in supports.real_time:
                yield from host_problems(part.image, type_, argument="model.image")


def _metrics(statistics_uri: str | None) -> dict[str, Any] | None:
    if statistics_uri is None:
        return None
    return {"modelQuality": {"statistics": {"contentType": "application/json", "s3Uri": statistics_uri}}}


def _draft(card: CardContent) -> dict[str, str]:
    return {"modelCardContent": card.package_json(), "modelCardStatus": CardStatus.DRAFT.value}


def _environment_problems(model: Model) -> Iterator[Problem]:
    for part in model.parts.values():
        yield from _variable_problems(part.environment)


def _variable_problems(environment: Mapping[str, str]) -> Iterator[Problem]:
    if len(environment) > _MOST_VARIABLES:
        rule = f"has {len(environment)} variables, but a version in the registry has at most {_MOST_VARIABLES}"
        yield Problem("model.environment", sorted(environment)[:3], rule, "Put some into the image")
    for name, value in environment.items():
        if not is_token(name) and not _VARIABLE.fullmatch(name):
            fix = "Start with a letter or _, and use letters, digits and _"
            yield Problem("model.environment", name, "is not a name of a variable", fix)
        if not is_token(value) and len(value) > _LONGEST_VALUE:
            rule = f"of {name} has {len(value)} characters, but SageMaker takes {_LONGEST_VALUE}"
            yield Problem("model.environment", f"{value[:20]}…", rule, "Shorten it, or put it into the image")


def _support_problems(supports: ModelSupport) -> Iterator[Problem]:
    for argument in ("content_types", "response_types"):
        types = getattr(supports, argument)
        if not types:
            yield Problem(f"supports.{argument}", types, "says nothing", "Name a MIME type, such as application/json")
        for type_ in types:
            if not is_token(type_) and not (len(type_) <= _LONGEST_MIME and _MIME.fullmatch(type_)):
                yield Problem(f"supports.{argument}", type_, "is not a MIME type", "Write it as application/json")
    for argument in ("real_time", "transform"):
        for type_ in getattr(supports, argument):
            if not is_token(type_) and not _INSTANCE.fullmatch(type_):
                yield Problem(f"supports.{argument}", type_, "is not an instance type", "Write it as ml.m7i.large")


def _statistics_problems(uri: str | None) -> Iterator[Problem]:
    if uri is not None and not is_token(uri) and not (len(uri) <= _LONGEST_VALUE and _S3_JSON.fullmatch(uri)):
        yield Problem("statistics_uri", uri, "is not an address in S3", "Write it as s3://bucket/churn/statistics.json")
