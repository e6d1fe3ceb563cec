"""Applies the known cases of facts/teardown.toml to a resource that is about to be deleted.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
"""

from __future__ import annotations

from cdk_ml.checks.finding import Severity
from cdk_ml.rehearsal import teardown
from cdk_ml.rehearsal.outcome import Kind
from cdk_ml.rehearsal.stage import Stage
from cdk_ml.rehearsal.world import Physical, StackState


def known_cases(stage: Stage, resource: Physical, *, certain_only: bool = False) -> None:
    """Note what blocks the deletion of a resource, and what it leaves behind.

    :param certain_only: leave out what depends on what happened after the deployment.
    """
    for case in teardown.applicable(resource.type, resource.properties):
        if certain_only and not case.certain:
            continue
        blocks = case.kind is teardown.Kind.BLOCKS
        kind = Kind.BLOCKED if blocks else Kind.LEFTOVER
        severity = Severity.INFO if not case.certain else Severity.ERROR if blocks else Severity.WARNING
        what = case.what if case.when == "always" else f"when {case.when}: {case.what}"
        stage.find(kind, severity, resource.stack, resource, what, case.remedy, case.source)
        if case.holds and resource.stack in stage.stacks:
            _held(stage, stage.stacks[resource.stack], resource, case, severity)


def _held(stage: Stage, stack: StackState, resource: Physical, case: teardown.Blocker, severity: Severity) -> None:
    """What the resource uses cannot go either."""
    for name in _used(stack, resource):
        other = stack.resources[name]
        if other.type in case.holds:
            message = f"cannot be deleted while {resource.logical_id} holds it: when {case.when}: {case.what}"
            stage.find(Kind.BLOCKED, severity, other.stack, other, message, case.remedy, case.source)


def _used(stack: StackState, resource: Physical) -> list[str]:
    found: dict[str, None] = {}
    waiting = list(resource.needs)
    while waiting:
        name = waiting.pop()
        if name in stack.resources and name not in found:
            found[name] = None
            waiting.extend(stack.resources[name].needs)
    return list(found)
