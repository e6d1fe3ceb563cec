"""A run of a monitor: what begins it, the job, and what ends it.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.sagemaker.execution_role import read_objects, write_objects
from cdk_ml.sagemaker.jobs.data import Data
from cdk_ml.sagemaker.jobs.processing_job import ProcessingJob
from cdk_ml.sagemaker.jobs.values import for_state_machine
from cdk_ml.sagemaker.monitoring.alarms import NAMESPACE
from cdk_ml.workflow import Function
from cdk_ml.workspace import ANYTHING, Statement
from cdk_ml.workspace.statements import use_key


def run_states(scope: Construct, job: ProcessingJob, function: Function, settings: Mapping[str, Any]) -> sfn.IChainable:
    """The states of a run. Where there is nothing to look at, no instance starts.

    :param settings: what the function is told, the same for each run.
    """
    nothing = sfn.Succeed(scope, "NothingCaptured")
    end = _call(scope, "End", function, {"settings": settings, "results": job.output("results").uri})
    compare = job.task(scope, "CompareWithBaseline").next(end)
    found = sfn.Choice(scope, "AnythingCaptured").when(sfn.Condition.number_equals("$.begun.found", 0), nothing)
    return _call(scope, "Begin", function, {"settings": settings}).next(found.otherwise(compare))


def _call(scope: Construct, id: str, function: Function, told: Mapping[str, Any]) -> sfn.CustomState:
    payload = {
        "step": id.lower(),
        "run.$": "$$.Execution.Name",
        "input.$": "$$.Execution.Input",
        "started.$": "$$.Execution.StartTime",
        **for_state_machine(told),
    }
    begins = id == "Begin"
    state: dict[str, Any] = {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::lambda:invoke",
        "Parameters": {"FunctionName": function.function_arn, "Payload": payload},
        "ResultSelector": {"found.$": "$.Payload.found"} if begins else {"metrics.$": "$.Payload.metrics"},
        "ResultPath": "$.begun" if begins else "$.ended",
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 30, "BackoffRate": 2, "MaxAttempts": 3}],
    }
    return sfn.CustomState(scope, id, state_json=state)


def steps_need(
    sources: Sequence[Data], *, bucket_arn: str, results: str, prefix: str, key_arn: str
) -> Iterator[Statement]:
    """What the function that begins and ends a run may do.

    :param sources: what it lists, and does not read.
    :param bucket_arn: the bucket that the monitor writes to.
    :param results: prefix of what the job leaves.
    :param prefix: what of the bucket is the monitor's.
    """
    for each in sources:
        yield Statement(
            actions=["s3:ListBucket"],
            resources=[each.bucket.bucket_arn],
            conditions={"StringLike": {"s3:prefix": [f"{each.prefix}*"]}},
        )
    yield from read_objects(bucket_arn, results)
    yield from write_objects(bucket_arn, prefix)
    yield from use_key(key_arn)
    yield Statement(
        actions=["cloudwatch:PutMetricData"],
        resources=ANYTHING,
        conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        wildcard="cloudwatch:PutMetricData takes no resource; the condition limits it to the monitors' namespace. "
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html",
    )
