"""Data is a prefix of a bucket, or what an earlier job of the same execution left."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_ml.errors import Problem
from cdk_ml.sagemaker import Data, ExecutionId, Join, Output
from cdk_ml.sagemaker.jobs.data import data_problems, read_statements


@pytest.fixture
def bucket(stack: cdk.Stack) -> s3.IBucket:
    return s3.Bucket.from_bucket_name(stack, "Bucket", "raw")


def test_data_that_is_there_has_an_address(bucket: s3.IBucket) -> None:
    data = Data(bucket, "churn/raw/")
    assert (data.uri, data.granted_prefix) == ("s3://raw/churn/raw/", "churn/raw/")


def test_what_a_job_leaves_is_apart_for_every_execution(bucket: s3.IBucket) -> None:
    data = Output(bucket, "jobs/Prepare", step="Prepare", name="train")
    assert data.uri == Join(("s3://raw/jobs/Prepare/", ExecutionId(), "/train"))
    assert data.granted_prefix == "jobs/Prepare/"


def test_reading_needs_the_prefix_and_nothing_beside_it(bucket: s3.IBucket, stack: cdk.Stack) -> None:
    documents = stack.resolve([statement.document() for statement in read_statements(Data(bucket, "churn/"))])
    arn = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::raw"]]}
    objects = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::raw/churn/*"]]}
    assert documents == [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [objects]},
        {
            "Effect": "Allow",
            "Action": ["s3:ListBucket"],
            "Resource": [arn],
            "Condition": {"StringLike": {"s3:prefix": ["churn/", "churn/*"]}},
        },
    ]


def test_reading_an_encrypted_bucket_needs_its_key(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111111111111:key/1")
    bucket = s3.Bucket.from_bucket_attributes(stack, "Bucket", bucket_name="raw", encryption_key=key)
    assert read_statements(Data(bucket, "churn/"))[-1].document() == {
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": ["arn:aws:kms:us-east-1:111111111111:key/1"],
    }


@pytest.mark.parametrize("prefix", ["", "  ", "/raw"])
def test_a_prefix_that_is_none_is_refused(bucket: s3.IBucket, prefix: str) -> None:
    fix = "Name a prefix such as churn/raw/, without a slash before it"
    assert [*data_problems("inputs['raw']", Data(bucket, prefix))] == [
        Problem("inputs['raw'].prefix", prefix, "is no prefix of objects", fix)
    ]


@pytest.mark.parametrize("prefix", ["raw", "raw/", cdk.Aws.STACK_NAME])
def test_a_prefix_or_a_token_passes(bucket: s3.IBucket, prefix: str) -> None:
    assert [*data_problems("inputs['raw']", Data(bucket, prefix))] == []
