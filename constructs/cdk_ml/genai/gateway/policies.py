"""Permissions of a gateway, in policies that are not too long for IAM.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.models.application_inference_profile import ApplicationInferenceProfile
from cdk_ml.workspace import Statement
from cdk_ml.workspace.permissions import managed_policy

_LONGEST_POLICY = 6_144
_MOST_POLICIES = 9  # A role has ten managed policies; one of them is its own.
_FRAME = 260  # Version, what stands around statements, and the one that lets members call the gateway.
# A reference becomes an ARN or a part of one: rather more than less.
_REFERENCE = 90
_PSEUDO = {"AWS::Partition": 10, "AWS::Region": 14, "AWS::AccountId": 12}


def let_ask(
    scope: Construct, *, role: iam.Role, profiles: Mapping[str, Mapping[str, ApplicationInferenceProfile]]
) -> None:
    """Let the gateway's function ask all of its teams' models, each through the team's profile only.

    One policy holds the profiles of a few teams, so that there are as many as it takes.

    :raises cdk_ml.errors.ConfigurationError: for more than a role has room for.
    """
    asking = [
        statement
        for models in profiles.values()
        for profile in models.values()
        for statement in profile.invoke_statements()
    ]
    policies = _packed(scope, asking)
    if len(policies) > _MOST_POLICIES:
        rule = f"take {len(policies)} policies, and a role of IAM has {_MOST_POLICIES} to spare"
        fix = "Make two gateways, or give teams fewer models, or models themselves in place of profiles"
        reject(scope, [Problem("teams", [*profiles], rule, fix)])
    for index, statements in enumerate(policies, 1):
        # Listed by the role, so that the function waits for it.
        role.add_managed_policy(managed_policy(scope, f"Models{index}", statements=statements))


def member_policy(
    scope: Construct,
    id: str,
    *,
    profiles: Mapping[str, ApplicationInferenceProfile],
    asking: Sequence[Statement],
) -> iam.ManagedPolicy:
    """Make a policy for members of a team.

    :param asking: what lets them ask Bedrock themselves, if they may.
    :raises cdk_ml.errors.ConfigurationError: for more models than one policy has room for.
    """
    # Tools look a profile up before they ask, to find out which model it is.
    arns = [profile.profile_arn for profile in profiles.values()]
    look = [Statement(actions=["bedrock:GetInferenceProfile"], resources=arns)] if asking else []
    statements = [*look, *asking]
    if len(_packed(scope, statements)) > 1:
        rule = f"are too many for a team with direct=True: IAM takes {_LONGEST_POLICY} characters in a policy"
        fix = "Give it fewer models, or models themselves in place of profiles"
        reject(scope, [Problem(f"teams[{id}].models", [*profiles], rule, fix)])
    return managed_policy(scope, id, statements=statements)


def _packed(scope: IConstruct, statements: Iterable[Statement]) -> list[list[Statement]]:
    """Statements in as few policies as they fit into, in their order."""
    policies: list[list[Statement]] = []
    room = 0
    for statement in statements:
        length = _length(Stack.of(scope).resolve(statement.document())) + 1
        if length > room or not policies:
            policies.append([])
            room = _LONGEST_POLICY - _FRAME
        policies[-1].append(statement)
        room -= length
    return policies


def _length(value: Any) -> int:
    match value:
        case {"Fn::Join": [str() as separator, list() as parts]}:
            return sum(map(_length, parts)) + len(separator) * len(parts)
        case {"Ref": name}:
            return _PSEUDO.get(name, _REFERENCE)
        case {"Fn::GetAtt": _} | {"Fn::Select": _} | {"Fn::Split": _} | {"Fn::ImportValue": _} | {"Fn::Sub": _}:
            return _REFERENCE
        case dict():
            return 2 + sum(_length(key) + _length(inner) + 2 for key, inner in value.items())
        case list():
            return 2 + sum(_length(inner) + 1 for inner in value)
        case _:
            return len(json.dumps(value))
