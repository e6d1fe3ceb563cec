"""A large template is rehearsed while somebody waits."""

from __future__ import annotations

import time
from typing import Any

from cdk_ml.rehearsal import rehearse
from tests.rehearsal.templates import ROLE, assembly, resource


def large(number: int) -> dict[str, Any]:
    """Groups of five resources that refer to each other and to the group before."""
    resources: dict[str, Any] = {}
    for i in range(number // 5):
        before = {"Fn::GetAtt": [f"Queue{i - 1}", "Arn"]} if i else "first"
        resources |= {
            f"Role{i}": ROLE,
            f"Bucket{i}": resource("AWS::S3::Bucket", DeletionPolicy="Retain"),
            f"Function{i}": resource(
                "AWS::Lambda::Function",
                {
                    "Role": {"Fn::GetAtt": [f"Role{i}", "Arn"]},
                    "Handler": "index.handler",
                    "Runtime": "python3.13",
                    "Code": {"ZipFile": "pass"},
                    "Environment": {"Variables": {"BUCKET": {"Ref": f"Bucket{i}"}, "BEFORE": before}},
                },
            ),
            f"Queue{i}": resource("AWS::SQS::Queue", {"QueueName": {"Fn::Sub": f"${{Function{i}}}"}}),
            f"Logs{i}": resource("AWS::Logs::LogGroup", {"LogGroupName": {"Fn::Sub": f"/aws/lambda/${{Function{i}}}"}}),
        }
    return resources


def test_five_hundred_resources_take_under_two_seconds_of_processor_time() -> None:
    stack = assembly(large(500))

    started = time.process_time()
    (outcome,) = rehearse(stack).outcomes

    assert time.process_time() - started < 2
    assert len(outcome.events) == 500
    assert [finding for finding in outcome.findings if finding.fails] == []


def test_all_their_failures_take_a_fraction_of_a_minute() -> None:
    stack = assembly(large(500))

    started = time.process_time()
    created, gone = rehearse(stack, fail=True, destroy=True).outcomes

    assert time.process_time() - started < 10
    assert (len(created.failures), len(gone.failures)) == (500, 400)
