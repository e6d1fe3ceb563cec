"""How a changed endpoint takes over the traffic, and what makes it go back.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.tokens import outside

_LONGEST_WAIT = 3600
_DEADLINES = range(600, 28_801)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllAtOnce:
    """A second fleet takes all traffic at once, and is watched before the first one goes.

    :param bake_seconds: seconds that both fleets run, so that an alarm can send the traffic back, 0 to 3600.
    :param deadline_seconds: seconds after which the update fails, 600 to 28800.
    """

    bake_seconds: int = 600
    deadline_seconds: int = 14_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A second fleet takes a part of the traffic, and the rest when no alarm was raised.

    :param percent: share of the capacity that goes first, 1 to 50.
    :param wait_seconds: seconds that the part is watched, 0 to 3600.
    :param bake_seconds: seconds that both fleets run once all traffic has moved, 0 to 3600.
    :param deadline_seconds: seconds after which the update fails, 600 to 28800.
    """

    percent: int = 10
    wait_seconds: int = 600
    bake_seconds: int = 600
    deadline_seconds: int = 14_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """A second fleet takes the traffic in equal steps.

    :param percent: share of the capacity of each step, 10 to 50.
    :param wait_seconds: seconds that each step is watched, 0 to 3600.
    :param bake_seconds: seconds that both fleets run once all traffic has moved, 0 to 3600.
    :param deadline_seconds: seconds after which the update fails, 600 to 28800.
    """

    percent: int = 20
    wait_seconds: int = 300
    bake_seconds: int = 600
    deadline_seconds: int = 14_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolling:
    """Instances are replaced in batches: for accelerators of which nobody gets twice as many for an update.

    :param percent: share of the capacity of each batch, 5 to 50.
    :param wait_seconds: seconds that each batch is watched, 0 to 3600.
    :param deadline_seconds: seconds after which the update fails, 600 to 28800.
    """

    percent: int = 25
    wait_seconds: int = 300
    deadline_seconds: int = 14_400


Update = AllAtOnce | Canary | Linear | Rolling

_PERCENTS: dict[type[Update], range] = {Canary: range(1, 51), Linear: range(10, 51), Rolling: range(5, 51)}


def update_problems(update: Update) -> Iterator[Problem]:
    """What SageMaker would refuse about ``update``."""
    allowed = _PERCENTS.get(type(update))
    if allowed is not None and not isinstance(update, AllAtOnce) and outside(update.percent, allowed[0], allowed[-1]):
        rule = f"is not a share of the capacity that a {type(update).__name__} update takes"
        yield Problem("update.percent", update.percent, rule, f"Use {allowed[0]} to {allowed[-1]}")
    for name in ("wait_seconds", "bake_seconds"):
        seconds = getattr(update, name, 0)
        if outside(seconds, 0, _LONGEST_WAIT):
            yield Problem(f"update.{name}", seconds, "is not a time that SageMaker waits", f"Use 0 to {_LONGEST_WAIT}")
    if outside(update.deadline_seconds, _DEADLINES[0], _DEADLINES[-1]):
        fix = f"Use {_DEADLINES[0]} to {_DEADLINES[-1]}"
        yield Problem("update.deadline_seconds", update.deadline_seconds, "is not a time that an update may take", fix)


def deployment_config(update: Update, *, alarm_names: Sequence[str]) -> dict[str, Any]:
    """The ``DeploymentConfig`` of an endpoint, which goes back to the old fleet when one of the alarms is raised."""
    rollback = {"autoRollbackConfiguration": {"alarms": [{"alarmName": name} for name in alarm_names]}}
    if isinstance(update, Rolling):
        policy = {
            "maximumBatchSize": _share(update.percent),
            "waitIntervalInSeconds": update.wait_seconds,
            "maximumExecutionTimeoutInSeconds": update.deadline_seconds,
        }
        return {**rollback, "rollingUpdatePolicy": policy}
    policy = {
        "trafficRoutingConfiguration": _routing(update),
        "terminationWaitInSeconds": update.bake_seconds,
        "maximumExecutionTimeoutInSeconds": update.deadline_seconds,
    }
    return {**rollback, "blueGreenUpdatePolicy": policy}


def _routing(update: AllAtOnce | Canary | Linear) -> dict[str, Any]:
    match update:
        case Canary():
            return {
                "type": "CANARY",
                "canarySize": _share(update.percent),
                "waitIntervalInSeconds": update.wait_seconds,
            }
        case Linear():
            return {
                "type": "LINEAR",
                "linearStepSize": _share(update.percent),
                "waitIntervalInSeconds": update.wait_seconds,
            }
        case AllAtOnce():
            # CloudFormation could do without the time; SageMaker's API cannot.
            return {"type": "ALL_AT_ONCE", "waitIntervalInSeconds": 0}


def _share(percent: int) -> dict[str, Any]:
    return {"type": "CAPACITY_PERCENT", "value": percent}
