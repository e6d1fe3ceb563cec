"""Permissions: statements that must explain their wildcards, and the roles made of them.

A role's permissions are a managed policy that the role lists, for two reasons: NIST 800-53, HIPAA and PCI DSS ask for
policies that are not inline, and whatever uses the role then waits for its permissions without a ``DependsOn``.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.workspace.acknowledgement import acknowledge

ANYTHING = ("*",)
"""Resources of an action that IAM cannot scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a role may do.

    :param actions: IAM actions.
    :param resources: ARNs; :data:`ANYTHING` where the actions take no resource.
    :param conditions: IAM condition block, operator to key to value.
    :param wildcard: why an action or resource has a ``*``. Required where one does: it becomes the acknowledgement of
        the finding.
    :raises cdk_ml.errors.ConfigurationError: a wildcard without a reason; no action, or no resource.
    """

    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Mapping[str, Any]] | None = None
    wildcard: str = ""

    def __post_init__(self) -> None:
        reject("Statement", _problems(self))

    def document(self) -> dict[str, Any]:
        """The statement in IAM's JSON."""
        statement: dict[str, Any] = {"Effect": "Allow", "Action": [*self.actions], "Resource": [*self.resources]}
        if self.conditions:
            statement["Condition"] = self.conditions
        return statement


def _problems(statement: Statement) -> Iterable[Problem]:
    wild = [text for text in (*statement.actions, *statement.resources) if "*" in text]
    if wild and not statement.wildcard:
        fix = "Say why in Statement(wildcard=...), or name what is meant"
        yield Problem("wildcard", statement.wildcard, f"does not explain {wild}", fix)
    if not statement.actions:
        yield Problem("actions", statement.actions, "allows nothing", "Name an action, or leave the statement out")
    if not statement.resources:
        fix = "Name an ARN, or say ANYTHING where the actions take no resource"
        yield Problem("resources", statement.resources, "is about nothing", fix)


def service_role(
    scope: Construct,
    id: str,
    *,
    service: str,
    statements: Iterable[Statement],
    permissions_boundary: iam.IManagedPolicy | None,
    documents: Iterable[Mapping[str, Any]] = (),
) -> iam.Role:
    """Make a role that ``service`` assumes on behalf of this account only, with exactly ``statements``.

    :param documents: statements in IAM's JSON that constructs of the CDK ask for; their wildcards are the user's to
        acknowledge.
    """
    policy = managed_policy(scope, f"{id}Policy", statements=statements, documents=documents)
    # The account condition keeps the service from using the role for somebody else ("confused deputy").
    own_account = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
    return iam.Role(
        scope,
        id,
        assumed_by=iam.ServicePrincipal(service, conditions=own_account),
        managed_policies=[policy],
        permissions_boundary=permissions_boundary,
    )


def managed_policy(
    scope: Construct,
    id: str,
    *,
    statements: Iterable[Statement],
    documents: Iterable[Mapping[str, Any]] = (),
    roles: Iterable[iam.IRole] = (),
) -> iam.ManagedPolicy:
    """Make a policy of ``statements``, whose wildcards are acknowledged with the reasons they give.

    :param documents: as in :func:`service_role`.
    :param roles: roles that get it after they are made, where it is about something that needs the role first.
    """
    granted = tuple(statements)
    policy = iam.ManagedPolicy(
        scope,
        id,
        document=iam.PolicyDocument.from_json(
            {"Version": "2012-10-17", "Statement": [*(statement.document() for statement in granted), *documents]}
        ),
        roles=[*roles],
    )
    for statement in granted:
        findings = sorted(set(_wildcard_findings(policy, statement)))
        if findings:
            acknowledge(policy, statement.wildcard, *findings)
    return policy


def _wildcard_findings(scope: Construct, statement: Statement) -> Iterable[str]:
    for kind, texts in (("Action", statement.actions), ("Resource", statement.resources)):
        for text in texts:
            if "*" in text:
                yield f"AwsSolutions-IAM5[{kind}::{_flat(Stack.of(scope).resolve(text))}]"


def _flat(value: Any) -> str:
    """``value`` as cdk-nag writes it in the ids of its findings."""
    match value:
        case str():
            return value.replace("${", "<").replace("}", ">")
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_flat(part) for part in parts)
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{_flat(resource)}.{_flat(attribute)}>"
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::Sub": str() as text}:
            return _flat(text)
        case {"Fn::ImportValue": name}:
            return _flat(name)
        case _:
            return json.dumps(value, separators=(",", ":"))
