"""How much capacity a variant or a component has, and when that changes: one way to say it for every mode.

https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cdk_ml.errors import Problem
from cdk_ml.facts.accelerators import instance, is_accelerated
from cdk_ml.sagemaker.hosting.scalable import INSTANCES, Scalable
from cdk_ml.tokens import is_token, outside

_MOST = 1_000  # Far above every quota of instances; what is higher is a slip of the keyboard.
_LONGEST = 86_400
_TARGETS = (0.01, 1e9)
_SCHEDULE = re.compile(r"(cron|rate|at)\([^()]+\)")
_TIMEZONE = re.compile(r"[A-Za-z]+([/_+-][A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledCapacity:
    """Bounds that hold from a point in time on.

    :param schedule: ``cron(...)``, ``rate(...)`` or ``at(...)``, as Application Auto Scaling takes it.
    :param minimum: least capacity from then on.
    :param maximum: most capacity from then on.
    :param timezone: IANA name of the zone that the schedule is read in.
    """

    schedule: str
    minimum: int
    maximum: int
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Automatic scaling, between bounds, to keep each target that is given.

    Capacity is instances; copies, for an inference component; provisioned concurrency, for a serverless endpoint. With
    several targets, the one that asks for most wins; capacity goes when all agree.

    :param minimum: least capacity; 0 for asynchronous endpoints and inference components only.
    :param maximum: most capacity.
    :param invocations_per_instance: requests a minute that one instance should serve.
    :param concurrent_requests_per_instance: requests in flight that one instance should hold; reacts within seconds,
        and counts model latency, which suits generation better than a rate does.
    :param accelerator_utilization: percent that each GPU should be busy. Not for Neuron instances.
    :param backlog_per_instance: requests, waiting or in work, that one instance of an asynchronous endpoint should
        have.
    :param invocations_per_copy: requests a minute that one copy of an inference component should serve.
    :param concurrent_requests_per_copy: requests in flight that one copy of an inference component should hold.
    :param provisioned_utilization: percent of a serverless endpoint's provisioned concurrency that should be in use.
    :param schedules: bounds that change with the time of day.
    :param scale_in_seconds: seconds to wait after a change before capacity goes.
    :param scale_out_seconds: seconds to wait after a change before more capacity comes.
    """

    minimum: int
    maximum: int
    invocations_per_instance: float | None = None
    concurrent_requests_per_instance: float | None = None
    accelerator_utilization: float | None = None
    backlog_per_instance: float | None = None
    invocations_per_copy: float | None = None
    concurrent_requests_per_copy: float | None = None
    provisioned_utilization: float | None = None
    schedules: Sequence[ScheduledCapacity] = ()
    scale_in_seconds: int = 300
    scale_out_seconds: int = 60


_EVERY_TARGET = (
    "invocations_per_instance",
    "concurrent_requests_per_instance",
    "accelerator_utilization",
    "backlog_per_instance",
    "invocations_per_copy",
    "concurrent_requests_per_copy",
    "provisioned_utilization",
)


def scaling_problems(
    scaling: Scaling, instance_type: str, scalable: Scalable = INSTANCES, *, most: int = _MOST
) -> Iterator[Problem]:
    """What SageMaker or Application Auto Scaling would refuse about ``scaling``.

    :param most: most capacity that there can be.
    """
    fewest = scalable.fewest
    if outside(scaling.minimum, fewest, most):
        rule = f"is no number of {scalable.unit} that {scalable.what} keeps"
        yield Problem("scaling.minimum", scaling.minimum, rule, f"Use {fewest} to {most}")
    elif outside(scaling.maximum, 1 if is_token(scaling.minimum) else max(1, scaling.minimum), most):
        rule = f"is no upper bound to minimum={scaling.minimum}"
        yield Problem("scaling.maximum", scaling.maximum, rule, f"Use {max(1, scaling.minimum)} to {most}")
    yield from _target_problems(scaling, scalable)
    for name in ("scale_in_seconds", "scale_out_seconds"):
        if outside(getattr(scaling, name), 0, _LONGEST):
            fix = f"Use 0 to {_LONGEST}"
            yield Problem(f"scaling.{name}", getattr(scaling, name), "is no time to wait in seconds", fix)
    for schedule in scaling.schedules:
        yield from _schedule_problems(schedule, fewest, most)
    if scaling.accelerator_utilization is not None and not is_token(instance_type):
        yield from _utilization_problems(scaling.accelerator_utilization, instance_type)


def _target_problems(scaling: Scaling, scalable: Scalable) -> Iterator[Problem]:
    given = targets(scaling)
    if not given and not scaling.schedules:
        rule = "has neither a target nor a schedule, so nothing would ever scale"
        yield Problem("scaling", scaling, rule, f"Give {', or '.join(scalable.targets[:2])}")
    for name, value in given.items():
        if name not in scalable.targets:
            fix = f"Use {' or '.join(scalable.targets)}"
            yield Problem(f"scaling.{name}", value, f"is nothing that {scalable.what} can follow", fix)
        elif outside(value, *_TARGETS):
            yield Problem(f"scaling.{name}", value, "is no load", "Give what one instance should bear, 0.01 to 1e9")
        elif name == "provisioned_utilization" and outside(value, 1, 100):
            yield Problem(f"scaling.{name}", value, "is no share of the concurrency in percent", "Use 1 to 100")


def _schedule_problems(schedule: ScheduledCapacity, fewest: int, most: int) -> Iterator[Problem]:
    if not is_token(schedule.schedule) and not _SCHEDULE.fullmatch(schedule.schedule):
        fix = "Write it as cron(...), rate(...) or at(...)"
        yield Problem("scaling.schedules", schedule.schedule, "is not a schedule", fix)
    if not is_token(schedule.timezone) and not _TIMEZONE.fullmatch(schedule.timezone):
        fix = "Use an IANA name, such as Europe/Berlin"
        yield Problem("scaling.schedules.timezone", schedule.timezone, "is not the name of a time zone", fix)
    bounds = schedule.minimum, schedule.maximum
    if outside(bounds[0], fewest, most) or outside(bounds[1], fewest if is_token(bounds[0]) else bounds[0], most):
        rule = f"and maximum={schedule.maximum} of {schedule.schedule} are no bounds"
        fix = f"Use {fewest} <= minimum <= maximum <= {most}"
        yield Problem("scaling.schedules.minimum", schedule.minimum, rule, fix)


def _utilization_problems(percent: float, instance_type: str) -> Iterator[Problem]:
    argument = "scaling.accelerator_utilization"
    if outside(percent, 0, 100):
        yield Problem(argument, percent, "is more than 100 percent", "Give the share of one accelerator, such as 70")
    if not is_accelerated(instance_type):
        fix = "Use invocations_per_instance or concurrent_requests_per_instance"
        yield Problem(argument, percent, f"needs an accelerator, but {instance_type} has none", fix)
    elif instance(instance_type).is_neuron:
        rule = f"needs a metric that SageMaker does not publish for the NeuronCores of {instance_type}"
        yield Problem(argument, percent, rule, "Use concurrent_requests_per_instance, which follows their load")


def targets(scaling: Scaling) -> dict[str, float]:
    """The targets that are given, by name."""
    return {name: value for name in _EVERY_TARGET if (value := getattr(scaling, name)) is not None}


def reaches_zero(scaling: Scaling) -> bool:
    """Whether nothing may run at times."""
    bounds = [scaling.minimum, *(schedule.minimum for schedule in scaling.schedules)]
    return any(is_token(minimum) or minimum == 0 for minimum in bounds)
