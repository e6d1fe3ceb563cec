"""AWS's FullAccess policies grant every action of a service on every resource, and often more:
AmazonSageMakerFullAccess reads every bucket with sagemaker in its name and creates roles and functions. They are made
for getting started.

https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import items, joined

_SUFFIXES = ("FullAccess", "/AdministratorAccess")


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    for policy in items(resource.properties.get("ManagedPolicyArns")):
        arn = joined(policy)
        if ":iam::aws:policy/" in arn and arn.endswith(_SUFFIXES):
            yield f"it has the AWS managed policy {arn.rpartition('/')[2]}"


RULE = Rule(
    id="ML-NoFullAccessPolicy",
    title="No role has an AWS managed FullAccess policy",
    severity=Severity.ERROR,
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    resource_types=("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"),
    check=_check,
    fix="Grant the actions that are needed on the resources that are meant",
    good=example("AWS::IAM::Role", ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonBedrockReadOnly"]),
    bad=example(
        "AWS::IAM::Role",
        ManagedPolicyArns=[
            {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/AmazonSageMakerFullAccess"]]}
        ],
    ),
)
