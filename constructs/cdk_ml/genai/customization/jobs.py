"""Bedrock's jobs as states: made, looked after until they have ended, and stopped when nobody can look any more.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.workflow import Function
from cdk_ml.workflow.polled_job import Call, PolledJob, polled_job
from cdk_ml.workspace import Statement

# Bedrock answers with these when it is asked too often, and when it is not well.
RETRIED = ("Bedrock.ThrottlingException", "Bedrock.InternalServerException", "Bedrock.BedrockException")
_PASSING = ("Lambda.ClientExecutionTimeoutException", "Lambda.ServiceException", "Lambda.TooManyRequestsException")
PAGE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html"
_LOOK_SECONDS = 300


def job_state(
    scope: Construct,
    id: str,
    *,
    action: str,
    name: str,
    request: Mapping[str, Any],
    failed: Sequence[str] = ("Failed", "Stopped"),
    reason: str = "FailureMessage",
    stops: bool = True,
) -> sfn.CustomState:
    """A state that makes a job of Bedrock and waits for its end. What it answers is kept under the state's id.

    :param action: what ``Create``, ``Get`` and ``Stop`` stand before, such as ``EvaluationJob``.
    :param name: what the execution's own job is called: a path, or an intrinsic function.
    :param request: the request, in Step Functions' form, without the name.
    :param failed: statuses of one that has not; the first may come with a reason.
    :param stops: whether Bedrock can stop such a job.
    """
    kept = f"$['{id}']"
    identifier = {"JobIdentifier.$": f"$['{id}Created'].JobArn"}
    job = PolledJob(
        service="bedrock",
        kept=id,
        name={"JobName.$": name},
        create=Call(action=f"create{action}", parameters={"JobName.$": f"{kept}.JobName", **request}),
        look=Call(action=f"get{action}", parameters=identifier),
        stop=Call(action=f"stop{action}", parameters=identifier) if stops else None,
        status="Status",
        done=["Completed"],
        failed=failed,
        reason=reason,
        noun=action,
        look_seconds=_LOOK_SECONDS,
        retried=RETRIED,
    )
    return polled_job(job, scope, id)


def job_statements(
    noun: str, *, resource: str, made_of: Sequence[str], wildcard: str = "", stops: bool = True
) -> list[Statement]:
    """What makes, watches and stops such jobs needs.

    :param noun: as :func:`job_state` takes it.
    :param resource: kind of resource that the job is, such as ``evaluation-job``.
    :param made_of: ARNs that making one is about, such as the model; :data:`ANYTHING` where IAM cannot say.
    :param wildcard: why one of those ends in ``*``.
    """
    watched = [f"bedrock:Get{noun}", *([f"bedrock:Stop{noun}"] if stops else [])]
    return [
        Statement(actions=[f"bedrock:Create{noun}"], resources=made_of, wildcard=wildcard),
        Statement(
            actions=watched,
            resources=[bedrock_arn(resource)],
            wildcard=f"Bedrock names a job when it is made; these actions are about jobs only. {PAGE}",
        ),
    ]


def encrypt_model(key_arn: str) -> Statement:
    """What whoever makes a model needs: Bedrock encrypts it with the caller's permissions.

    https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-custom-job.html
    https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-import-model.html
    """
    return Statement(
        actions=["kms:CreateGrant", "kms:DescribeKey"],
        resources=[key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"bedrock.{Aws.REGION}.amazonaws.com"}},
    )


def bedrock_arn(resource: str) -> str:
    """ARN of everything of a kind that Bedrock names itself, in the account and region of the stack."""
    return f"arn:{Aws.PARTITION}:bedrock:{Aws.REGION}:{Aws.ACCOUNT_ID}:{resource}/*"


def function_state(
    scope: Construct, id: str, *, function: Function, payload: Mapping[str, Any], timeout_seconds: int
) -> sfn.CustomState:
    """A state that asks a function. What it answers is kept under the state's id.

    :param payload: in Step Functions' form.
    """
    return sfn.CustomState(
        scope,
        id,
        state_json={
            "Type": "Task",
            "Resource": f"arn:{Aws.PARTITION}:states:::lambda:invoke",
            "Parameters": {"FunctionName": function.function_arn, "Payload": {**payload}},
            "ResultSelector": {"Answer.$": "$.Payload"},
            "ResultPath": f"$['{id}']",
            "TimeoutSeconds": timeout_seconds,
            "Retry": [
                {
                    "ErrorEquals": [*_PASSING],
                    "IntervalSeconds": 2,
                    "MaxAttempts": 6,
                    "BackoffRate": 2,
                    "JitterStrategy": "FULL",
                }
            ],
        },
    )


def call_state(
    scope: Construct,
    id: str,
    *,
    service: str,
    action: str,
    parameters: Mapping[str, Any],
    retried: Sequence[str] = RETRIED,
) -> sfn.CustomState:
    """A state that calls a service once. What it answers is kept under the state's id.

    :param retried: errors after which the call is tried again.
    """
    return sfn.CustomState(
        scope,
        id,
        state_json={
            "Type": "Task",
            "Resource": f"arn:{Aws.PARTITION}:states:::aws-sdk:{service}:{action}",
            "Parameters": {**parameters},
            "ResultPath": f"$['{id}']",
            "Retry": [
                {
                    "ErrorEquals": [*retried],
                    "IntervalSeconds": 10,
                    "MaxAttempts": 5,
                    "BackoffRate": 2,
                    "JitterStrategy": "FULL",
                }
            ],
        },
    )
