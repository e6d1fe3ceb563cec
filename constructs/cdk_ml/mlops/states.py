"""States that call services: in JSONata, tried again when a service is busy, and never silent about why they failed.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Aws

CONDITION_FAILED = "DynamoDB.ConditionalCheckFailedException"
SAGEMAKER_ERROR = "SageMaker.SageMakerException"
_ANY = "States.ALL"
_CAUGHT = "$exists($states.errorOutput.{0}) ? $states.errorOutput.{0} : 'Unknown'"

# SageMaker answers with the first when it is asked too often, and with the second when the account has no room left.
RETRY_SAGEMAKER = (
    {
        "ErrorEquals": [SAGEMAKER_ERROR, "SageMaker.ResourceLimitExceededException"],
        "IntervalSeconds": 10,
        "BackoffRate": 2,
        "MaxAttempts": 5,
        "MaxDelaySeconds": 120,
        "JitterStrategy": "FULL",
    },
)
_RETRY_OTHERS = (
    # A condition that fails stays so: that is an answer, and not a fault.
    {"ErrorEquals": [CONDITION_FAILED], "MaxAttempts": 0},
    {"ErrorEquals": [_ANY], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 5, "JitterStrategy": "FULL"},
)


def formula(text: str) -> str:
    """``text`` as an expression in JSONata."""
    return f"{{% {text} %}}"


def caught(next: str, *errors: str, assign: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Where a state goes when it fails with one of ``errors``, or with any, and ``$error`` and ``$cause`` say how."""
    return {
        "ErrorEquals": [*errors] or [_ANY],
        "Assign": {
            "error": formula(_CAUGHT.format("Error")),
            "cause": formula(_CAUGHT.format("Cause")),
            **({} if assign is None else assign),
        },
        "Next": next,
    }


def call(
    action: str,
    arguments: Mapping[str, Any],
    *,
    next: str,
    catch: Sequence[Mapping[str, Any]],
    assign: Mapping[str, Any] | None = None,
    retry: Sequence[Mapping[str, Any]] | None = None,
    role_arn: str | None = None,
) -> dict[str, Any]:
    """A task that calls a service.

    :param action: as in the ARN of the integration, such as ``aws-sdk:sagemaker:createModel``.
    :param assign: variables that keep what the answer says.
    :param retry: what is tried again; by default what SageMaker, or any other service, is known to refuse for a while.
    :param role_arn: a role of another account that the call is made as.
    """
    usual = RETRY_SAGEMAKER if ":sagemaker:" in action else _RETRY_OTHERS
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::{action}",
        "Arguments": arguments,
        **({} if role_arn is None else {"Credentials": {"RoleArn": role_arn}}),
        **({} if assign is None else {"Assign": assign}),
        "Retry": [*(usual if retry is None else retry)],
        "Catch": [*catch],
        "Next": next,
    }


def choice(*rules: tuple[str, str], default: str) -> dict[str, Any]:
    """Goes where the first condition that holds says."""
    choices = [{"Condition": formula(condition), "Next": next} for condition, next in rules]
    return {"Type": "Choice", "Choices": choices, "Default": default}


def wait(seconds: int, *, next: str) -> dict[str, Any]:
    """Waits."""
    return {"Type": "Wait", "Seconds": seconds, "Next": next}


def assign(next: str, **values: Any) -> dict[str, Any]:
    """Sets variables."""
    return {"Type": "Pass", "Assign": values, "Next": next}


def fail() -> dict[str, Any]:
    """Fails with what ``$error`` and ``$cause`` say."""
    return {"Type": "Fail", "Error": formula("$error"), "Cause": formula("$cause")}


def api_words(value: Any) -> Any:
    """What CloudFormation writes in camel case, as the service's API has it."""
    match value:
        case Mapping():
            return {f"{name[0].upper()}{name[1:]}": api_words(each) for name, each in value.items()}
        case list() | tuple():
            return [api_words(each) for each in value]
        case _:
            return value
