"""The state that asks a person, and where what it shows may be.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import Aws
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.tokens import outside

_A_YEAR = 31_536_000
# What Lambda fails with when it is not the function's fault:
# https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
_PASSING = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """Where the documents are that reviewers may see: images and PDF files.

    :param bucket: the bucket.
    :param prefix: what their keys start with, such as ``intake/``.
    """

    bucket: s3.IBucket
    prefix: str


def documents_environment(documents: Documents | None) -> dict[str, str]:
    """What functions have to know of where documents are."""
    return {} if documents is None else {"BUCKET": documents.bucket.bucket_name, "PREFIX": documents.prefix}


def documents_address(documents: Documents | None) -> str | None:
    """Where the reviewers' page may load documents from."""
    return None if documents is None else f"https://{documents.bucket.bucket_name}.s3.{Aws.REGION}.{Aws.URL_SUFFIX}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a state asks, as its user says it."""

    title: str
    labels: Sequence[str]
    text: str | None
    document: str | None
    timeout_seconds: int


def asked_problems(asked: Asked, documents: Documents | None) -> Iterator[Problem]:
    """Why nobody could answer."""
    labels = [*asked.labels]
    if not asked.title.strip():
        yield Problem("title", asked.title, "is empty", "Say what is to be reviewed")
    if len(labels) < 2 or len({*labels}) < len(labels) or not all(label.strip() for label in labels):
        yield Problem("labels", labels, "leaves nothing to choose", "Name at least two different labels")
    if asked.text is None and asked.document is None:
        yield Problem("text", asked.text, "leaves nothing to look at", "Give a text, a document, or both")
    if asked.document is not None and documents is None:
        fix = "Say where documents are with HumanReview(documents=...)"
        yield Problem("document", asked.document, "is nowhere that reviewers may see", fix)
    if outside(asked.timeout_seconds, 60, _A_YEAR):
        rule = "is not a time to wait for a person"
        yield Problem("timeout_seconds", asked.timeout_seconds, rule, f"Use 60 to {_A_YEAR}, which is a year")


def ask_state(scope: Construct, id: str, *, asked: Asked, function_arn: str, result_path: str) -> sfn.CustomState:
    """A state that gives its task token to a function, and waits.

    :param function_arn: what opens a review.
    """
    given = {"title": asked.title, "text": asked.text, "document": asked.document}
    fields = [_field(name, value) for name, value in given.items() if value is not None]
    return sfn.CustomState(
        scope,
        id,
        state_json={
            "Type": "Task",
            "Resource": f"arn:{Aws.PARTITION}:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {
                "FunctionName": function_arn,
                "Payload": {
                    "token.$": "$$.Task.Token",
                    "labels": [*asked.labels],
                    "timeoutSeconds": asked.timeout_seconds,
                    **dict(fields),
                },
            },
            "TimeoutSeconds": asked.timeout_seconds,
            "ResultPath": result_path,
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


def _field(name: str, value: str) -> tuple[str, str]:
    """A field of the task's input: as it is, or read from the state's input when it is a path."""
    is_path = value == "$" or value.startswith(("$.", "$$.", "$[", "States."))
    return (f"{name}.$" if is_path else name, value)
