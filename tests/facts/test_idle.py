"""Idle costs: counted by what is paid for, and never guessed."""

from __future__ import annotations

from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from cdk_ml.facts import idle
from cdk_ml.facts.errors import UnknownFact
from cdk_ml.facts.idle import IdleCost, idle_costs


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    """A resource of a template."""
    return {"Type": kind, "Properties": properties}


def test_what_is_paid_for_is_counted_and_the_dearest_comes_first() -> None:
    metric = {"MetricStat": {"Metric": {}}}
    found = idle_costs(
        [
            resource("AWS::S3::Bucket"),
            resource("AWS::CloudWatch::Alarm", MetricName="Errors"),
            resource("AWS::CloudWatch::Alarm", Metrics=[metric, metric, {"Expression": "a + b"}]),
            resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["a", "b"]),
            resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Gateway", RouteTableIds=["a"]),
            resource("AWS::WAFv2::WebACL", Rules=[{}, {}]),
        ]
    )
    assert [(cost.type, cost.quantity, cost.usd) for cost in found] == [
        ("AWS::EC2::VPCEndpoint", 2, 14.6),
        ("AWS::WAFv2::WebACL", 1, 7.0),
        ("AWS::CloudWatch::Alarm", 3, 0.3),
    ]


def test_nothing_that_costs_is_nothing() -> None:
    gateway = resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Gateway")
    found: list[IdleCost] = idle_costs([gateway, resource("AWS::IAM::Role")])
    assert found == []


def test_what_nobody_knows_is_not_free() -> None:
    with pytest.raises(UnknownFact, match=r"'AWS::Neptune::DBCluster' is not known.*add it to facts/idle\.toml"):
        idle_costs([resource("AWS::Neptune::DBCluster")])


def test_every_type_exists_in_cloudformation() -> None:
    known = PROVIDER_SCHEMA_MANAGER.get_resource_types("us-east-1")
    assert {*idle._monthly(), *idle._used()} - {*known} == set()
    assert {*idle._monthly()} & idle._used() == set()
