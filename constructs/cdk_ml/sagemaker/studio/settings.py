"""What a domain lets its users do: options, what is wrong with them, and how CloudFormation takes them.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UserSettings.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.names import account_problems
from cdk_ml.sagemaker.studio.image import StudioImage
from cdk_ml.sagemaker.studio.lifecycle_config import StudioLifecycleConfig
from cdk_ml.sagemaker.studio.values import App, instance_problems
from cdk_ml.tokens import is_token, outside

_SHORTEST_IDLE, _LONGEST_IDLE = 60, 525_600
_SMALLEST_VOLUME, _LARGEST_VOLUME = 5, 16_384
_MOST_ACCOUNTS, _MOST_CONFIGS, _MOST_IMAGES = 20, 30, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleShutdown:
    """When an app that nobody uses is shut down. Its volume and its files stay.

    :param minutes: minutes of idleness, 60 to 525600, unless the user sets others.
    :param minimum: fewest minutes that a user may set.
    :param maximum: most minutes that a user may set.
    """

    minutes: int = 120
    minimum: int = 60
    maximum: int = 480


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioStorage:
    """Where people's files are.

    :param default_gib: GiB of a new space's volume, 5 to 16384.
    :param maximum_gib: most GiB that a user may give a volume; volumes never shrink.
    :param home_file_system: an EFS file system with a home for each user, mounted into all of the user's private
        spaces. Without it a domain is made faster and leaves nothing; it can be added later, but never taken away.
    """

    default_gib: int = 10
    maximum_gib: int = 100
    home_file_system: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioApps:
    """What apps are made of.

    :param instance_types: the only ones that users may start apps on; all of Studio's when empty.
    :param default_instance_type: what an app runs on unless its user chooses another.
    :param images: images to choose from, next to AWS's own.
    :param lifecycle_configs: scripts to choose from, and those that always run.
    """

    instance_types: Sequence[str] = ()
    default_instance_type: str = "ml.t3.medium"
    images: Sequence[StudioImage] = ()
    lifecycle_configs: Sequence[StudioLifecycleConfig] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Docker:
    """Lets users build and run containers inside their apps, which is off otherwise.

    :param trusted_accounts: ids of accounts whose ECR registries images may come from.
    """

    trusted_accounts: Sequence[str] = ()


def settings_problems(
    idle: IdleShutdown, storage: StudioStorage, apps: StudioApps, docker: Docker | None
) -> Iterator[Problem]:
    """What SageMaker would refuse, or what contradicts itself."""
    yield from _idle_problems(idle)
    yield from _storage_problems(storage)
    yield from _apps_problems(apps)
    if docker is not None:
        yield from _docker_problems(docker)


def volume_problems(argument: str, gib: int) -> Iterator[Problem]:
    """Why a volume cannot have that size."""
    if outside(gib, _SMALLEST_VOLUME, _LARGEST_VOLUME):
        fix = f"Use {_SMALLEST_VOLUME} to {_LARGEST_VOLUME} GiB"
        yield Problem(argument, gib, "is not a size that a volume may have", fix)


def _minutes_problems(argument: str, minutes: int) -> Iterator[Problem]:
    """Why Studio does not shut down after that time."""
    if outside(minutes, _SHORTEST_IDLE, _LONGEST_IDLE):
        fix = f"Use {_SHORTEST_IDLE} to {_LONGEST_IDLE}, which is a year"
        yield Problem(argument, minutes, "is not a time after which Studio shuts down", fix)


def _idle_problems(idle: IdleShutdown) -> Iterator[Problem]:
    for name in ("minutes", "minimum", "maximum"):
        yield from _minutes_problems(f"idle.{name}", getattr(idle, name))
    known = not any(is_token(value) for value in (idle.minutes, idle.minimum, idle.maximum))
    if known and not idle.minimum <= idle.minutes <= idle.maximum:
        rule = f"is not between what users may set, minimum={idle.minimum} and maximum={idle.maximum}"
        yield Problem("idle.minutes", idle.minutes, rule, "Use minimum <= minutes <= maximum")


def _storage_problems(storage: StudioStorage) -> Iterator[Problem]:
    yield from volume_problems("storage.default_gib", storage.default_gib)
    yield from volume_problems("storage.maximum_gib", storage.maximum_gib)
    known = not is_token(storage.default_gib) and not is_token(storage.maximum_gib)
    if known and storage.default_gib > storage.maximum_gib:
        rule = f"is more than maximum_gib={storage.maximum_gib}"
        yield Problem("storage.default_gib", storage.default_gib, rule, "Use default_gib <= maximum_gib")


def _apps_problems(apps: StudioApps) -> Iterator[Problem]:
    for instance_type in apps.instance_types:
        yield from instance_problems("apps.instance_types", instance_type, "app")
    yield from instance_problems("apps.default_instance_type", apps.default_instance_type, "app")
    default, allowed = apps.default_instance_type, apps.instance_types
    if allowed and default not in allowed and not any(is_token(name) for name in (default, *allowed)):
        yield Problem(
            "apps.default_instance_type", default, f"is none of instance_types={[*allowed]}", "Use one of them"
        )
    for app in _APPS:
        always = [config for config in apps.lifecycle_configs if config.app == app and config.built_in]
        if len(always) > 1:
            rule = f"has {len(always)} that are built in for {app}, but an app runs one"
            fix = "Put them into one script"
            yield Problem("apps.lifecycle_configs", [config.node.id for config in always], rule, fix)
    for name, items, most in (
        ("lifecycle_configs", apps.lifecycle_configs, _MOST_CONFIGS),
        ("images", apps.images, _MOST_IMAGES),
    ):
        if len(items) > most:
            yield Problem(f"apps.{name}", len(items), "are more than a domain has", f"Use at most {most}")


def _docker_problems(docker: Docker) -> Iterator[Problem]:
    for account in docker.trusted_accounts:
        yield from account_problems("docker.trusted_accounts", account)
    if len(docker.trusted_accounts) > _MOST_ACCOUNTS:
        fix = f"Use at most {_MOST_ACCOUNTS}"
        yield Problem("docker.trusted_accounts", len(docker.trusted_accounts), "are more than a domain trusts", fix)


_APPS: tuple[App, ...] = ("JupyterLab", "CodeEditor")


def user_settings(
    *, role_arn: str, security_group_ids: Sequence[str], idle: IdleShutdown, storage: StudioStorage, apps: StudioApps
) -> dict[str, Any]:
    """What users have unless their profile says otherwise."""
    return {
        "executionRole": role_arn,
        "securityGroups": [*security_group_ids],
        # The Studio of today: without a portal users would be sent to Studio Classic, in which nothing can be started.
        "studioWebPortal": "ENABLED",
        "defaultLandingUri": "studio::",
        "autoMountHomeEfs": "Enabled" if storage.home_file_system else "Disabled",
        "jupyterLabAppSettings": _app_settings("JupyterLab", idle, apps),
        "codeEditorAppSettings": _app_settings("CodeEditor", idle, apps),
        "spaceStorageSettings": _space_storage(storage),
    }


def space_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What shared spaces have: of what users have, all that a space can have as well."""
    shared = ("executionRole", "securityGroups", "jupyterLabAppSettings", "spaceStorageSettings")
    return {name: settings[name] for name in shared}


def docker_settings(docker: Docker | None) -> dict[str, Any]:
    """Whether containers run inside apps."""
    if docker is None:
        return {"enableDockerAccess": "DISABLED"}
    return {"enableDockerAccess": "ENABLED", "vpcOnlyTrustedAccounts": [*docker.trusted_accounts]}


def _app_settings(app: App, idle: IdleShutdown, apps: StudioApps) -> dict[str, Any]:
    configs = [config for config in apps.lifecycle_configs if config.app == app]
    always = [config for config in configs if config.built_in]
    return {
        "appLifecycleManagement": {
            "idleSettings": {
                "lifecycleManagement": "ENABLED",
                "idleTimeoutInMinutes": idle.minutes,
                "minIdleTimeoutInMinutes": idle.minimum,
                "maxIdleTimeoutInMinutes": idle.maximum,
            }
        },
        "defaultResourceSpec": {"instanceType": apps.default_instance_type},
        "lifecycleConfigArns": _arns(config for config in configs if not config.built_in),
        "builtInLifecycleConfigArn": always[0].lifecycle_config_arn if always else None,
        "customImages": [image.choice() for image in apps.images if image.app == app] or None,
    }


def _arns(configs: Iterable[StudioLifecycleConfig]) -> list[str] | None:
    return [config.lifecycle_config_arn for config in configs] or None


def _space_storage(storage: StudioStorage) -> dict[str, Any]:
    return {
        "defaultEbsStorageSettings": {
            "defaultEbsVolumeSizeInGb": storage.default_gib,
            "maximumEbsVolumeSizeInGb": storage.maximum_gib,
        }
    }
