"""Profiles: what a workspace decides once, so that constructs do not decide it forty times.

A profile is a frozen set of decisions. A construct reads the decision it needs
(``workspace.profile.minimum_instances``), never the name, so that a profile of your own, made with
:func:`dataclasses.replace`, is as good as the three that ship.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cdk_ml.errors import ConfigurationError, Problem
from cdk_ml.tokens import is_token, outside


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Decisions that follow from what an environment is for.

    :param name: the value of the ``environment`` cost tag, unless the tags name another.
    :param deletes_data: data may be deleted with the stack, provided that the app's context key
        ``cdk-ml:delete-data`` is true as well; see :mod:`cdk_ml.workspace.deletion`.
    :param availability_zones: zones that a network made by the workspace spans.
    :param minimum_instances: instances of an endpoint that always run; two survive the loss of a zone.
    :param capture_percentage: share of an endpoint's requests that is captured, 0 to 100; 0 captures none.
    :param log_retention_days: days that log groups and access logs are kept; a value CloudWatch Logs accepts.
    :param old_version_days: days that overwritten and deleted objects can still be recovered.
    :param key_deletion_days: days of grace before a key that was scheduled for deletion is gone, 7 to 30.
    :param private_functions: functions that handle what people write are in the workspace's network and reach AWS
        through private endpoints, each about 7 USD a month and zone.
    """

    name: str
    deletes_data: bool
    availability_zones: int
    minimum_instances: int
    capture_percentage: int
    log_retention_days: int
    old_version_days: int
    key_deletion_days: int
    private_functions: bool = False

    @classmethod
    def named(cls, name: str) -> Profile:
        """The profile of that name, for apps that read it from their context.

        :raises cdk_ml.errors.ConfigurationError: when none of the three is called so.
        """
        for profile in PROFILES:
            if profile.name == name:
                return profile
        known = ", ".join(profile.name for profile in PROFILES)
        raise ConfigurationError("Profile", [Problem("name", name, "is not a profile", f"Use one of {known}")])

    SANDBOX: ClassVar[Profile]
    """To try things out: cheap, and comes down without leaving data behind when the context agrees."""

    PRODUCTION: ClassVar[Profile]
    """To serve users: survives the loss of a zone, keeps data and a year of logs, samples requests."""

    REGULATED: ClassVar[Profile]
    """To be audited: captures every request, keeps logs and old versions for seven years."""


Profile.SANDBOX = Profile(
    name="sandbox",
    deletes_data=True,
    availability_zones=1,
    minimum_instances=1,
    capture_percentage=0,
    log_retention_days=14,
    old_version_days=7,
    key_deletion_days=7,
)
Profile.PRODUCTION = Profile(
    name="production",
    deletes_data=False,
    availability_zones=2,
    minimum_instances=2,
    capture_percentage=10,
    log_retention_days=365,
    old_version_days=90,
    key_deletion_days=30,
    private_functions=True,
)
Profile.REGULATED = Profile(
    name="regulated",
    deletes_data=False,
    availability_zones=2,
    minimum_instances=2,
    capture_percentage=100,
    log_retention_days=2557,
    old_version_days=2557,
    key_deletion_days=30,
    private_functions=True,
)

PROFILES = (Profile.SANDBOX, Profile.PRODUCTION, Profile.REGULATED)

_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827),
    *(2192, 2557, 2922, 3288, 3653),
)


def profile_problems(profile: Profile) -> list[Problem]:
    """What AWS would refuse about a profile of the user's own."""
    ranges = {
        "availability_zones": range(1, 7),
        "minimum_instances": range(1, 1_001),
        "capture_percentage": range(101),
        "old_version_days": range(1, 36_501),
        "key_deletion_days": range(7, 31),
    }
    problems = [
        Problem(f"profile.{name}", value, "is not a value that AWS takes", f"Use {allowed[0]} to {allowed[-1]}")
        for name, allowed in ranges.items()
        if outside(value := getattr(profile, name), allowed[0], allowed[-1])
    ]
    if not is_token(profile.log_retention_days) and profile.log_retention_days not in _RETENTION_DAYS:
        fix = f"Use one of {', '.join(map(str, _RETENTION_DAYS))}"
        rule = "is not a retention that CloudWatch Logs has"
        problems.append(Problem("profile.log_retention_days", profile.log_retention_days, rule, fix))
    return problems
