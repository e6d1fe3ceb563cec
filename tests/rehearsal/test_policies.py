"""The attributes that keep a resource mean what CloudFormation makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_ml.rehearsal import rehearse
from tests.rehearsal.templates import assembly, created, found, resource, updated

BUCKET, CLUSTER = "AWS::S3::Bucket", "AWS::RDS::DBCluster"
EXTENDED = "AWS::LanguageExtensions"
PRODUCTION = {"IsProduction": {"Fn::Equals": [{"Ref": "Stage"}, "production"]}}
IF_PRODUCTION = {"Fn::If": ["IsProduction", "Retain", "Delete"]}


@pytest.mark.parametrize(
    ("type_", "attributes", "message"),
    [
        (BUCKET, {"DeletionPolicy": "Keep"}, "DeletionPolicy of X cannot be Keep"),
        (BUCKET, {"DeletionPolicy": "Snapshot"}, "DeletionPolicy of X cannot be Snapshot"),
        (BUCKET, {"UpdateReplacePolicy": "RetainExceptOnCreate"}, "UpdateReplacePolicy of X cannot be RetainExcept"),
        (BUCKET, {"DeletionPolicy": {"Ref": "Stage"}}, "functions need the language extensions"),
    ],
)
def test_a_policy_that_the_type_does_not_have_is_refused(type_: str, attributes: dict[str, Any], message: str) -> None:
    stage = {"Stage": {"Type": "String", "Default": "Retain"}}

    outcome = created({"X": resource(type_, **attributes)}, Parameters=stage)

    assert found(outcome) == [("invalid-property", "X")]
    assert message in next(finding.message for finding in outcome.findings if finding.fails)


@pytest.mark.parametrize(("stage", "left"), [("production", ["X"]), ("sandbox", [])])
def test_the_language_extensions_let_a_function_decide(stage: str, left: list[str]) -> None:
    bucket = resource(BUCKET, DeletionPolicy=IF_PRODUCTION, UpdateReplacePolicy=IF_PRODUCTION)
    parameters = {"Stage": {"Type": "String"}}
    stack = assembly({"X": bucket}, Transform=EXTENDED, Conditions=PRODUCTION, Parameters=parameters)

    deployed, gone = rehearse(stack, parameters={"Stage": stage}, destroy=True).outcomes

    assert found(deployed) == []
    assert [each.logical_id for each in gone.leftovers] == left


def test_a_snapshot_is_allowed_where_there_are_snapshots() -> None:
    properties = {"Engine": "aurora-postgresql"}

    assert found(created({"X": resource(CLUSTER, properties, DeletionPolicy="Snapshot")})) == []


def test_what_stays_is_said_to_stay_by_the_attribute_that_decided() -> None:
    kept = resource(BUCKET, {"BucketName": "one"}, DeletionPolicy="Retain", UpdateReplacePolicy="Retain")
    other = resource(BUCKET, {"BucketName": "two"}, DeletionPolicy="Retain", UpdateReplacePolicy="Retain")
    queue = resource("AWS::SQS::Queue")

    (removed,) = updated({"X": kept, "Q": queue}, {"Q": queue}).leftovers
    (replaced,) = updated({"X": kept}, {"X": other}).leftovers

    assert (removed.why, replaced.why) == ("stays, by its DeletionPolicy", "stays, by its UpdateReplacePolicy")


@pytest.mark.parametrize(
    ("signal", "minutes"),
    [({"Timeout": "PT1H30M"}, 90), ({"Count": 2}, 5), ({"Timeout": "PT90S"}, 1), ({"Timeout": "soon"}, 5), (None, 0)],
)
def test_a_creation_waits_for_signals(signal: dict[str, Any] | None, minutes: int) -> None:
    instance = resource("AWS::EC2::Instance", {"ImageId": "ami-12345678", "InstanceType": "m5.large"})
    waiting = {**instance, "CreationPolicy": {"ResourceSignal": signal}}

    assert created({"X": waiting}).minutes - created({"X": instance}).minutes == minutes
