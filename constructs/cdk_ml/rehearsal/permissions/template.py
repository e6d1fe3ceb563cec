"""The policy as a CloudFormation template of managed policies, and how ``cdk bootstrap`` takes them.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cdk_ml.rehearsal.permissions.documents import packed
from cdk_ml.rehearsal.permissions.model import Statement

OUTPUT = "ExecutionPolicies"
"""The output with the ARNs of all policies, joined as ``--cloudformation-execution-policies`` takes them."""


def managed_policies(statements: Iterable[Statement]) -> dict[str, Any]:
    """A template with a managed policy for each document, and one output with all their ARNs."""
    given = tuple(statements)
    names = []
    resources: dict[str, Any] = {}
    for number, document in enumerate(packed(given), start=1):
        name = f"ExecutionPolicy{number}"
        names.append(name)
        reasons = {body["Sid"]: _reason(str(body["Sid"]), given) for body in document["Statement"]}
        resources[name] = {
            "Type": "AWS::IAM::ManagedPolicy",
            "Metadata": {"Reasons": {sid: reason for sid, reason in reasons.items() if reason}},
            "Properties": {
                "Description": f"What CloudFormation may do for the CDK, part {number}",
                "PolicyDocument": _substituted(document),
            },
        }
    arns = [{"Ref": name} for name in names]
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Least-privilege policy of the CloudFormation execution role, made by cdk-ml",
        "Resources": resources,
        "Outputs": {OUTPUT: {"Description": "For cdk bootstrap", "Value": {"Fn::Join": [",", arns]}}},
    }


def bootstrap_commands(file: str, stack: str = "cdk-execution-policies") -> tuple[str, ...]:
    """The commands that make the policies from the template in ``file``, and give them to the execution role."""
    query = f"Stacks[0].Outputs[?OutputKey=='{OUTPUT}'].OutputValue"
    return (
        f"aws cloudformation deploy --template-file {file} --stack-name {stack} --capabilities CAPABILITY_IAM",
        "cdk bootstrap --cloudformation-execution-policies "
        f'"$(aws cloudformation describe-stacks --stack-name {stack} --query "{query}" --output text)"',
    )


def _reason(sid: str, statements: Iterable[Statement]) -> str:
    # A statement that was cut has its letters after the name it had.
    return max((s for s in statements if sid.startswith(s.sid)), key=lambda s: len(s.sid)).reason


def _substituted(value: Any) -> Any:
    if isinstance(value, str):
        return {"Fn::Sub": value} if "${AWS::" in value else value
    if isinstance(value, Mapping):
        return {name: _substituted(inner) for name, inner in value.items()}
    return [_substituted(inner) for inner in value] if isinstance(value, list) else value
