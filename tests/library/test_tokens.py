"""What is a token is seen without asking the CDK, and the CDK agrees."""

from __future__ import annotations

import math

import aws_cdk as cdk
import pytest

from cdk_ml.tokens import is_token, outside

REFERENCE = {"Ref": "AWS::StackName"}


@pytest.mark.parametrize(
    "value",
    [
        cdk.Token.as_string(REFERENCE),
        f"prefix-{cdk.Token.as_string(REFERENCE)}",
        cdk.Token.as_number(REFERENCE),
        cdk.Token.as_list(REFERENCE),
        cdk.Token.as_any(REFERENCE),
        "text",
        "${AWS::Region}",
        1,
        -1e200,
        0.5,
        ["a"],
        [],
        True,
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_cdk_agrees_on_what_is_a_token(value: object) -> None:
    assert is_token(value) is cdk.Token.is_unresolved(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_is_no_token_and_within_no_bounds(value: float) -> None:
    assert not is_token(value)
    assert outside(value, 0, 1)


def test_a_number_of_the_deployment_is_within_any_bounds() -> None:
    assert not outside(cdk.Token.as_number(REFERENCE), 0, 1)
    assert outside(2, 0, 1)
    assert not outside(1, 0, 1)
