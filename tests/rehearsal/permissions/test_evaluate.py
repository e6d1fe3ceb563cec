"""What another policy would deny, by IAM's logic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.assembly import Assembly, AssemblyError
from cdk_ml.rehearsal.permissions import ExecutionPolicy, Verdict, denied, execution_policy, load_policy
from tests.rehearsal.permissions.conftest import Policy

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
TOPIC = "arn:aws:sns:eu-west-1:111122223333:Churn-Topic-*"


@pytest.fixture
def topic(policy: Policy) -> ExecutionPolicy:
    """What one SNS topic needs."""
    return policy({"Topic": {"Type": "AWS::SNS::Topic"}})


def verdicts(policy: ExecutionPolicy, *statements: dict[str, Any]) -> dict[str, Verdict]:
    """What becomes of the actions that are not surely allowed."""
    return {denial.action: denial.verdict for denial in denied(policy, {"Statement": list(statements)})}


def test_a_policy_denies_nothing_of_itself(granted: ExecutionPolicy) -> None:
    assert denied(granted, granted.documents()) == []


@pytest.mark.parametrize("action", ["sagemaker:CreateEndpoint", "kms:PutKeyPolicy", "ec2:DescribeVpcs", "iam:PassRole"])
def test_removing_an_action_denies_exactly_that(reference: Assembly, action: str) -> None:
    policy = execution_policy(reference.select(["NeuronInference"]))
    documents = policy.documents()
    for document in documents:
        for statement in document["Statement"]:
            given = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            # IAM refuses an empty list, so that the last action is replaced by one that nobody needs.
            statement["Action"] = [each for each in given if each != action] or ["sts:GetCallerIdentity"]
    expected = {
        (need.stack, need.logical_id, need.action, resource)
        for need in policy.needs
        if need.action == action
        for resource in need.resources
    }
    found = denied(policy, documents)
    assert expected
    assert {(d.need.stack, d.need.logical_id, d.action, d.resource) for d in found} == expected
    assert {denial.verdict for denial in found} == {Verdict.IMPLICIT}


def test_an_explicit_denial_wins(topic: ExecutionPolicy) -> None:
    deny = {"Sid": "No", "Effect": "Deny", "Action": "sns:Create*", "Resource": TOPIC}
    assert verdicts(topic, EVERYTHING, deny) == {"sns:CreateTopic": Verdict.EXPLICIT}
    (denial,) = denied(topic, {"Statement": [EVERYTHING, deny]})
    assert str(denial) == (
        "Churn/Topic: create needs sns:CreateTopic on arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:"
        "Churn-Topic-*: denied by a statement (No)."
    )


@pytest.mark.parametrize(
    ("statement", "is_denied"),
    [
        ({"Effect": "Deny", "Action": "sns:CreateTopic", "Resource": "arn:aws:sns:*:*:other-*"}, False),
        ({"Effect": "Deny", "Action": "sns:CreateTopic", "NotResource": "arn:aws:sns:*:*:Churn-*"}, False),
        ({"Effect": "Deny", "Action": "sns:CreateTopic", "NotResource": "arn:aws:sns:*:*:other-*"}, True),
        ({"Effect": "Deny", "Action": "sns:CreateTopic", "Resource": "arn:aws:sns:*:*:Churn-Topic-A*"}, True),
        ({"Effect": "Deny", "NotAction": "sns:*", "Resource": "*"}, False),
        ({"Effect": "Deny", "NotAction": ["s3:*", "sns:Get*"], "Resource": "*"}, True),
    ],
)
def test_a_denial_reaches_what_it_can_touch(topic: ExecutionPolicy, statement: dict[str, Any], is_denied: bool) -> None:
    found = verdicts(topic, EVERYTHING, statement)
    assert (found.get("sns:CreateTopic") is Verdict.EXPLICIT) is is_denied


@pytest.mark.parametrize(
    ("statement", "is_allowed"),
    [
        ({"Effect": "Allow", "Action": "SNS:createtopic", "Resource": TOPIC}, True),
        ({"Effect": "Allow", "Action": ["sns:Create?opic"], "Resource": ["arn:aws:sns:*:*:Churn-*"]}, True),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, True),
        ({"Effect": "Allow", "Action": "sns:*", "NotResource": "arn:aws:sns:*:*:other-*"}, True),
        ({"Effect": "Allow", "Action": "sns:*", "NotResource": "arn:aws:sns:*:*:Churn-Topic-A*"}, False),
        ({"Effect": "Allow", "Action": "sns:*", "Resource": "arn:aws:sns:*:*:Churn-Topic-A*"}, False),
        ({"Effect": "Allow", "NotAction": "sns:*", "Resource": "*"}, False),
    ],
)
def test_an_allowance_counts_when_it_covers_the_need(
    topic: ExecutionPolicy, statement: dict[str, Any], is_allowed: bool
) -> None:
    assert ("sns:CreateTopic" not in verdicts(topic, statement)) is is_allowed


def test_conditions_are_named_instead_of_guessed(topic: ExecutionPolicy) -> None:
    conditional = EVERYTHING | {"Sid": "Mfa", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
    found = denied(topic, {"Statement": conditional})
    assert found
    assert not any(denial.certain for denial in found)
    assert {(denial.statement, denial.keys) for denial in found} == {("Mfa", ("aws:MultiFactorAuthPresent",))}
    deny = conditional | {"Effect": "Deny"}
    assert {*verdicts(topic, EVERYTHING, deny).values()} == {Verdict.CONDITION}


@pytest.mark.parametrize(
    ("service", "verdict"), [("sagemaker.amazonaws.com", None), ("glue.amazonaws.com", Verdict.IMPLICIT)]
)
def test_the_service_that_a_role_is_passed_to_decides_a_condition(
    reference: Assembly, service: str, verdict: Verdict | None
) -> None:
    condition = {"StringEquals": {"iam:PassedToService": service}}
    others = {"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": "*"}
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": condition}
    policy = execution_policy(reference.select(["NeuronInference"]))
    assert verdicts(policy, others, passing).get("iam:PassRole") is verdict


@pytest.mark.parametrize(
    "wrap", [lambda d: d, lambda d: {"PolicyVersion": {"Document": d}}, lambda d: {"PolicyDocument": d}]
)
def test_a_policy_is_read_as_the_command_line_of_aws_prints_it(
    tmp_path: Path, topic: ExecutionPolicy, wrap: Any
) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(wrap({"Version": "2012-10-17", "Statement": [EVERYTHING]})))
    assert denied(topic, load_policy(file)) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"Resources": {}}, "it has no Statement"),
        ({"Statement": [{"Action": "*"}]}, "statement 1 has no Effect"),
        ({"Statement": [{"Effect": "Allow", "Action": "*"}]}, "statement 1 has neither Resource nor NotResource"),
    ],
)
def test_what_is_no_policy_is_refused_in_one_line(tmp_path: Path, content: dict[str, Any], message: str) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(content))
    with pytest.raises(AssemblyError, match=message) as error:
        load_policy(file)
    assert str(error.value).startswith(str(file))
    assert "\n" not in str(error.value)
