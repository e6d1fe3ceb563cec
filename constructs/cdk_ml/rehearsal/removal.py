"""Deletes resources and stacks, or keeps resources where their policy says so.

Each resource is deleted after everything that depends on it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
"""

from __future__ import annotations

from cdk_ml.rehearsal import graph, traits
from cdk_ml.rehearsal.cases import known_cases
from cdk_ml.rehearsal.outcome import Action
from cdk_ml.rehearsal.stage import Stage
from cdk_ml.rehearsal.world import Physical

KEEPING = ("Retain", "RetainExceptOnCreate")


def remove(
    stage: Stage,
    resource: Physical,
    policy: str,
    start: int,
    cause: int | None,
    action: Action,
    attribute: str = "DeletionPolicy",
) -> int:
    """Do with one resource what its policy says; the event.

    :param attribute: the one of the template that the policy is from.
    """
    if policy in KEEPING:
        stage.leave(resource, f"stays, by its {attribute}", intended=True)
        return stage.happens(Action.RETAIN, resource, start, 0, cause=cause)
    if policy == "Snapshot" and traits.takes_snapshots(resource.type):
        stage.leave(resource, "stays as a snapshot", intended=True, exists=False)
        return stage.happens(Action.SNAPSHOT, resource, start, resource.minutes("delete"), cause=cause)
    if resource.child is not None and resource.child in stage.stacks:
        cause = delete_stack(stage, resource.child, start, cause)
        start = stage.end(cause) if cause is not None else start
    stage.release(resource)
    return stage.happens(action, resource, start, resource.minutes("delete"), cause=cause)


def delete_stack(stage: Stage, path: str, start: int, cause: int | None) -> int | None:
    """Delete what is in a stack, and the stack; the event that ends last."""
    state = stage.stacks[path]
    needs = {name: resource.needs for name, resource in state.resources.items()}
    in_order, _ = graph.order(needs)
    users = graph.needed_by(needs)
    events: dict[str, int] = {}
    for name in reversed(in_order):
        resource = state.resources[name]
        before = [events[user] for user in users[name] if user in events]
        last = max(before, key=stage.end) if before else cause
        begin = max([start, *(stage.end(event) for event in before)])
        events[name] = remove(stage, resource, resource.deletion_policy, begin, last, Action.DELETE)
        if resource.deletion_policy not in KEEPING:
            known_cases(stage, resource)
    del stage.stacks[path]
    return max(events.values(), key=stage.end) if events else cause
