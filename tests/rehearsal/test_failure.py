"""Every single failure is tried, and what its rollback leaves is told."""

from __future__ import annotations

from cdk_ml.rehearsal import rehearse
from tests.rehearsal.templates import ROLE, assembly, resource

RETAINED = resource("AWS::S3::Bucket", DeletionPolicy="Retain")


def test_one_failure_is_tried_for_each_resource() -> None:
    stack = assembly({"A": ROLE, "B": RETAINED, "C": resource("AWS::SNS::Topic")})

    (outcome,) = rehearse(stack, fail=True).outcomes

    assert [(f.action.value, f.logical_id) for f in outcome.failures] == [
        ("create", "A"),
        ("create", "B"),
        ("create", "C"),
    ]


def test_what_is_made_after_the_failure_cannot_stay() -> None:
    stack = assembly({"First": ROLE, "Second": RETAINED | {"DependsOn": "First"}, "Third": resource("AWS::SQS::Queue")})

    (outcome,) = rehearse(stack, fail=True).outcomes
    stays = {f.logical_id: [left.logical_id for left in f.leftovers] for f in outcome.failures}

    assert stays == {"First": [], "Second": [], "Third": ["Second"]}
    assert {f.logical_id: f.touched for f in outcome.failures} == {"First": 1, "Second": 2, "Third": 2}


def test_what_is_retained_except_on_create_does_not_stay() -> None:
    bucket = RETAINED | {"DeletionPolicy": "RetainExceptOnCreate"}

    (outcome,) = rehearse(assembly({"A": bucket, "B": ROLE}), fail=True).outcomes

    assert [left for failure in outcome.failures for left in failure.leftovers] == []


def test_a_deletion_that_fails_keeps_what_the_resource_uses() -> None:
    queue = resource("AWS::SQS::Queue", DependsOn="Key")
    stack = assembly({"Key": ROLE, "Queue": queue, "Other": resource("AWS::SNS::Topic")})

    _, gone = rehearse(stack, fail=True, destroy=True).outcomes

    assert {f.logical_id: f.touched for f in gone.failures} == {"Queue": 2, "Other": 1, "Key": 1}


def test_a_clean_up_that_fails_leaves_the_old_resource_behind() -> None:
    old, new = (assembly({"Q": resource("AWS::SQS::Queue", {"QueueName": name})}) for name in ("one", "two"))

    (outcome,) = rehearse(new, before=old, fail=True).outcomes
    (left,) = [left for f in outcome.failures if f.action == "clean up" for left in f.leftovers]

    assert (left.logical_id, left.intended) == ("Q", False)
