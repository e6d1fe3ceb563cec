"""A job that Step Functions starts and does not wait for, as one state that looks after it until it has ended.

``.sync`` exists for a few services only. For the others the state asks how the job is, fails with the reason that the
service gives, and stops what nobody can look at any more, so that it does not go on and cost.
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

_SHORT_ID = "States.ArrayGetItem(States.StringSplit(States.UUID(), '-'), 4)"
"""Twelve characters that no other run has, in Step Functions' form."""

_LONGEST_STATE_NAME = 80
_PARTS = ("Name", "Create", "Wait", "Look", "Decide", "Done", "Failed", "Ended", "Stop", "Lost")
LONGEST_ID = _LONGEST_STATE_NAME - max(map(len, _PARTS)) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a service's API.

    :param action: as Step Functions writes it, such as ``createEvaluationJob``.
    :param parameters: in Step Functions' form, where names that end in ``.$`` take a path.
    """

    action: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolledJob:
    """What to call, and what the answers mean.

    :param service: name of the service in Step Functions' SDK integrations, such as ``bedrock``.
    :param kept: key of the execution's state under which name, answers and reasons are kept.
    :param name: the job's name, said before it is made: a call that is tried again then does not make another job.
    :param create: makes the job; what it answers is at :attr:`created`.
    :param look: asks how the job is; its answer replaces what is kept.
    :param stop: stops the job, where the service can.
    :param status: what of the answer says how the job is.
    :param done: what it says when the job has ended well.
    :param failed: what it says when it has not; a job that says the first of these may say why as well.
    :param reason: what of the answer says why.
    :param noun: what errors call the job, such as ``EvaluationJob``.
    :param look_seconds: seconds between two looks.
    :param retried: errors after which a call is tried again.
    """

    service: str
    kept: str
    name: Mapping[str, Any]
    create: Call
    look: Call
    stop: Call | None
    status: str
    done: Sequence[str]
    failed: Sequence[str]
    reason: str
    noun: str
    look_seconds: int
    retried: Sequence[str]

    @property
    def created(self) -> str:
        """Path of what ``create`` answered, which no look replaces: a job's ARN, where looks ask for it."""
        return f"$['{self.kept}Created']"


def run_name(prefix: str) -> str:
    """A name of a run that no other run has, in Step Functions' form: ``prefix``, a hyphen and twelve characters."""
    return f"States.Format('{prefix}-{{}}', {_SHORT_ID})"


def polled_job(job: PolledJob, scope: Construct, id: str) -> sfn.CustomState:
    """A state that starts ``job``, looks at it until it has ended, and fails with what the service says.

    It is one state, like those of jobs that Step Functions waits for: a single branch, of which OutputPath makes the
    state's output.
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


def _states(job: PolledJob, id: str) -> dict[str, Any]:
    # Names of states are unique in a state machine, branches included.
    create, wait, look, decide, done, failed, ended, stop, lost = (f"{id}.{part}" for part in _PARTS[1:])
    kept = f"$['{job.kept}']"
    status = f"{kept}.{job.status}"
    states: dict[str, Any] = {
        f"{id}.Name": {"Type": "Pass", "Parameters": {**job.name}, "ResultPath": kept, "Next": create},
        create: _call(job, job.create, keep=job.created, next=wait),
        wait: {"Type": "Wait", "Seconds": job.look_seconds, "Next": look},
        look: {
            **_call(job, job.look, keep=kept, next=decide),
            # What nobody looks at any more must not go on and cost.
            "Catch": [
                {"ErrorEquals": ["States.ALL"], "ResultPath": f"{kept}.Lost", "Next": stop if job.stop else lost}
            ],
        },
        decide: {
            "Type": "Choice",
            "Choices": [
                {**_any_of(status, job.done), "Next": done},
                {
                    "And": [_any_of(status, job.failed[:1]), {"Variable": f"{kept}.{job.reason}", "IsPresent": True}],
                    "Next": failed,
                },
                {**_any_of(status, job.failed), "Next": ended},
            ],
            "Default": wait,
        },
        done: {"Type": "Succeed"},
        failed: {"Type": "Fail", "Error": f"{job.noun}Failed", "CausePath": f"{kept}.{job.reason}"},
        ended: {
            "Type": "Fail",
            "Error": f"{job.noun}Ended",
            "CausePath": f"States.Format('{_speaker(job)} says {{}} and no reason', {status})",
        },
    }
    if job.stop is not None:
        states[stop] = {
            **_call(job, job.stop, keep=f"{kept}.Stopped", next=lost),
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": f"{kept}.NotStopped", "Next": lost}],
        }
    states[lost] = {"Type": "Fail", "ErrorPath": f"{kept}.Lost.Error", "CausePath": f"{kept}.Lost.Cause"}
    return states


def _speaker(job: PolledJob) -> str:
    return {"sagemaker": "SageMaker"}.get(job.service, job.service.capitalize())


def _any_of(status: str, values: Sequence[str]) -> dict[str, Any]:
    comparisons = [{"Variable": status, "StringEquals": value} for value in values]
    return comparisons[0] if len(comparisons) == 1 else {"Or": comparisons}


def _call(job: PolledJob, call: Call, *, keep: str, next: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::aws-sdk:{job.service}:{call.action}",
        "Parameters": {**call.parameters},
        "ResultPath": keep,
        "Retry": [
            {
                "ErrorEquals": [*job.retried],
                "IntervalSeconds": 30,
                "BackoffRate": 2,
                "MaxAttempts": 5,
                "MaxDelaySeconds": 600,
                "JitterStrategy": "FULL",
            }
        ],
        "Next": next,
    }
