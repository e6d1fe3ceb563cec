"""Whether the ARN of a policy can be of a type."""

from __future__ import annotations

import pytest

from cdk_ml.testing.arn_match import fits, meet

BUCKET = "arn:${Partition}:s3:::${BucketName}"
OBJECT = "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
KEY = "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}"
STREAM = "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}:log-stream:${LogStreamName}"
MODEL = "arn:${Partition}:bedrock:${Region}::foundation-model/${ResourceId}"


@pytest.mark.parametrize(
    ("resource", "pattern", "expected"),
    [
        ("arn:aws:s3:::churn", BUCKET, True),
        ("arn:aws:s3:::churn", OBJECT, False),
        ("arn:aws:s3:::churn/*", OBJECT, True),
        ("arn:<AWS::Partition>:s3:::<Bucket>/<Key>", OBJECT, True),
        ("arn:<AWS::Partition>:s3:::<Bucket>/<Key>", KEY, False),
        ("arn:aws:kms:<AWS::Region>:<AWS::AccountId>:key/*", KEY, True),
        ("arn:aws:kms:<AWS::Region>:<AWS::AccountId>:alias/*", KEY, False),
        ("arn:aws:logs:eu-west-1:1:log-group:/aws/sagemaker:*", STREAM, True),
        ("arn:aws:bedrock:*::foundation-model/anthropic.*", MODEL, True),
        ("arn:aws:bedrock:*:111111111111:foundation-model/anthropic.*", MODEL, False),
        ("<Anything.Arn>", KEY, True),
        ("<Anything.Arn>/*", OBJECT, True),
        ("churn", BUCKET, False),
    ],
)
def test_a_resource_fits_a_type_when_some_arn_is_both(resource: str, pattern: str, expected: bool) -> None:
    assert fits(resource, pattern) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "", True),
        ("*", "", True),
        ("a*", "*b", True),
        ("a*c", "ab*", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a*", "b*", False),
        ("*a*a*a*", "aa", False),
    ],
)
def test_two_patterns_meet_when_some_text_matches_both(one: str, other: str, expected: bool) -> None:
    assert meet(one, other) is expected
    assert meet(other, one) is expected
