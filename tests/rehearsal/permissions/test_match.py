"""Patterns against patterns, compared with matching every text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_ml.rehearsal.permissions.match import Question, matches, matches_action

NAMES = st.text("ab", max_size=4)
PATTERNS = st.text("ab*?", max_size=5)


def as_regex(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern))


@given(NAMES, PATTERNS)
def test_a_known_arn_matches_as_its_text_does(name: str, pattern: str) -> None:
    expected = as_regex(pattern).fullmatch(name) is not None
    arn = f"arn:aws:s3:::{name}"
    assert matches(arn, f"arn:aws:s3:::{pattern}", Question.ALL) is expected
    assert matches(arn, f"arn:aws:s3:::{pattern}", Question.ANY) is expected


@given(NAMES, NAMES, PATTERNS)
def test_a_pattern_covers_a_need_only_if_it_matches_all_that_the_need_can_be(
    start: str, rest: str, pattern: str
) -> None:
    if matches(f"arn:aws:s3:::{start}*", f"arn:aws:s3:::{pattern}", Question.ALL):
        assert as_regex(pattern).fullmatch(start + rest)


@given(NAMES, NAMES, PATTERNS)
def test_a_pattern_touches_a_need_whenever_it_matches_something_that_the_need_can_be(
    start: str, rest: str, pattern: str
) -> None:
    if as_regex(pattern).fullmatch(start + rest):
        assert matches(f"arn:aws:s3:::{start}*", f"arn:aws:s3:::{pattern}", Question.ANY)


ENDPOINT = "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:endpoint/churn-*"


@pytest.mark.parametrize(
    ("pattern", "covers"),
    [
        ("*", True),
        ("arn:aws:sagemaker:eu-west-1:111122223333:endpoint/*", True),
        ("arn:*:sagemaker:*:*:endpoint/churn-*", True),
        ("arn:aws:sagemaker:*", True),
        ("arn:aws:sagemaker:*:*:endpoint/churn-model", False),
        ("arn:aws:sagemaker:*:*:endpoint-config/*", False),
        ("arn:aws:s3:::*", False),
    ],
)
def test_an_unknown_environment_is_taken_to_be_the_one_of_the_policy(pattern: str, covers: bool) -> None:
    assert matches(ENDPOINT, pattern, Question.ALL) is covers


def test_a_wildcard_reaches_over_colons() -> None:
    function = "arn:aws:lambda:eu-west-1:111122223333:function:churn"
    assert matches(function, "arn:aws:lambda:*:function:churn", Question.ALL)
    assert not matches(function, "arn:aws:lambda:*:function:other", Question.ANY)


def test_the_rest_of_a_name_has_no_colon() -> None:
    groups = "arn:aws:logs:eu-west-1:111122223333:log-group:*"
    assert not matches(groups, "arn:aws:logs:*:log-stream:churn", Question.ANY)
    assert matches(groups, "arn:aws:logs:*:log-group:churn", Question.ANY)


def test_a_request_without_a_resource_is_matched_by_nothing_but_everything() -> None:
    assert matches("*", "*", Question.ALL)
    assert not matches("*", "arn:aws:ec2:*:*:vpc/*", Question.ANY)


def test_actions_are_compared_in_any_case() -> None:
    assert matches_action("s3:GetObject", "S3:GETobj*")
    assert not matches_action("s3:GetObject", "s3:Get")
