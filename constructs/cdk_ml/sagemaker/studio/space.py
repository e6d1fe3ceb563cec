"""A space of a Studio domain: a volume, and the one app that works on it.

https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-spaces.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.names import name_problems
from cdk_ml.sagemaker.studio.domain import StudioDomain
from cdk_ml.sagemaker.studio.settings import volume_problems
from cdk_ml.sagemaker.studio.user_profile import StudioUserProfile
from cdk_ml.sagemaker.studio.values import App, instance_problems
from cdk_ml.tokens import is_token

_LONGEST_DISPLAY_NAME = 64
_MOST_REPOSITORIES = 30
_REPOSITORY = re.compile(r"https://([.\-_a-zA-Z0-9]+/?){3,}")


class StudioSpace(Construct):
    """A space in which a user, or everybody in a domain together, works with JupyterLab or Code Editor.

    Creates the space with its volume. No app runs until somebody starts it, and it is shut down when it has been idle
    for as long as the domain says: CloudFormation has no such setting for a space.

    Its name is yours to give. CloudFormation would replace the space for another owner or ``shared``, and the volume
    with it; because of the name it fails instead, and nothing is lost.

    Idle cost: the volume, about 0.11 USD a month and GiB.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import StudioDomain, StudioSpace, StudioUserProfile
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> domain = StudioDomain(stack, "Studio", workspace=workspace)
    >>> analyst = StudioUserProfile(stack, "Analyst", domain=domain, user_name="analyst")
    >>> space = StudioSpace(stack, "Space", owner=analyst, space_name="churn", shared=True, volume_gib=20)

    See https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-spaces.html

    :ivar cfn_space: the space.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        owner: StudioUserProfile,
        space_name: str,
        app: App = "JupyterLab",
        shared: bool = False,
        volume_gib: int | None = None,
        instance_type: str | None = None,
        repositories: Sequence[str] = (),
        display_name: str | None = None,
    ) -> None:
        """
        :param owner: whose space it is; only the owner opens a private one, and only the owner deletes a shared one.
        :param space_name: name in the domain, letters, digits and hyphens.
        :param app: what is worked with. It cannot be changed later.
        :param shared: everybody in the domain may open it, and work in it together.
        :param volume_gib: GiB of its volume, at most the domain's maximum; the domain's default otherwise. It can grow,
            but not shrink.
        :param instance_type: what the app runs on unless the user chooses another; the domain's default otherwise.
        :param repositories: addresses of Git repositories that JupyterLab offers.
        :param display_name: what people read; the name otherwise.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, or what the domain does not allow.
        """
        super().__init__(scope, id)
        domain = owner.domain
        size = domain.storage.default_gib if volume_gib is None else volume_gib
        reject(
            self,
            [
                *name_problems("space_name", space_name),
                *_display_problems(display_name),
                *_volume_problems(domain, size, volume_gib),
                *_instance_problems(domain, instance_type),
                *_repository_problems(app, repositories),
                *region_problems(Stack.of(self).region, "AWS::SageMaker::Space"),
            ],
        )
        domain.workspace.adopt(self)
        self.cfn_space = sagemaker.CfnSpace(
            self,
            "Resource",
            domain_id=domain.domain_id,
            space_name=space_name,
            space_display_name=display_name,
            ownership_settings={"ownerUserProfileName": owner.cfn_user_profile.user_profile_name},
            space_sharing_settings={"sharingType": "Shared" if shared else "Private"},
            space_settings={
                "appType": app,
                "spaceStorageSettings": {"ebsStorageSettings": {"ebsVolumeSizeInGb": size}},
                _SETTINGS[app]: _app_settings(instance_type, repositories) or None,
            },
        )
        self.cfn_space.add_resource_dependency(owner.cfn_user_profile)
        domain.empty_first(self.cfn_space)

    @property
    def space_arn(self) -> str:
        """ARN of the space."""
        return self.cfn_space.attr_space_arn

    @property
    def url(self) -> str:
        """Where people open the space."""
        return self.cfn_space.attr_url


_SETTINGS: dict[App, str] = {"JupyterLab": "jupyterLabAppSettings", "CodeEditor": "codeEditorAppSettings"}


def _app_settings(instance_type: str | None, repositories: Sequence[str]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if instance_type is not None:
        settings["defaultResourceSpec"] = {"instanceType": instance_type}
    if repositories:
        settings["codeRepositories"] = [{"repositoryUrl": repository} for repository in repositories]
    return settings


def _display_problems(display_name: str | None) -> Iterator[Problem]:
    if display_name is None or is_token(display_name):
        return
    if not display_name.strip() or len(display_name) > _LONGEST_DISPLAY_NAME or "\n" in display_name:
        fix = f"Use at most {_LONGEST_DISPLAY_NAME} characters on one line, one of them visible"
        yield Problem("display_name", display_name, "is not a name that Studio shows", fix)


def _volume_problems(domain: StudioDomain, size: int, given: int | None) -> Iterator[Problem]:
    if given is not None:
        yield from volume_problems("volume_gib", size)
    most = domain.storage.maximum_gib
    if not is_token(size) and not is_token(most) and size > most:
        rule = f"is more than storage.maximum_gib={most} of {domain.node.path}"
        yield Problem("volume_gib", size, rule, f"Use at most {most}, or raise the domain's maximum")


def _instance_problems(domain: StudioDomain, instance_type: str | None) -> Iterator[Problem]:
    if instance_type is None:
        return
    yield from instance_problems("instance_type", instance_type, "space")
    allowed = domain.apps.instance_types
    if allowed and instance_type not in allowed and not any(map(is_token, (instance_type, *allowed))):
        rule = f"is none of apps.instance_types={[*allowed]} of {domain.node.path}"
        yield Problem("instance_type", instance_type, rule, "Use one of them, or allow it in the domain")


def _repository_problems(app: App, repositories: Sequence[str]) -> Iterator[Problem]:
    if repositories and app != "JupyterLab":
        yield Problem("repositories", [*repositories], f"are of no use to {app}", "Leave them out")
    for repository in repositories:
        if not is_token(repository) and (len(repository) > 256 or not _REPOSITORY.fullmatch(repository)):
            fix = "Write one such as https://git.example.com/team/repository, 256 characters at most"
            yield Problem("repositories", repository, "is not the address of a repository", fix)
    if len(repositories) > _MOST_REPOSITORIES:
        fix = f"Use at most {_MOST_REPOSITORIES}"
        yield Problem("repositories", len(repositories), "are more than a space has", fix)
