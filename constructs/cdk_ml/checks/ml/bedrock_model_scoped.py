"""Models differ in price by a factor of a hundred and in the terms of their providers: who may invoke every model may
also invoke the one nobody budgeted for or agreed to.

https://docs.aws.amazon.com/bedrock/latest/userguide/security_iam_id-based-policy-examples.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.policies import POLICY_TYPES, allows, permissions
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import items, joined

_EVERY = (":foundation-model/*", ":inference-profile/*", ":application-inference-profile/*", ":provisioned-model/*")
_ACTIONS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    for statement in permissions(resource):
        if any(allows(statement, action) for action in _ACTIONS):
            for arn in map(joined, items(statement.get("Resource"))):
                if arn == "*" or arn.endswith(_EVERY):
                    yield f"a statement allows invoking every Bedrock model: Resource is {arn}"


RULE = Rule(
    id="ML-BedrockModelScoped",
    title="Permission to invoke Bedrock models names the models",
    severity=Severity.ERROR,
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/security_iam_id-based-policy-examples.html",
    resource_types=POLICY_TYPES,
    check=_check,
    fix="Name the ARNs of foundation models and inference profiles",
    good=example(
        "AWS::IAM::Policy",
        PolicyName="p",
        PolicyDocument={
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "bedrock:InvokeModel",
                    "Resource": "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0",
                }
            ]
        },
    ),
    bad=example(
        "AWS::IAM::Policy",
        PolicyName="p",
        PolicyDocument={"Statement": [{"Effect": "Allow", "Action": "bedrock:Invoke*", "Resource": "*"}]},
    ),
)
