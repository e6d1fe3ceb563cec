"""A role that trusts a service without saying for whom can be used by that service on behalf of another account that
knows the role's ARN: the confused deputy. SageMaker and Bedrock send the account and the resource they act for.

https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.policies import has_condition, services, statements
from cdk_ml.checks.rule import Rule, example

_SERVICES = ("sagemaker.amazonaws.com", "bedrock.amazonaws.com", "bedrock-agentcore.amazonaws.com")
_KEYS = ("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths")


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    for statement in statements(resource.properties.get("AssumeRolePolicyDocument")):
        if not has_condition(statement, *_KEYS):
            for service in services(statement):
                if service in _SERVICES:
                    yield f"{service} may assume this role on behalf of any account"


RULE = Rule(
    id="ML-TrustConfusedDeputy",
    title="Roles for SageMaker and Bedrock say whom the service may act for",
    severity=Severity.WARNING,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html",
    resource_types=("AWS::IAM::Role",),
    check=_check,
    fix="Add a condition on aws:SourceAccount, and on aws:SourceArn where the ARN is known",
    good=example(
        "AWS::IAM::Role",
        AssumeRolePolicyDocument={
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sagemaker.amazonaws.com"},
                    "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
                }
            ]
        },
    ),
    bad=example(
        "AWS::IAM::Role",
        AssumeRolePolicyDocument={
            "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}}]
        },
    ),
)
