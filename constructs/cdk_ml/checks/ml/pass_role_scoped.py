"""Who may pass a role to any service may use its permissions through the service of their choice. A condition on the
service keeps a role for training jobs from being handed to a function or an instance.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.policies import POLICY_TYPES, allows, has_condition, permissions
from cdk_ml.checks.rule import Rule, example


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    for statement in permissions(resource):
        if allows(statement, "iam:PassRole") and not has_condition(statement, "iam:PassedToService"):
            yield "a statement allows iam:PassRole to any service"


RULE = Rule(
    id="ML-PassRoleScoped",
    title="iam:PassRole names the service that may receive the role",
    severity=Severity.ERROR,
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
    resource_types=POLICY_TYPES,
    check=_check,
    fix="Add a condition on iam:PassedToService, such as sagemaker.amazonaws.com",
    good=example(
        "AWS::IAM::Policy",
        PolicyName="p",
        PolicyDocument={
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "iam:PassRole",
                    "Resource": "r",
                    "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
                }
            ]
        },
    ),
    bad=example(
        "AWS::IAM::Policy",
        PolicyName="p",
        PolicyDocument={"Statement": [{"Effect": "Allow", "Action": ["iam:PassRole"], "Resource": "r"}]},
    ),
)
