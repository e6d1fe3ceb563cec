"""How many instances a variant runs on, and when that changes.

https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_applicationautoscaling as autoscaling
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.facts.accelerators import instance, is_accelerated
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
    :param minimum: fewest instances from then on.
    :param maximum: most instances from then on.
    :param timezone: IANA name of the zone that the schedule is read in.
    """

    schedule: str
    minimum: int
    maximum: int
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Automatic scaling of a variant, between bounds, to keep each target that is given.

    With several targets, the one that asks for most instances wins; instances go when all agree.

    :param minimum: fewest instances.
    :param maximum: most instances.
    :param invocations_per_instance: requests a minute that one instance should serve.
    :param concurrent_requests_per_instance: requests in flight that one instance should hold; reacts within seconds,
        and counts model latency, which suits generation better than a rate does.
    :param accelerator_utilization: percent that each GPU should be busy. Not for Neuron instances.
    :param schedules: bounds that change with the time of day.
    :param scale_in_seconds: seconds to wait after a change before instances go.
    :param scale_out_seconds: seconds to wait after a change before more instances come.
    """

    minimum: int
    maximum: int
    invocations_per_instance: float | None = None
    concurrent_requests_per_instance: float | None = None
    accelerator_utilization: float | None = None
    schedules: Sequence[ScheduledCapacity] = ()
    scale_in_seconds: int = 300
    scale_out_seconds: int = 60


def scaling_problems(scaling: Scaling, instance_type: str) -> Iterator[Problem]:
    """What SageMaker or Application Auto Scaling would refuse about ``scaling``."""
    if outside(scaling.minimum, 1, _MOST):
        rule = "is no number of instances that an endpoint of models (not of inference components) keeps"
        yield Problem("scaling.minimum", scaling.minimum, rule, f"Use 1 to {_MOST}")
    elif outside(scaling.maximum, 1 if is_token(scaling.minimum) else scaling.minimum, _MOST):
        rule = f"is no upper bound to minimum={scaling.minimum}"
        yield Problem("scaling.maximum", scaling.maximum, rule, f"Use {scaling.minimum} to {_MOST}")
    targets = _targets(scaling)
    if not targets and not scaling.schedules:
        rule = "has neither a target nor a schedule, so nothing would ever scale"
        yield Problem("scaling", scaling, rule, "Give invocations_per_instance, or concurrent_requests_per_instance")
    for name, value in targets.items():
        if outside(value, *_TARGETS):
            yield Problem(f"scaling.{name}", value, "is no load", "Give what one instance should bear, 0.01 to 1e9")
    for name in ("scale_in_seconds", "scale_out_seconds"):
        if outside(getattr(scaling, name), 0, _LONGEST):
            fix = f"Use 0 to {_LONGEST}"
            yield Problem(f"scaling.{name}", getattr(scaling, name), "is no time to wait in seconds", fix)
    for schedule in scaling.schedules:
        if not is_token(schedule.schedule) and not _SCHEDULE.fullmatch(schedule.schedule):
            fix = "Write it as cron(...), rate(...) or at(...)"
            yield Problem("scaling.schedules", schedule.schedule, "is not a schedule", fix)
        if not is_token(schedule.timezone) and not _TIMEZONE.fullmatch(schedule.timezone):
            fix = "Use an IANA name, such as Europe/Berlin"
            yield Problem("scaling.schedules.timezone", schedule.timezone, "is not the name of a time zone", fix)
        bounds = schedule.minimum, schedule.maximum
        if outside(bounds[0], 1, _MOST) or outside(bounds[1], 1 if is_token(bounds[0]) else bounds[0], _MOST):
            rule = f"and maximum={schedule.maximum} of {schedule.schedule} are no bounds"
            yield Problem(
                "scaling.schedules.minimum", schedule.minimum, rule, f"Use 1 <= minimum <= maximum <= {_MOST}"
            )
    if scaling.accelerator_utilization is not None and not is_token(instance_type):
        yield from _utilization_problems(scaling.accelerator_utilization, instance_type)


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


def _targets(scaling: Scaling) -> dict[str, float]:
    names = ("invocations_per_instance", "concurrent_requests_per_instance", "accelerator_utilization")
    return {name: value for name in names if (value := getattr(scaling, name)) is not None}


def scale(
    scope: Construct, id: str, *, scaling: Scaling, endpoint_name: str, variant_name: str, instance_type: str
) -> autoscaling.CfnScalableTarget:
    """Register a variant with Application Auto Scaling, under the service-linked role of SageMaker endpoints."""
    target = autoscaling.CfnScalableTarget(
        scope,
        id,
        service_namespace="sagemaker",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        resource_id=f"endpoint/{endpoint_name}/variant/{variant_name}",
        min_capacity=scaling.minimum,
        max_capacity=scaling.maximum,
        scheduled_actions=[
            {
                "scheduledActionName": f"schedule-{index + 1}",
                "schedule": item.schedule,
                "timezone": item.timezone,
                "scalableTargetAction": {"minCapacity": item.minimum, "maxCapacity": item.maximum},
            }
            for index, item in enumerate(scaling.schedules)
        ]
        or None,
    )
    for name, value in _targets(scaling).items():
        autoscaling.CfnScalingPolicy(
            scope,
            f"{id}{''.join(word.capitalize() for word in name.split('_'))}",
            policy_name=name.replace("_", "-"),
            policy_type="TargetTrackingScaling",
            scaling_target_id=target.ref,
            target_tracking_scaling_policy_configuration={
                **_metric(name, value, endpoint_name, variant_name, instance_type),
                "scaleInCooldown": scaling.scale_in_seconds,
                "scaleOutCooldown": scaling.scale_out_seconds,
            },
        )
    return target


_PREDEFINED = {
    "invocations_per_instance": "SageMakerVariantInvocationsPerInstance",
    "concurrent_requests_per_instance": "SageMakerVariantConcurrentRequestsPerModelHighResolution",
}


def _metric(name: str, value: float, endpoint_name: str, variant_name: str, instance_type: str) -> dict[str, Any]:
    if name in _PREDEFINED:
        predefined = {"predefinedMetricType": _PREDEFINED[name]}
        return {"targetValue": value, "predefinedMetricSpecification": predefined}
    # SageMaker adds up the GPUs of an instance: four of them, all busy, are 400 percent.
    known = not is_token(instance_type) and is_accelerated(instance_type)
    gpus = instance(instance_type).accelerators if known else 1
    return {
        "targetValue": value * gpus,
        "customizedMetricSpecification": {
            "namespace": "/aws/sagemaker/Endpoints",
            "metricName": "GPUUtilization",
            "statistic": "Average",
            "dimensions": [
                {"name": "EndpointName", "value": endpoint_name},
                {"name": "VariantName", "value": variant_name},
            ],
        },
    }
