"""A bucket of tables is under the workspace's key, which S3 may use to maintain it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from cdk_ml.data import TableBucket
from cdk_ml.data.catalog.table_bucket import bucket_name_problems, namespace_problems
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only, resources

Synth = Callable[[], Template]
BUCKET, NAMESPACE = "AWS::S3Tables::TableBucket", "AWS::S3Tables::Namespace"
TOKEN = cdk.Token.as_string({"Ref": "Name"})


def test_it_is_encrypted_cleaned_and_kept(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    made = TableBucket(stack, "Tables", workspace=workspace, namespaces=["shop", "features"])
    synthesized = template()
    (found,) = resources(synthesized, BUCKET).values()
    assert found["Properties"]["EncryptionConfiguration"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSKeyArn": stack.resolve(workspace.key.key_arn),
    }
    assert found["Properties"]["UnreferencedFileRemoval"] == {
        "Status": "Enabled",
        "UnreferencedDays": 3,
        "NoncurrentDays": 90,
    }
    assert found["Properties"]["TableBucketName"] == made.table_bucket_name
    assert found["DeletionPolicy"] == "RetainExceptOnCreate"
    namespaces = [each["Properties"]["Namespace"] for each in resources(synthesized, NAMESPACE).values()]
    assert namespaces == ["shop", "features"]


def test_s3_may_maintain_this_bucket_with_the_key_and_no_other(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    made = TableBucket(stack, "Tables", workspace=workspace, namespaces=["shop"])
    (statement,) = [
        each
        for each in only(template(), "AWS::KMS::Key")["KeyPolicy"]["Statement"]
        if each["Principal"] == {"Service": "maintenance.s3tables.amazonaws.com"}
    ]
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    allowed = statement["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"]
    assert allowed["Fn::Join"][1][-1] == f":bucket/{made.table_bucket_name}/*"


def test_a_key_of_the_users_own_is_warned_of(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111111111111:key/abc")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS, key=key)
    made = TableBucket(stack, "Tables", workspace=workspace, namespaces=["shop"])
    (warning,) = [each for each in made.node.metadata if each.type == "aws:cdk:warning"]
    assert "let maintenance.s3tables.amazonaws.com decrypt" in str(warning.data)


def test_it_does_as_told(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    TableBucket(
        stack,
        "Tables",
        workspace=workspace,
        namespaces=["shop"],
        unreferenced_days=10,
        old_version_days=30,
        intelligent_tiering=True,
        table_bucket_name="churn-tables",
    )
    found = only(template(), BUCKET)
    assert found["TableBucketName"] == "churn-tables"
    assert found["StorageClassConfiguration"] == {"StorageClass": "INTELLIGENT_TIERING"}
    assert found["UnreferencedFileRemoval"] == {"Status": "Enabled", "UnreferencedDays": 10, "NoncurrentDays": 30}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Tables", "table_bucket_name='Tables' is not a name of a table bucket. Use 3 to 63 lower case letters"),
        ("ab", "table_bucket_name='ab' is not a name of a table bucket. Use 3 to 63 lower case letters"),
        ("x" * 64, "is not a name of a table bucket. Use 3 to 63 lower case letters"),
        ("aws-tables", "table_bucket_name='aws-tables' is a name that AWS keeps for itself. Avoid xn--*, sthree-*, "),
        ("churn--table-s3", "is a name that AWS keeps for itself. Avoid xn--*, sthree-*, "),
    ],
)
def test_a_name_that_s3_does_not_take_is_refused(name: str, message: str) -> None:
    (problem,) = bucket_name_problems(name)
    assert message in str(problem)


@pytest.mark.parametrize("name", [None, TOKEN, "churn-tables", "abc"])
def test_a_name_that_s3_takes_passes(name: str | None) -> None:
    assert [*bucket_name_problems(name)] == []


@pytest.mark.parametrize(
    ("namespaces", "message"),
    [
        ((), "namespaces=() leave tables without a place. Name at least one, such as shop."),
        (("Shop",), "namespaces='Shop' has capitals, which Glue folds and Spark then misses. Write shop."),
        (("aws_shop",), "namespaces='aws_shop' begins as S3 keeps for itself. Begin it with another letter."),
        (("_shop",), "namespaces='_shop' begins as S3 keeps for itself. Begin it with another letter."),
        (("shop", "shop"), "namespaces='shop' is there 2 times. Name it once."),
        ((TOKEN,), "is known at deployment only. Write the name itself."),
    ],
)
def test_a_namespace_that_s3_does_not_take_is_refused(namespaces: tuple[str, ...], message: str) -> None:
    (problem,) = namespace_problems(namespaces)
    assert str(problem).endswith(message)


@pytest.mark.parametrize("option", ["unreferenced_days", "old_version_days"])
def test_no_days_are_no_time_to_wait(stack: cdk.Stack, workspace: Workspace, option: str) -> None:
    given: dict[str, Any] = {option: 0}
    with pytest.raises(ConfigurationError, match=f"{option}=0 is not a time that S3 waits. Use 1 to "):
        TableBucket(stack, "Tables", workspace=workspace, namespaces=["shop"], **given)
