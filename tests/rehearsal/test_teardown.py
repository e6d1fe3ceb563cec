"""Teardown facts: complete, and in agreement with the provider schemas of cfn-lint and the API models of botocore."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import botocore.session
import pytest
from cfnlint.helpers import REGIONS
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from cdk_ml import facts
from cdk_ml.facts import _tables
from cdk_ml.rehearsal.teardown import Blocker, Kind, applicable, blockers

HOME = "us-east-1"
EVERY = tuple(
    blocker for type_ in dict.fromkeys(table["type"] for table in _tables.read("teardown")["blockers"])
    for blocker in blockers(type_)
)  # fmt: skip
PAGE = re.compile(r"https://(docs\.aws\.amazon\.com/.+\.html|github\.com/[\w.-]+/[\w.-]+(/(issues|pull)/\d+)?)")

# The documentation names services otherwise than botocore does.
CLIENTS = {
    "AWSEC2": "ec2",
    "AmazonCloudWatchLogs": "logs",
    "AmazonECS": "ecs",
    "AmazonS3": "s3",
    "IAM": "iam",
    "autoscaling": "autoscaling",
    "aws-backup": "backup",
    "cloud-map": "servicediscovery",
    "elasticloadbalancing": "elbv2",
    "eventbridge": "events",
    "neptune-analytics": "neptune-graph",
    "opensearch-service": "opensearchserverless",
    "step-functions": "stepfunctions",
}
PREFIXES = {"agent": "bedrock-agent", "S3VectorBuckets": "s3vectors"}


def name(blocker: Blocker) -> str:
    return f"{blocker.type} {blocker.kind} {blocker.when}"


@cache
def schema(type_: str) -> dict[str, Any]:
    regions = (HOME, *REGIONS)
    region = next(region for region in regions if type_ in PROVIDER_SCHEMA_MANAGER.get_resource_types(region))
    found: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_).schema
    return found


def property_schema(type_: str, path: str) -> dict[str, Any]:
    """Schema of a property, following the path as a template's properties would be."""
    root = schema(type_)
    node = root
    for step in path.split("."):
        node = resolved(root, node)["properties"][step]
    return resolved(root, node)


def resolved(root: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = root["definitions"][node["$ref"].removeprefix("#/definitions/")]
    return node


def operations() -> Iterator[tuple[str, str]]:
    """Client and operation of every API page that is named as a source."""
    for blocker in EVERY:
        if found := re.search(r"amazon\.com/([\w-]+)/.*/API_(?:(\w+)_)?(\w+)\.html", blocker.source):
            service, part, operation = found.groups()
            yield PREFIXES.get(part or "", CLIENTS.get(service, service)), operation


@pytest.mark.parametrize("blocker", EVERY, ids=name)
def test_a_case_is_about_a_type_and_a_property_that_exist(blocker: Blocker) -> None:
    assert all(schema(type_) for type_ in (blocker.type, *blocker.holds))
    if blocker.property is None:
        assert (blocker.equals, blocker.unless) == (None, None)
        return
    assert (blocker.equals is None) != (blocker.unless is None)
    asked = blocker.unless if blocker.equals is None else blocker.equals
    found = property_schema(blocker.type, blocker.property)
    if isinstance(asked, bool):
        assert found["type"] == "boolean"
    elif asked != "*":
        assert asked in found["enum"]


@pytest.mark.parametrize("blocker", EVERY, ids=name)
def test_a_case_says_when_what_and_what_to_do(blocker: Blocker) -> None:
    assert all(text.strip() == text and text for text in (blocker.when, blocker.what, blocker.remedy))
    assert not blocker.remedy.endswith(".")
    assert not blocker.what.endswith(".")
    assert blocker.remedy[0].isupper()
    assert PAGE.fullmatch(blocker.source)
    assert not blocker.certain or blocker.property, "only a property can make a case certain"


def test_the_operations_whose_pages_are_sources_exist() -> None:
    session = botocore.session.get_session()
    named = set(operations())
    unknown = {
        (client, operation)
        for client, operation in named
        if operation not in session.get_service_model(client).operation_names
    }

    assert len(named) >= 40
    assert unknown == set()


def test_no_case_is_told_twice() -> None:
    assert len({(b.type, b.kind, b.when, b.what) for b in EVERY}) == len(EVERY)


def test_the_types_that_machine_learning_stands_on_are_covered() -> None:
    covered = {blocker.type for blocker in EVERY}

    assert len(covered) >= 40
    assert covered >= {
        "AWS::S3::Bucket", "AWS::SageMaker::Domain", "AWS::SageMaker::Endpoint", "AWS::SageMaker::UserProfile",
        "AWS::Lambda::Function", "AWS::ECR::Repository", "AWS::Bedrock::DataSource", "AWS::Athena::WorkGroup",
        "AWS::KMS::Key", "AWS::EC2::VPC", "AWS::Glue::Database", "AWS::S3Vectors::VectorBucket",
        "AWS::S3Tables::TableBucket", "AWS::BedrockAgentCore::Runtime", "AWS::NeptuneGraph::Graph",
    }  # fmt: skip


def test_every_property_that_protects_from_deletion_in_the_schemas_of_covered_types_is_a_case() -> None:
    protecting = re.compile(r"(Deletion|Termination|Delete)Protect|EmptyOnDelete|RecursiveDelete|DataDeletionPolicy")
    for type_ in {blocker.type for blocker in EVERY}:
        for property_ in schema(type_)["properties"]:
            if protecting.search(property_):
                assert property_ in {blocker.property for blocker in blockers(type_)}, f"{type_}.{property_}"


def test_the_file_says_when_and_where_it_was_read_and_how_to_refresh_it() -> None:
    text = files(facts).joinpath("teardown.toml").read_text("utf-8")
    comment = text[: text.index("\n\n")]

    for heading in ("# Read on:  2026-", "# Sources:  ", "# Refresh:  "):
        assert heading in comment


def test_a_type_without_known_cases_has_none() -> None:
    assert blockers("AWS::SNS::Topic") == ()


@pytest.mark.parametrize(
    ("type_", "properties", "told"),
    [
        ("AWS::ECR::Repository", {}, "a repository with images is not deleted"),
        ("AWS::ECR::Repository", {"EmptyOnDelete": False}, "a repository with images is not deleted"),
        ("AWS::ECR::Repository", {"EmptyOnDelete": True}, None),
        ("AWS::ECR::Repository", {"EmptyOnDelete": "true"}, None),
        ("AWS::ECR::Repository", {"EmptyOnDelete": {"Ref": "Empty"}}, "a repository with images is not deleted"),
        ("AWS::DynamoDB::Table", {}, None),
        ("AWS::DynamoDB::Table", {"DeletionProtectionEnabled": "true"}, "cannot delete a protected table"),
        ("AWS::DynamoDB::Table", {"DeletionProtectionEnabled": {"Ref": "Protected"}}, None),
        ("AWS::SageMaker::Model", {}, None),
        ("AWS::SageMaker::Model", {"VpcConfig": {"Subnets": []}}, "network interfaces late"),
        ("AWS::SageMaker::Domain", {"HomeEfsFileSystemCreation": "Enabled"}, "EFS file system stays"),
        ("AWS::Lambda::Function", {}, "/aws/lambda/<name> stays"),
        ("AWS::Lambda::Function", {"LoggingConfig": {"LogGroup": {"Ref": "Logs"}}}, None),
        ("AWS::Lambda::Function", {"LoggingConfig": "broken"}, "/aws/lambda/<name> stays"),
        ("AWS::BedrockAgentCore::Runtime", {"NetworkConfiguration": {"NetworkMode": "VPC"}}, "up to 8 hours"),
        ("AWS::BedrockAgentCore::Runtime", {"NetworkConfiguration": {"NetworkMode": "PUBLIC"}}, None),
        ("AWS::CloudTrail::EventDataStore", {}, "protected event data store"),
        ("AWS::CloudTrail::EventDataStore", {"TerminationProtectionEnabled": False}, None),
    ],
)
def test_a_property_decides_whether_a_case_can_be_one(type_: str, properties: dict[str, Any], told: str | None) -> None:
    whats = [blocker.what for blocker in applicable(type_, properties)]

    assert any(told in what for what in whats) if told else whats == []


def test_a_disabled_home_file_system_leaves_only_what_users_make_in_the_way() -> None:
    left = applicable("AWS::SageMaker::Domain", {"HomeEfsFileSystemCreation": "Disabled"})

    assert [(blocker.kind, blocker.certain) for blocker in left] == [(Kind.BLOCKS, False)]


def test_a_case_is_one_line_with_its_condition_and_its_remedy() -> None:
    (engine,) = blockers("AWS::BedrockAgentCore::PolicyEngine")
    (image,) = blockers("AWS::SageMaker::Image")

    assert engine.sentence() == (
        "When policies made outside the stack are in it: a policy engine with policies is not deleted. "
        "Delete its policies first."
    )
    assert image.sentence() == "The container images in ECR stay. Delete the images in ECR."
