"""What many roles may do names its resources, or says why it cannot."""

from __future__ import annotations

import pytest

from cdk_ml.workspace import Statement
from cdk_ml.workspace.statements import PUT_TRACES, pass_role, use_key, write_logs, write_traces

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
GROUP = "arn:aws:logs:us-east-1:111111111111:log-group:churn:*"
ROLE = "arn:aws:iam::111111111111:role/train"


def test_a_role_is_handed_to_the_named_service_only() -> None:
    assert pass_role(ROLE, to="sagemaker.amazonaws.com").document() == {
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": [ROLE],
        "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    }


@pytest.mark.parametrize(
    ("statements", "actions", "resource"),
    [
        (use_key(KEY), ["kms:Decrypt", "kms:GenerateDataKey"], KEY),
        (write_logs(GROUP, actions=["logs:PutLogEvents"]), ["logs:PutLogEvents"], GROUP),
        (write_traces(page="https://docs.aws.amazon.com/xray/"), [*PUT_TRACES], "*"),
        (write_traces(page="https://docs.aws.amazon.com/xray/", actions=["xray:Put"]), ["xray:Put"], "*"),
    ],
)
def test_actions_and_resources_are_those_given(statements: list[Statement], actions: list[str], resource: str) -> None:
    (statement,) = statements
    assert ([*statement.actions], [*statement.resources]) == (actions, [resource])


def test_a_service_is_said_to_need_what_has_no_resource() -> None:
    (statement,) = write_traces(page="https://docs.aws.amazon.com/xray/")
    assert statement.wildcard.endswith("take no resource. https://docs.aws.amazon.com/xray/")
