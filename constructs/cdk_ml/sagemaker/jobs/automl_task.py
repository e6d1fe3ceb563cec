"""An AutoML job as a state. Step Functions starts such jobs and does not wait for them, so the state looks after it.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeAutoMLJobV2.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Aws
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.sagemaker.jobs.values import for_state_machine

if TYPE_CHECKING:
    from cdk_ml.sagemaker.jobs.automl_job import AutoMlJob

LOOK_SECONDS = 300
_LONGEST_STATE_NAME = 80
_PARTS = ("Name", "Create", "Wait", "Look", "Decide", "Done", "Failed", "Ended", "Stop", "Lost")
LONGEST_ID = _LONGEST_STATE_NAME - max(map(len, _PARTS)) - 1

# SageMaker answers with these when it is asked too often, and when the account has no instance left.
_RETRY = [
    {
        "ErrorEquals": ["SageMaker.SageMakerException", "SageMaker.ResourceLimitExceededException"],
        "IntervalSeconds": 30,
        "BackoffRate": 2,
        "MaxAttempts": 5,
        "MaxDelaySeconds": 600,
        "JitterStrategy": "FULL",
    }
]


def automl_task(job: AutoMlJob, scope: Construct, id: str) -> sfn.CustomState:
    """A state that starts ``job``, looks at it until it has ended, and fails with what SageMaker says.

    It is one state, like those of other jobs: a single branch, of which OutputPath makes the state's output.
    """
    return sfn.CustomState(
        scope,
        id,
        state_json={
            "Type": "Parallel",
            "Branches": [{"StartAt": f"{id}.Name", "States": _states(job, id)}],
            "OutputPath": "$[0]",
        },
    )


def _states(job: AutoMlJob, id: str) -> dict[str, Any]:
    # Names of states are unique in a state machine, branches included.
    create, wait, look, decide, done, failed, ended, stop, lost = (f"{id}.{part}" for part in _PARTS[1:])
    kept = f"$['{job.step_name}']"
    status = f"{kept}.AutoMLJobStatus"
    named = {"AutoMLJobName.$": f"{kept}.AutoMLJobName"}
    name = f"States.Format('{job.run_prefix}-{{}}', States.ArrayGetItem(States.StringSplit(States.UUID(), '-'), 4))"
    return {
        # Before the job is created, so that a call that is tried again does not create another one.
        f"{id}.Name": {"Type": "Pass", "Parameters": {"AutoMLJobName.$": name}, "ResultPath": kept, "Next": create},
        create: _call(
            "createAutoMLJobV2", {**named, **for_state_machine(job.request)}, keep=f"{kept}.Created", next=wait
        ),
        wait: {"Type": "Wait", "Seconds": LOOK_SECONDS, "Next": look},
        look: {
            **_call("describeAutoMLJobV2", named, keep=kept, next=decide),
            # What nobody looks at any more must not go on and cost.
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": f"{kept}.Lost", "Next": stop}],
        },
        decide: {
            "Type": "Choice",
            "Choices": [
                {"Variable": status, "StringEquals": "Completed", "Next": done},
                {
                    "And": [
                        {"Variable": status, "StringEquals": "Failed"},
                        {"Variable": f"{kept}.FailureReason", "IsPresent": True},
                    ],
                    "Next": failed,
                },
                {
                    "Or": [
                        {"Variable": status, "StringEquals": "Failed"},
                        {"Variable": status, "StringEquals": "Stopped"},
                    ],
                    "Next": ended,
                },
            ],
            "Default": wait,
        },
        done: {"Type": "Succeed"},
        failed: {"Type": "Fail", "Error": "AutoMLJobFailed", "CausePath": f"{kept}.FailureReason"},
        ended: {
            "Type": "Fail",
            "Error": "AutoMLJobEnded",
            "CausePath": f"States.Format('SageMaker says {{}} and no reason', {status})",
        },
        stop: {
            **_call("stopAutoMLJob", named, keep=f"{kept}.Stopped", next=lost),
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": f"{kept}.NotStopped", "Next": lost}],
        },
        lost: {"Type": "Fail", "ErrorPath": f"{kept}.Lost.Error", "CausePath": f"{kept}.Lost.Cause"},
    }


def _call(action: str, parameters: dict[str, Any], *, keep: str, next: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::aws-sdk:sagemaker:{action}",
        "Parameters": parameters,
        "ResultPath": keep,
        "Retry": _RETRY,
        "Next": next,
    }
