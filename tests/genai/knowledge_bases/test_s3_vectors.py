"""Vectors in S3 are under the workspace's key, and S3 may maintain their index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Annotations, Match, Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import KnowledgeBase, S3Source, S3Vectors
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources
from tests.genai.knowledge_bases.conftest import TITAN

Make = Callable[..., KnowledgeBase]
Synth = Callable[[], Template]
BUCKET, INDEX = "AWS::S3Vectors::VectorBucket", "AWS::S3Vectors::Index"


def test_bedrocks_own_metadata_is_not_filtered_by(knowledge_base: Make, template: Synth) -> None:
    knowledge_base(store=S3Vectors(not_filterable=["summary"]))
    index = only(template(), INDEX)
    assert index["MetadataConfiguration"] == {
        "NonFilterableMetadataKeys": ["AMAZON_BEDROCK_TEXT", "AMAZON_BEDROCK_METADATA", "summary"]
    }
    assert (index["DataType"], index["DistanceMetric"]) == ("float32", "cosine")
    assert "IndexName" not in index


def test_the_bucket_is_under_the_key_which_s3_may_use_for_its_index(
    knowledge_base: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    knowledge_base()
    made = template()
    key = stack.resolve(workspace.key.key_arn)
    assert only(made, BUCKET) == {
        "EncryptionConfiguration": {"SseType": "aws:kms", "KmsKeyArn": key},
        "Tags": only(made, BUCKET)["Tags"],
    }
    policy = only(made, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    (indexer,) = [item for item in policy if item["Principal"].get("Service") == "indexing.s3vectors.amazonaws.com"]
    assert indexer["Action"] == "kms:Decrypt"
    assert indexer["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    Annotations.from_stack(stack).has_no_warning("*", Match.string_like_regexp("key of the workspace"))


def test_two_indexes_ask_the_key_once(knowledge_base: Make, stack: cdk.Stack, workspace: Workspace) -> None:
    knowledge_base()
    KnowledgeBase(stack, "Other", workspace=workspace, embedding=TITAN, sources=[S3Source(name="a")])
    policy = only(Template.from_stack(stack), "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    assert sum("s3vectors" in str(item["Principal"]) for item in policy) == 1


def test_a_key_of_ones_own_gets_a_warning_about_its_policy(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Own")
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111111111111:key/1")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS, key=key)
    KnowledgeBase(stack, "Base", workspace=workspace, embedding=TITAN, sources=[S3Source(name="a")])
    Annotations.from_stack(stack).has_warning("*", Match.string_like_regexp("indexing.s3vectors"))


@pytest.mark.parametrize(("delete", "policy"), [("true", "Delete"), ("false", "Retain")])
def test_vectors_go_with_the_stack_only_if_data_does(delete: str, policy: str) -> None:
    stack = cdk.Stack(cdk.App(context={**FLAGS, "cdk-ml:delete-data": delete}), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    KnowledgeBase(stack, "Base", workspace=workspace, embedding=TITAN, sources=[S3Source(name="a")])
    made = Template.from_stack(stack)
    for type_ in (BUCKET, INDEX):
        ((_, found),) = resources(made, type_).items()
        assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == (policy, policy)


@pytest.mark.parametrize(
    ("store", "message"),
    [
        (
            S3Vectors(not_filterable=[f"k{index}" for index in range(9)]),
            "are 9 names. Use at most 8: S3 Vectors takes 10, and Bedrock needs 2 of them.",
        ),
        (
            S3Vectors(not_filterable=["AMAZON_BEDROCK_TEXT"]),
            "store.not_filterable='AMAZON_BEDROCK_TEXT' is there twice. Name it once; Bedrock's own keys are there.",
        ),
        (
            S3Vectors(not_filterable=["x" * 64]),
            f"store.not_filterable='{'x' * 64}' is not a name of metadata. Use 1 to 63 characters.",
        ),
    ],
)
def test_metadata_that_s3_would_refuse_is_refused(knowledge_base: Make, store: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        knowledge_base(store=store)
    assert message in str(error.value)
