"""A job as a state: Step Functions runs it, waits for it, and stops it when the execution is stopped.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.sagemaker.jobs.values import for_state_machine
from cdk_ml.workflow.polled_job import run_name

if TYPE_CHECKING:
    from cdk_ml.sagemaker.jobs.job import Job

# SageMaker answers with these when it is asked too often, and when the account has no instance left.
_RETRIED = ("SageMaker.AmazonSageMakerException", "SageMaker.ResourceLimitExceededException")

_PART = 12  # Characters of a UUID's last part.


def job_task(job: Job, scope: Construct, id: str) -> sfn.CustomState:
    """The state of ``job``, which comes after those it takes something from."""
    noun = job.kind.noun
    long = job.kind.id_length > _PART
    name = f"States.Format('{job.run_prefix}-{{}}', States.UUID())" if long else run_name(job.run_prefix)
    return sfn.CustomState(
        scope,
        id,
        state_json={
            "Type": "Task",
            "Resource": f"arn:{Aws.PARTITION}:states:::sagemaker:create{noun}.sync",
            "Parameters": {f"{noun}Name.$": name, **for_state_machine(job.request)},
            "ResultPath": f"$['{job.step_name}']",
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
