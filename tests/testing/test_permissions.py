"""The proof that a role may deploy a stack, as users call it."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns

from cdk_ml.assembly import AssemblyError
from cdk_ml.testing import assert_permitted

TOPICS = {"Effect": "Allow", "Action": "sns:*", "Resource": "*"}
BOOTSTRAP = {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "arn:*:ssm:*:*:parameter/cdk-bootstrap/*"}


@pytest.fixture
def alerts(stack: cdk.Stack) -> cdk.Stack:
    sns.CfnTopic(stack, "Topic")
    return stack


def test_the_policies_of_a_role_count_together_as_documents_and_as_files(alerts: cdk.Stack, tmp_path: Path) -> None:
    file = tmp_path / "topics.json"
    file.write_text(json.dumps({"Statement": TOPICS}))
    assert assert_permitted(alerts, {"Statement": [TOPICS, BOOTSTRAP]}) == []
    assert assert_permitted(alerts, [file, {"Statement": BOOTSTRAP}]) == []
    assert assert_permitted(alerts, [str(file), {"Statement": BOOTSTRAP}]) == []


def test_what_is_denied_is_named_with_its_resource(alerts: cdk.Stack) -> None:
    denied = {"Sid": "NoTags", "Effect": "Deny", "Action": "sns:TagResource", "Resource": "*"}
    with pytest.raises(AssertionError) as failed:
        assert_permitted(alerts, {"Statement": [TOPICS, BOOTSTRAP, denied]})
    first, line = str(failed.value).splitlines()
    assert first == "The policies allow what CloudFormation needs: 1 problem"
    assert line.startswith("- Churn/Topic: create, update needs sns:TagResource on arn:")
    assert line.endswith(": denied by a statement (NoTags).")


def test_what_depends_on_a_condition_is_returned(alerts: cdk.Stack) -> None:
    condition = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    uncertain = assert_permitted(alerts, {"Statement": [TOPICS | {"Condition": condition}, BOOTSTRAP]})
    assert {denial.keys for denial in uncertain} == {("aws:RequestedRegion",)}
    assert "sns:CreateTopic" in {denial.action for denial in uncertain}


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({}, "it has no Statement"),
        (
            {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": 1}},
            "a Condition that is none",
        ),
    ],
)
def test_what_is_no_policy_is_refused(alerts: cdk.Stack, policy: dict[str, object], message: str) -> None:
    with pytest.raises(AssemblyError, match=message):
        assert_permitted(alerts, policy)
