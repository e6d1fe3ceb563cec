"""What is said of the differences to cloudformation-diff holds against the schemas, botocore and its own page."""

from __future__ import annotations

import json
from pathlib import Path

import botocore.session
import pytest

from cdk_ml.rehearsal.traits import replacing
from tests.conftest import ROOT
from tests.rehearsal.corpus import drawn, templates
from tests.rehearsal.decisions import Reason, by_rehearsal, by_schema, differences, found, listed, reason

PAGE = (ROOT / "docs" / "rehearsal-differences.md").read_text()
KEY = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {"TableName": "runs", "KeySchema": [{"AttributeName": "run", "KeyType": "HASH"}], "Tags": []},
}


@pytest.mark.parametrize("name", differences())
def test_a_listed_property_is_one_that_the_schema_decides_as_the_list_says(name: str) -> None:
    type_, _, property_ = name.rpartition(".")
    schema = found(type_)
    path = f"/properties/{property_}"

    assert property_ in schema["properties"]
    assert (path in schema.get("createOnlyProperties", ())) == (differences()[name] is Reason.STRICTER)
    assert (path in schema.get("conditionalCreateOnlyProperties", ())) == (differences()[name] is Reason.NARROWER)


def test_the_operations_that_change_what_the_package_would_replace_take_the_property() -> None:
    session = botocore.session.get_session()
    missing = []
    for name, operation in listed()["newer"].items():
        client, _, rest = operation.partition(":")
        verb, _, member = rest.partition(".")
        if member not in session.get_service_model(client).operation_model(verb).input_shape.members:
            missing.append(name)

    assert len(listed()["newer"]) > 50
    assert missing == []


def test_the_rehearsal_replaces_where_the_package_is_right() -> None:
    right = {*listed()["documented"], *listed()["narrower"]} - listed()["since"].keys()

    assert replacing().keys() == right
    assert len(right) == 27


@pytest.mark.parametrize("name", replacing())
def test_a_property_replaces_as_its_fact_says_and_the_fact_has_a_source(name: str) -> None:
    type_, _, property_ = name.rpartition(".")
    old, new = ({"Type": type_, "Properties": {property_: value}} for value in ("one", "two"))
    source = replacing()[name]

    assert by_schema(old, new) in ("in-place", "conditional")
    assert by_rehearsal(old, new) == "replacement"
    if source.startswith("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"):
        page = source.rpartition("/")[2].removesuffix(".html")
        assert page.endswith("-".join(type_.lower().split("::")[1:]))
    else:
        client, operation = source.rpartition(".")[0].split(":")
        model = botocore.session.get_session().get_service_model(client).operation_model(operation)
        assert source.rpartition(".")[2] not in model.input_shape.members


@pytest.mark.parametrize("name", listed()["since"])
def test_what_an_operation_changes_today_may_be_replaced_by_the_rehearsal_too(name: str) -> None:
    type_, _, property_ = name.rpartition(".")
    client, _, rest = listed()["since"][name].partition(":")
    operation, _, member = rest.partition(".")
    model = botocore.session.get_session().get_service_model(client).operation_model(operation)

    assert member in model.input_shape.members
    old, new = ({"Type": type_, "Properties": {property_: value}} for value in ("one", "two"))
    assert by_rehearsal(old, new) == "conditional"


@pytest.mark.parametrize("why", [why for why in Reason if why is not Reason.UNEXPLAINED])
def test_the_page_explains_every_reason(why: Reason) -> None:
    assert f"\n### {why[0].upper()}{why[1:]}\n" in PAGE


@pytest.mark.parametrize("name", listed()["documented"] + listed()["narrower"])
def test_the_page_names_every_property_that_the_documentation_replaces_and_the_schema_does_not(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize(
    ("properties", "decision"),
    [
        ({}, "none"),
        ({"TableName": "other"}, "replacement"),
        ({"KeySchema": [{"AttributeName": "model", "KeyType": "HASH"}]}, "conditional"),
        ({"Tags": [{"Key": "project", "Value": "churn"}]}, "in-place"),
    ],
)
def test_the_schema_decides_what_a_change_of_a_table_does(properties: dict[str, object], decision: str) -> None:
    assert by_schema(KEY, {**KEY, "Properties": {**KEY["Properties"], **properties}}) == decision


@pytest.mark.parametrize(
    ("policy", "decision"), [(None, "deleted"), ("Delete", "deleted"), ("Retain", "orphaned"), ("Snapshot", "deleted")]
)
def test_a_resource_that_goes_is_deleted_or_orphaned(policy: str | None, decision: str) -> None:
    assert by_schema({**KEY, "DeletionPolicy": policy}, None) == decision
    assert by_schema(None, KEY) == "created"


def test_part_of_a_property_replaces_only_if_that_part_changes() -> None:
    def group(security: str, retention: str) -> dict[str, object]:
        config = {"SecurityConfig": {"KmsKeyId": security}, "TtlDuration": {"Unit": retention}}
        return {"Type": "AWS::SageMaker::FeatureGroup", "Properties": {"OnlineStoreConfig": config}}

    assert by_schema(group("a", "Days"), group("a", "Hours")) == "in-place"
    assert by_schema(group("a", "Days"), group("b", "Days")) == "replacement"


def test_what_nothing_explains_is_said_to_be_unexplained() -> None:
    assert reason("AWS::S3::Bucket", "BucketName", "replacement", "in-place") is Reason.UNEXPLAINED
    assert reason("AWS::S3::Bucket", "Colour", "in-place", "none") is Reason.UNKNOWN


def test_pairs_differ_in_one_resource_and_are_the_same_every_time(tmp_path: Path) -> None:
    (tmp_path / "template.json").write_text(
        json.dumps({"Resources": {"Runs": KEY, "Alerts": {"Type": "AWS::SNS::Topic"}}})
    )
    (tmp_path / "broken.yaml").write_text("Resources: [")
    (template,) = templates((tmp_path,))
    pairs = drawn(template, 8)

    assert pairs == drawn(template, 8)
    assert len(pairs) > 3
    for pair in pairs:
        assert len([*pair.resources()]) == (2 if pair.change == "renamed" else 1)
