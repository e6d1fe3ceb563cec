"""Finds resources that use a role before its permissions are attached.

IAM is eventually consistent, and CloudFormation waits only for what is referred to: a policy that is attached to a role
by a resource of its own is not among that. A service that tries the role while it is created then fails, now and then.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
"""

from __future__ import annotations

from collections.abc import Mapping

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.rehearsal import graph, traits
from cdk_ml.rehearsal.outcome import Kind
from cdk_ml.rehearsal.stage import Stage
from cdk_ml.rehearsal.world import Physical

_ROLE = "AWS::IAM::Role"
_ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
_PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html"


def races(stage: Stage, template: Template, active: Mapping[str, Resource], made: Mapping[str, Physical]) -> None:
    """Note each resource that tries a role while it is made, and does not wait for a policy of that role."""
    policies: dict[str, list[str]] = {}
    for name, physical in made.items():
        if physical.type in _ATTACHED:
            attached = [*(physical.properties.get("Roles") or ()), physical.properties.get("RoleName")]
            for role in physical.needs:
                # A policy of one role may speak of another one.
                if role in made and made[role].type == _ROLE and made[role].physical_id in attached:
                    policies.setdefault(role, []).append(name)
    if not policies:
        return
    needs = {name: physical.needs for name, physical in made.items()}
    for name, physical in made.items():
        if not traits.tries_role(physical.type, physical.properties):
            continue
        roles = [need for need in physical.needs if need in policies]
        behind = graph.reachable(name, needs) if roles else set()
        for role in roles:
            late = [policy for policy in policies[role] if policy not in behind and not _waits(policy, name, needs)]
            if late:
                message = f"uses role {role} and may be made before {', '.join(late)} gives the role its permissions"
                fix = f"Let it depend on {', '.join(late)}"
                stage.find(Kind.IAM_RACE, Severity.WARNING, template.path, active[name], message, fix, _PAGE)


def _waits(policy: str, name: str, needs: Mapping[str, tuple[str, ...]]) -> bool:
    # A policy that names the resource has to come after it: the permissions cannot be what its creation needs.
    return name in graph.reachable(policy, needs)
