"""How a state machine runs a job: the same for every job here, so that it does not see where one runs.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement

if TYPE_CHECKING:
    from aws_cdk import aws_stepfunctions as sfn

_OF_RUN = re.compile(r"\$|States\.[A-Z]\w*\(")


def run_state(
    scope: Construct,
    id: str,
    *,
    integration: str,
    parameters: Mapping[str, Any],
    retry: Sequence[Mapping[str, Any]] = (),
) -> sfn.CustomState:
    """A state that starts something and waits for it; what the service answers is under the state's id in its output.

    :param integration: what is started, as Step Functions calls it, such as ``glue:startJobRun``.
    :param parameters: of the call.
    :param retry: what is tried again, such as :func:`patient`.
    """
    # A stack without a state machine does not wait for the module.
    from aws_cdk import aws_stepfunctions as sfn

    return sfn.CustomState(
        scope,
        id,
        state_json={
            "Type": "Task",
            "Resource": f"arn:{Aws.PARTITION}:states:::{integration}.sync",
            "Parameters": {**parameters},
            "ResultPath": f"$['{id}']",
            **({"Retry": [*retry]} if retry else {}),
        },
    )


def patient(errors: Iterable[str], *, first_seconds: int, longest_seconds: int) -> list[dict[str, Any]]:
    """Try again what a service refuses for now: five times, with a wait that doubles.

    :param errors: by their names in Step Functions.
    :param first_seconds: wait before the first time.
    :param longest_seconds: wait at most.
    """
    return [
        {
            "ErrorEquals": [*errors],
            "IntervalSeconds": first_seconds,
            "BackoffRate": 2,
            "MaxAttempts": 5,
            "MaxDelaySeconds": longest_seconds,
            "JitterStrategy": "FULL",
        }
    ]


def is_of_run(value: str) -> bool:
    """Whether an argument is known with a run only: a path into the execution, or a function of Step Functions."""
    return not is_token(value) and _OF_RUN.match(value) is not None


def hear_of_end(rule: str) -> Statement:
    """Let Step Functions hear of a run's end, by a rule that it makes itself.

    :param rule: its name, as the page of the integration has it.
    """
    return Statement(
        actions=["events:DescribeRule", "events:PutRule", "events:PutTargets"],
        resources=[f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:rule/{rule}"],
    )


def grant(grantee: iam.IGrantable, statements: Sequence[Statement]) -> iam.Grant:
    """Give ``grantee`` all of ``statements``, of which there is one at least."""
    first, *others = [
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=[*statement.actions],
            resource_arns=[*statement.resources],
            conditions=None if statement.conditions is None else {**statement.conditions},
        )
        for statement in statements
    ]
    for other in others:
        first = first.combine(other)
    return first
