"""Images of one's own for Studio's apps.

https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-byoi.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from aws_cdk import Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.container_image import EcrImage, pullable
from cdk_ml.sagemaker.execution_role import pull_images
from cdk_ml.sagemaker.names import own_name
from cdk_ml.sagemaker.studio.values import App
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Workspace

_LONGEST_ENTRYPOINT, _LONGEST_ARGUMENT, _LONGEST_VARIABLE = 256, 64, 256
_MOST_ARGUMENTS, _MOST_VARIABLES = 50, 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """How an image is started, where it is not as it says itself.

    :param entrypoint: the program.
    :param arguments: its arguments.
    :param environment: environment variables.
    """

    entrypoint: str | None = None
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class StudioImage(Construct):
    """A container image that people may choose for their apps, next to AWS's own.

    Creates a SageMaker image, a version of it for what is in ECR, the configuration of the app that starts it, and a
    role that may pull from that one repository. Another tag or digest makes a new version; domains move to it, and the
    old one goes afterwards. With a tag, pushing to the repository changes nothing here: a version stays what the tag
    meant when it was made.

    Idle cost: nothing but the image's storage in ECR.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_ecr as ecr
    >>> from cdk_ml.sagemaker import EcrImage, StudioImage
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> repository = ecr.Repository.from_repository_name(stack, "Repository", "studio")
    >>> geo = StudioImage(stack, "Geo", workspace=workspace, image=EcrImage(repository, "1.2"), display_name="Geo")

    See https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-byoi.html

    :ivar app: the application that the image is for.
    :ivar role: what SageMaker pulls the image as.
    :ivar cfn_image: the image.
    :ivar cfn_version: what the image is at present.
    :ivar cfn_app_config: how the app starts it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        image: EcrImage,
        app: App = "JupyterLab",
        display_name: str | None = None,
        container: Container = Container(),
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: tags and profile of the stack.
        :param image: the image in ECR, in the region of the domain.
        :param app: the application that it is for.
        :param display_name: what people read; SageMaker shows its name otherwise.
        :param container: how it is started.
        :param role: a role of your own that pulls it, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse.
        """
        super().__init__(scope, id)
        region = Stack.of(self).region
        reject(
            self,
            [
                *_problems(display_name, container),
                *region_problems(region, "AWS::SageMaker::Image", "AWS::SageMaker::AppImageConfig"),
            ],
        )
        workspace.adopt(self)
        self.app = app
        pulled = pullable(self, "Registry", image)
        if role is None:
            pull = pull_images([pulled.repository_arn])
            role = workspace.role(self, "Role", service="sagemaker.amazonaws.com", statements=pull)
        self.role = role
        name = own_name(self)
        self.cfn_image = sagemaker.CfnImage(
            self, "Resource", image_name=name, image_role_arn=self.role.role_arn, image_display_name=display_name
        )
        self.cfn_version = sagemaker.CfnImageVersion(
            self, "Version", image_name=self.cfn_image.image_name, base_image=pulled.uri
        )
        self.cfn_version.add_resource_dependency(self.cfn_image)
        started = {"containerConfig": _config(container)}
        self.cfn_app_config = sagemaker.CfnAppImageConfig(
            self,
            "AppConfig",
            app_image_config_name=name,
            jupyter_lab_app_image_config=started if app == "JupyterLab" else None,
            code_editor_app_image_config=started if app == "CodeEditor" else None,
        )

    def choice(self) -> dict[str, Any]:
        """The image as settings of a domain list it."""
        return {
            "imageName": self.cfn_version.image_name,
            "imageVersionNumber": Token.as_number(self.cfn_version.attr_version),
            "appImageConfigName": self.cfn_app_config.ref,
        }


def _config(container: Container) -> dict[str, Any]:
    # An empty configuration is left out of the template, and then it is one for no application at all.
    marked = {"CDK_ML": "studio-image", **container.environment}
    return {
        "containerEntrypoint": None if container.entrypoint is None else [container.entrypoint],
        "containerArguments": [*container.arguments] or None,
        "containerEnvironmentVariables": [{"key": key, "value": value} for key, value in marked.items()],
    }


def _problems(display_name: str | None, container: Container) -> Iterator[Problem]:
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !\"#$%&'()*+,-_")
    shown = "" if display_name is None or is_token(display_name) else display_name
    if display_name == "" or len(shown) > 128 or not set(shown) <= allowed:
        fix = "Use at most 128 letters, digits, spaces, hyphens and underscores"
        yield Problem("display_name", display_name, "is not a name that SageMaker shows", fix)
    texts = [
        *(("container.arguments", text, _LONGEST_ARGUMENT) for text in container.arguments),
        *(
            ("container.environment", text, _LONGEST_VARIABLE)
            for pair in container.environment.items()
            for text in pair
        ),
    ]
    if container.entrypoint is not None:
        texts.append(("container.entrypoint", container.entrypoint, _LONGEST_ENTRYPOINT))
    for argument, text, longest in texts:
        if not is_token(text) and (not text.strip() or len(text) > longest or "\n" in text):
            yield Problem(argument, text, "is empty or too long", f"Use 1 to {longest} characters on one line")
    if len(container.arguments) > _MOST_ARGUMENTS:
        rule = "are more than a container takes"
        yield Problem("container.arguments", len(container.arguments), rule, f"Use at most {_MOST_ARGUMENTS}")
    if len(container.environment) >= _MOST_VARIABLES:
        rule = "are more variables than a container takes, with the one that is always there"
        yield Problem("container.environment", len(container.environment), rule, f"Use fewer than {_MOST_VARIABLES}")
