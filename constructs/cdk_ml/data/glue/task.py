"""A Glue job as a state: Step Functions runs it, waits for it, and stops it when the execution is stopped.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from constructs import Construct

from cdk_ml.data.glue.arguments import argument_problems, glue_arguments
from cdk_ml.data.running import is_of_run, patient, run_state
from cdk_ml.errors import reject

if TYPE_CHECKING:
    from aws_cdk import aws_stepfunctions as sfn

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
            f"{name}.$" if is_of_run(value) else name: value for name, value in glue_arguments(arguments).items()
        }
    return run_state(
        scope,
        id,
        integration="glue:startJobRun",
        parameters=parameters,
        retry=patient(_RETRIED, first_seconds=30, longest_seconds=600),
    )
