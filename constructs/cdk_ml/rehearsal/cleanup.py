"""The clean-up of an update: what was replaced or removed goes, once everything else is done.

Each is deleted after everything that depends on it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
"""

from __future__ import annotations

from collections.abc import Sequence

from cdk_ml.rehearsal import graph, judgement, stack_policy, traits
from cdk_ml.rehearsal.cases import known_cases
from cdk_ml.rehearsal.outcome import Action
from cdk_ml.rehearsal.removal import remove
from cdk_ml.rehearsal.stage import Stage
from cdk_ml.rehearsal.world import Physical


def clean_up(stage: Stage, going: Sequence[tuple[Physical, str]], start: int, cause: int | None) -> int:
    """Delete, retain or snapshot what an update no longer needs.

    :param going: each resource, and the policy that decides.
    :returns: when it is over.
    """
    resources = {f"{r.logical_id}/{r.generation}": (r, policy) for r, policy in going}
    current = {r.logical_id: key for key, (r, _) in resources.items()}
    needs = {key: [current[n] for n in r.needs if n in current] for key, (r, _) in resources.items()}
    in_order, _ = graph.order(needs)
    events: dict[str, int] = {}
    users = graph.needed_by(needs)
    for key in reversed(in_order):
        resource, policy = resources[key]
        removed = stage.stacks[resource.stack].resources.get(resource.logical_id) is None
        if removed:
            judgement.protected(stage, resource, stack_policy.DELETE)
        if removed and traits.holds_data(resource.type):
            judgement.lost(stage, resource, policy, "is no longer in the template", "DeletionPolicy")
        before = [events[user] for user in users[key] if user in events]
        last = max(before, key=stage.end) if before else cause
        begin = max([start, *(stage.end(event) for event in before)])
        attribute = "DeletionPolicy" if removed else "UpdateReplacePolicy"
        events[key] = remove(stage, resource, policy, begin, last, Action.CLEAN_UP, attribute)
        if policy == "Delete":
            known_cases(stage, resource, certain_only=True)
    return max([start, *(stage.end(event) for event in events.values())])
