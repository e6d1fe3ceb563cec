"""A state machine reads what the job of its own execution said."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from cdk_ml.data import JobSummary


def test_each_execution_has_its_own(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Lake", "lake")
    summary = JobSummary(bucket=bucket, prefix="summaries/")
    assert summary.arguments == {"summary": "s3://lake/summaries/", "run": "$$.Execution.Name"}
    state = stack.resolve(summary.task(stack, "Read").to_state_json())
    assert state["Parameters"] == {
        "Bucket": "lake",
        "Key.$": "States.Format('summaries/{}.json', $$.Execution.Name)",
    }
    assert state["ResultSelector"] == {"said.$": "States.StringToJson($.Body)"}
    assert state["ResultPath"] == "$.summary"


def test_what_reads_it_may_read_summaries_only(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Lake", "lake")
    (statement,) = JobSummary(bucket=bucket, prefix="summaries/").read_statements()
    assert statement.actions == ["s3:GetObject"]
    assert stack.resolve(statement.resources)[0]["Fn::Join"][1][-1] == ":s3:::lake/summaries/*"
