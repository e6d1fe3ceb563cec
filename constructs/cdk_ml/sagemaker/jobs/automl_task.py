"""An AutoML job as a state. Step Functions starts such jobs and does not wait for them, so the state looks after it.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeAutoMLJobV2.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.sagemaker.jobs.values import for_state_machine
from cdk_ml.workflow.polled_job import Call, PolledJob, polled_job, run_name

if TYPE_CHECKING:
    from cdk_ml.sagemaker.jobs.automl_job import AutoMlJob

LOOK_SECONDS = 300


def automl_task(job: AutoMlJob, scope: Construct, id: str) -> sfn.CustomState:
    """A state that starts ``job``, looks at it until it has ended, and fails with what SageMaker says."""
    named = {"AutoMLJobName.$": f"$['{job.step_name}'].AutoMLJobName"}
    polled = PolledJob(
        service="sagemaker",
        kept=job.step_name,
        name={"AutoMLJobName.$": run_name(job.run_prefix)},
        create=Call(action="createAutoMLJobV2", parameters={**named, **for_state_machine(job.request)}),
        look=Call(action="describeAutoMLJobV2", parameters=named),
        stop=Call(action="stopAutoMLJob", parameters=named),
        status="AutoMLJobStatus",
        done=["Completed"],
        failed=["Failed", "Stopped"],
        reason="FailureReason",
        noun="AutoMLJob",
        look_seconds=LOOK_SECONDS,
        # SageMaker answers with these when it is asked too often, and when the account has no instance left.
        retried=["SageMaker.SageMakerException", "SageMaker.ResourceLimitExceededException"],
    )
    return polled_job(polled, scope, id)
