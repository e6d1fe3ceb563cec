"""A key policy that allows everybody, without a condition, lets any AWS account use the key: what it encrypts is then
protected by the bucket policy alone.

https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.policies import statements
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get, is_absent, items


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    for statement in statements(resource.properties.get("KeyPolicy")):
        principal = statement.get("Principal")
        everybody = principal == "*" or (isinstance(principal, dict) and "*" in items(get(principal, "AWS")))
        if everybody and is_absent(statement.get("Condition")):
            yield "a statement of the key policy allows every AWS account"


RULE = Rule(
    id="ML-KeyPolicyPrivate",
    title="Key policies do not allow everybody",
    severity=Severity.ERROR,
    source="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
    resource_types=("AWS::KMS::Key", "AWS::KMS::ReplicaKey"),
    check=_check,
    fix="Name the principals, or add a condition such as kms:CallerAccount or aws:PrincipalOrgID",
    good=example(
        "AWS::KMS::Key",
        KeyPolicy={
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": "kms:Decrypt",
                    "Condition": {"StringEquals": {"kms:CallerAccount": "111111111111"}},
                }
            ]
        },
    ),
    bad=example(
        "AWS::KMS::Key",
        KeyPolicy={"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt"}]},
    ),
)
