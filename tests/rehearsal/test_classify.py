"""Changes are classified as the schemas and the services have them."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_ml.rehearsal import Effect, classify
from tests.rehearsal.templates import resource, updated

HASH, RANGE = {"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}


@pytest.mark.parametrize(
    ("type_", "old", "new", "effect"),
    [
        ("AWS::SQS::Queue", {"DelaySeconds": 5}, {"DelaySeconds": 5}, Effect.NONE),
        ("AWS::SQS::Queue", {"DelaySeconds": 5}, {"DelaySeconds": "5"}, Effect.NONE),
        ("AWS::SQS::Queue", {"FifoQueue": True}, {"FifoQueue": "true"}, Effect.NONE),
        ("AWS::SQS::Queue", {"DelaySeconds": 5}, {"DelaySeconds": 5.0}, Effect.NONE),
        (
            "AWS::Lambda::Function",
            {"EphemeralStorage": {"Size": 512}},
            {"EphemeralStorage": {"Size": "512"}},
            Effect.NONE,
        ),
        ("AWS::SageMaker::Domain", {"VpcId": "vpc-1"}, {"VpcId": "vpc-2"}, Effect.CONDITIONAL),
        ("AWS::SQS::Queue", {"DelaySeconds": 5}, {"DelaySeconds": 6}, Effect.IN_PLACE),
        ("AWS::SQS::Queue", {"DelaySeconds": 5}, {}, Effect.IN_PLACE),
        ("AWS::SQS::Queue", {}, {"FifoQueue": True}, Effect.REPLACEMENT),
        ("AWS::DynamoDB::Table", {"KeySchema": [HASH]}, {"KeySchema": [HASH, RANGE]}, Effect.REPLACEMENT),
        ("AWS::Glue::Database", {"CatalogId": "1"}, {"CatalogId": "2"}, Effect.REPLACEMENT),
        ("AWS::EC2::Instance", {"InstanceType": "m5.large"}, {"InstanceType": "m6i.large"}, Effect.CONDITIONAL),
        ("AWS::Athena::NamedQuery", {"QueryString": "a"}, {"QueryString": "b"}, Effect.REPLACEMENT),
        ("AWS::Cognito::UserPool", {"Schema": [{"Name": "a"}]}, {"Schema": [{"Name": "b"}]}, Effect.NEVER),
        (
            "AWS::Cognito::UserPool",
            {"Schema": [{"Name": "a"}]},
            {"Schema": [{"Name": "a"}, {"Name": "b"}]},
            Effect.IN_PLACE,
        ),
        ("Custom::Thing", {"ServiceToken": "a"}, {"ServiceToken": "b"}, Effect.NEVER),
        ("Custom::Thing", {"ServiceToken": "a", "X": 1}, {"ServiceToken": "a", "X": 2}, Effect.IN_PLACE),
        (
            "AWS::EFS::AccessPoint",
            {"FileSystemId": "fs-1", "RootDirectory": {"CreationInfo": {"OwnerUid": "1"}}},
            {"FileSystemId": "fs-1", "RootDirectory": {"CreationInfo": {"OwnerUid": "2"}}},
            Effect.REPLACEMENT,
        ),
    ],
)
def test_a_change_has_its_effect(type_: str, old: dict[str, Any], new: dict[str, Any], effect: Effect) -> None:
    assert classify(type_, old, new, "us-east-1") is effect


@pytest.mark.parametrize(("policy", "action"), [({}, "update"), ({"WillReplace": True}, "replace")])
def test_the_update_policy_of_a_fleet_decides_whether_it_is_replaced(policy: dict[str, Any], action: str) -> None:
    def fleet(version: str) -> dict[str, Any]:
        template = {"LaunchTemplateId": "lt-1", "Version": version}
        properties = {"MinSize": "1", "MaxSize": "2", "LaunchTemplate": template, "AvailabilityZones": ["us-east-1a"]}
        attributes = {"UpdatePolicy": {"AutoScalingReplacingUpdate": policy}} if policy else {}
        return resource("AWS::AutoScaling::AutoScalingGroup", properties, **attributes)

    outcome = updated({"Fleet": fleet("1")}, {"Fleet": fleet("2")})

    assert outcome.events[0].action == action
