"""The function runs under Lambda's own runtime client."""

from __future__ import annotations

import json

from tests.runtime import Reply, Runtime

JOB = {"TrainingJobName": "Train-1", "TrainingJobStatus": "Stopped", "CreationTime": 1_700_000_000}


def test_a_job_that_was_stopped_is_not_watched(runtime: Runtime) -> None:
    runtime.service = lambda _: Reply(json.dumps(JOB).encode())
    answers = runtime.run("loss_watch", {"job": "Train-1"}, METRIC="loss")
    assert answers == [("response", {"job": "Train-1", "watching": False, "reason": "it is Stopped"})]
    asked = [request.operation for request in runtime.requests]
    assert asked == [("SageMaker.DescribeTrainingJob", {"TrainingJobName": "Train-1"})]


def test_an_event_that_is_none_is_an_error_that_lambda_sees(runtime: Runtime) -> None:
    ((kind, answer),) = runtime.run("loss_watch", {"nothing": True}, METRIC="loss")
    assert (kind, answer["errorType"]) == ("error", "KeyError")
