"""Documents are read from one bucket, whoever made it, and from no other account than the one that was named."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import KnowledgeBase, S3Source
from tests.conftest import only, resources

Make = Callable[..., KnowledgeBase]
Synth = Callable[[], Template]
SOURCE = "AWS::Bedrock::DataSource"


def test_a_bucket_is_made_that_tells_what_arrives(knowledge_base: Make, stack: cdk.Stack, template: Synth) -> None:
    made = knowledge_base().data_sources["handbooks"]
    assert made.bucket is not None
    synthesized = template()
    name = stack.resolve(made.bucket.bucket_name)["Ref"]
    bucket = resources(synthesized, "AWS::S3::Bucket")[name]["Properties"]
    assert bucket["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    place = only(synthesized, SOURCE)["DataSourceConfiguration"]
    assert place == {"Type": "S3", "S3Configuration": {"BucketArn": {"Fn::GetAtt": [name, "Arn"]}}}
    # No function of the CDK's sets a property afterwards.
    synthesized.resource_count_is("AWS::Lambda::Function", 0)


def test_a_bucket_of_another_account_is_read_with_its_key_and_for_that_account_only(
    knowledge_base: Make, stack: cdk.Stack, template: Synth
) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:222222222222:key/1")
    bucket = s3.Bucket.from_bucket_attributes(stack, "Theirs", bucket_name="theirs", encryption_key=key)
    made = knowledge_base(sources=[S3Source(name="theirs", bucket=bucket, prefix="a/", owner="222222222222")])
    assert made.data_sources["theirs"].bucket is bucket
    synthesized = template()
    place = only(synthesized, SOURCE)["DataSourceConfiguration"]["S3Configuration"]
    assert (place["InclusionPrefixes"], place["BucketOwnerAccountId"]) == (["a/"], "222222222222")
    found = only(synthesized, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    reads = [item for item in found if item["Action"] in ("s3:GetObject", "s3:ListBucket")]
    assert all(item["Condition"] == {"StringEquals": {"aws:ResourceAccount": "222222222222"}} for item in reads)
    assert {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key.key_arn} in found
    assert ":s3:::theirs/a/*" in json.dumps(reads)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prefix": ""}, "source.prefix='' is not a prefix that Bedrock takes. Use 1 to 300 characters, or none"),
        ({"prefix": "a*"}, "source.prefix='a*' has a wildcard, which would let the role read more."),
        ({"owner": "1234"}, "source.owner='1234' is no account. Use its 12 digits."),
        ({"owner": "222222222222"}, "is an account whose bucket is not given. Name the bucket"),
    ],
)
def test_places_that_bedrock_would_refuse_are_refused(
    knowledge_base: Make, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        knowledge_base(sources=[S3Source(name="handbooks", **options)])
    assert message in str(error.value)
