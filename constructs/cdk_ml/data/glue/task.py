"""A Glue job as a state: Step Functions runs it, waits for it, and stops it when the execution is stopped.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.data.glue.arguments import argument_problems, glue_arguments
from cdk_ml.errors import reject

if TYPE_CHECKING:
    from cdk_ml.data.glue.job import GlueJob

# Glue answers with these when it is asked too often, when a run is in the way, and when the account has no room.
_RETRIED = (
    "Glue.ConcurrentRunsExceededException",
    "Glue.InternalServiceException",
    "Glue.OperationTimeoutException",
    "Glue.ResourceNumberLimitExceededException",
    "Glue.ThrottlingException",
)


def job_task(job: GlueJob, scope: Construct, id: str, arguments: Mapping[str, str]) -> sfn.CustomState:
    """The state of ``job``."""
    reject(f"{scope.node.path}/{id}", argument_problems("arguments", arguments))
    parameters: dict[str, object] = {"JobName": job.job_name}
    if arguments:
        parameters["Arguments"] = {
            f"{name}.$" if value.startswith("$") and not value.startswith("${") else name: value
            for name, value in glue_arguments(arguments).items()
        }
    return sfn.CustomState(
        scope,
        id,
        state_json={
            "Type": "Task",
            "Resource": f"arn:{Aws.PARTITION}:states:::glue:startJobRun.sync",
            "Parameters": parameters,
            "ResultPath": f"$['{id}']",
            "Retry": [
                {
                    "ErrorEquals": [*_RETRIED],
                    "IntervalSeconds": 30,
                    "BackoffRate": 2,
                    "MaxAttempts": 5,
                    "MaxDelaySeconds": 600,
                    "JitterStrategy": "FULL",
                }
            ],
        },
    )
