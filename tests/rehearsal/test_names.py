"""What a deployment makes up has the form that AWS gives it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore
import pytest

from cdk_ml.rehearsal import names, rehearse, traits
from cdk_ml.rehearsal.schemas import schema_of, types
from tests.rehearsal.templates import ROLE, TRUST, assembly, created, found, resource

QUEUE = "AWS::SQS::Queue"
BUCKET = "AWS::S3::Bucket"


def value(type_: str, properties: dict[str, Any], attribute: str | None, region: str = "us-east-1") -> Any:
    """What a reference to a resource of its own returns."""
    asked = {"Ref": "X"} if attribute is None else {"Fn::GetAtt": ["X", attribute]}
    stack = assembly({"X": resource(type_, properties)}, Outputs={"O": {"Value": asked}})
    return rehearse(stack, region=region).outcomes[0].world.stacks["Stack"].outputs["O"]


@pytest.mark.parametrize(
    ("type_", "properties", "attribute", "expected"),
    [
        (QUEUE, {"QueueName": "jobs"}, None, "https://sqs.us-east-1.amazonaws.com/111111111111/jobs"),
        (QUEUE, {"QueueName": "jobs"}, "QueueUrl", "https://sqs.us-east-1.amazonaws.com/111111111111/jobs"),
        (QUEUE, {"QueueName": "jobs"}, "Arn", "arn:aws:sqs:us-east-1:111111111111:jobs"),
        (BUCKET, {"BucketName": "models"}, "DomainName", "models.s3.amazonaws.com"),
        (BUCKET, {"BucketName": "models"}, "RegionalDomainName", "models.s3.us-east-1.amazonaws.com"),
        ("AWS::Events::Rule", {"Name": "nightly"}, None, "nightly"),
        ("AWS::Events::Rule", {"Name": "nightly"}, "Arn", "arn:aws:events:us-east-1:111111111111:rule/nightly"),
        ("AWS::Glue::Database", {"CatalogId": "1" * 12, "DatabaseInput": {"Name": "lake"}}, None, "lake"),
        (
            "AWS::IAM::Role",
            {"AssumeRolePolicyDocument": TRUST, "RoleName": "reader", "Path": "/models/"},
            "Arn",
            "arn:aws:iam::111111111111:role/models/reader",
        ),
        (
            "AWS::Lambda::Alias",
            {
                "Name": "live",
                "FunctionName": "arn:aws:lambda:us-east-1:111111111111:function:f",
                "FunctionVersion": "1",
            },
            None,
            "arn:aws:lambda:us-east-1:111111111111:function:f:live",
        ),
        (
            "AWS::ECR::Repository",
            {"RepositoryName": "a/b"},
            "RepositoryUri",
            "111111111111.dkr.ecr.us-east-1.amazonaws.com/a/b",
        ),
    ],
)
def test_a_named_resource_has_its_name_in_what_refers_to_it(
    type_: str, properties: dict[str, Any], attribute: str | None, expected: str
) -> None:
    assert value(type_, properties, attribute) == expected


def test_a_name_that_is_made_up_is_the_same_wherever_it_stands() -> None:
    name = value(QUEUE, {}, "QueueName")
    assert name.startswith("Stack-X-")
    assert value(QUEUE, {}, None).endswith(f"/{name}")
    assert value(QUEUE, {}, "Arn").endswith(f":{name}")


def test_a_replacement_has_another_name() -> None:
    old, new = (assembly({"X": resource(QUEUE, {"FifoQueue": fifo})}) for fifo in (False, True))

    (outcome,) = rehearse(new, before=old).outcomes

    first, second = (event.physical_id for event in outcome.events)
    assert first != second


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("us-east-1", "aws amazonaws.com"),
        ("cn-north-1", "aws-cn amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov amazonaws.com"),
        ("us-iso-east-1", "aws-iso c2s.ic.gov"),
        ("us-isob-east-1", "aws-iso-b sc2s.sgov.gov"),
        ("eusc-de-east-1", "aws-eusc amazonaws.eu"),
    ],
)
def test_pseudo_parameters_are_those_of_the_partition(region: str, expected: str) -> None:
    stack = assembly(
        {"Q": resource(QUEUE)}, Outputs={"O": {"Value": {"Fn::Sub": "${AWS::Partition} ${AWS::URLSuffix}"}}}
    )
    assert rehearse(stack, region=region).outcomes[0].world.stacks["Stack"].outputs["O"] == expected


def test_partitions_are_those_of_botocore() -> None:
    file = Path(botocore.__file__).parent / "data" / "partitions.json"
    partitions = {each["id"]: each for each in json.loads(file.read_text())["partitions"]}

    for name, each in partitions.items():
        assert names.suffix(name) == each["outputs"]["dnsSuffix"]
        assert {names.partition(region) for region in each["regions"] if not region.endswith("global")} <= {name}


@pytest.mark.parametrize("table", ["identifiers", "references", "attributes", "arns", "inner_names", "within"])
def test_every_form_is_of_a_type_and_attribute_that_exist(table: str) -> None:
    facts = dict(traits._facts()[table])
    assert facts.pop("source").startswith("https://docs.aws.amazon.com/")
    for name in facts:
        type_, _, attribute = name.partition(".")
        assert type_ in types("us-east-1")
        schema = schema_of(type_, "us-east-1")
        assert schema is not None
        if attribute:
            assert schema.at(attribute) is not None, name


def test_rules_of_one_name_on_two_buses_do_not_collide() -> None:
    def rule(bus: str) -> dict[str, Any]:
        return resource("AWS::Events::Rule", {"Name": "r", "EventBusName": bus, "ScheduleExpression": "rate(1 day)"})

    assert found(created({"A": rule("one"), "B": rule("two")})) == []
    assert found(created({"A": rule("one"), "B": rule("one")})) == [("already-exists", "B")]


def test_databases_of_one_name_collide_although_the_name_stands_inside_a_property() -> None:
    database = resource("AWS::Glue::Database", {"CatalogId": "1" * 12, "DatabaseInput": {"Name": "lake"}})

    assert found(created({"A": database, "B": database})) == [("already-exists", "B")]


def test_tables_of_one_name_collide_whether_it_stands_inside_or_beside() -> None:
    where = {"CatalogId": "1" * 12, "DatabaseName": "lake"}
    inside = resource("AWS::Glue::Table", {**where, "TableInput": {"Name": "orders"}})
    beside = resource("AWS::Glue::Table", {**where, "Name": "orders"})

    assert found(created({"A": inside, "B": beside})) == [("already-exists", "B")]


def test_the_id_of_a_role_is_no_name() -> None:
    assert value("AWS::IAM::Role", ROLE["Properties"], "RoleId").startswith("AROA")
