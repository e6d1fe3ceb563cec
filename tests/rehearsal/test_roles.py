"""A role is raced by the policies that it is given, and not by those that speak of it."""

from __future__ import annotations

from typing import Any

from cdk_ml.rehearsal.outcome import Kind
from tests.rehearsal.templates import ROLE, created, resource


def races(policy: dict[str, Any]) -> list[str]:
    """What uses the role ``Job`` before a policy is there."""
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": {"Fn::GetAtt": ["Job", "Arn"]},
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    definition = '{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}'
    outcome = created(
        {
            "Job": ROLE,
            "Instances": ROLE,
            "MayBecome": resource("AWS::IAM::ManagedPolicy", {"PolicyDocument": document, **policy}),
            "Nightly": resource(
                "AWS::StepFunctions::StateMachine",
                {
                    "RoleArn": {"Fn::GetAtt": ["Job", "Arn"]},
                    "DefinitionString": definition,
                    "LoggingConfiguration": {"Level": "ERROR"},
                },
            ),
        }
    )
    return [finding.message for finding in outcome.findings if finding.kind == Kind.IAM_RACE]


def test_a_policy_of_the_role_is_waited_for() -> None:
    (message,) = races({"Roles": [{"Ref": "Job"}]})
    assert "uses role Job and may be made before MayBecome" in message


def test_a_policy_of_another_role_that_speaks_of_it_is_not() -> None:
    assert races({"Roles": [{"Ref": "Instances"}]}) == []
