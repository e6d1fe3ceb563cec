"""A schedule: starts a target at given times.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token
from cdk_ml.workflow.target import Target
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key

_EXPRESSION = re.compile(r"(?:rate\([1-9]\d* (?:minutes?|hours?|days?)\)|cron\(\S+(?: \S+){5}\)|at\([\d:T-]{19}\))")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-/]{0,49}")


class Schedule(Construct):
    """Starts a target at given times, and puts what it could not start into the workspace's dead letter queue.

    Creates an EventBridge Scheduler schedule under the workspace's key, and a role that may start this one target.

    Idle cost: nothing; 14 million starts a month are free.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_stepfunctions as sfn
    >>> from cdk_ml.workflow import Schedule, StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> machine = StateMachine(stack, "Retrain", workspace=workspace, definition=sfn.Pass(stack, "Done"))
    >>> nightly = Schedule(
    ...     stack, "Nightly", workspace=workspace, expression="cron(0 3 * * ? *)", target=machine.target
    ... )

    See https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html

    :ivar role: what Scheduler assumes to start the target.
    :ivar cfn_schedule: the schedule.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        expression: str,
        target: Target,
        timezone: str = "UTC",
        input: Mapping[str, Any] | None = None,
        enabled: bool = True,
    ) -> None:
        """
        :param workspace: key, queue, tags and profile.
        :param expression: ``rate(1 day)``, ``cron(0 3 * * ? *)`` or ``at(2027-01-01T00:00:00)``.
        :param target: what is started.
        :param timezone: IANA name of the zone that the expression is in.
        :param input: what the target is started with.
        :param enabled: whether it starts anything.
        :raises cdk_ml.errors.ConfigurationError: for an expression or a zone that Scheduler does not read.
        """
        super().__init__(scope, id)
        reject(self, _problems(expression, timezone))
        workspace.adopt(self)
        queue = workspace.dead_letter_queue
        send = Statement(actions=["sqs:SendMessage"], resources=[queue.queue_arn])
        self.role = workspace.role(
            self,
            "Role",
            service="scheduler.amazonaws.com",
            statements=[*target.statements, send, *use_key(workspace.key.key_arn)],
        )
        self.cfn_schedule = scheduler.CfnSchedule(
            self,
            "Resource",
            flexible_time_window={"mode": "OFF"},
            schedule_expression=expression,
            schedule_expression_timezone=timezone,
            state="ENABLED" if enabled else "DISABLED",
            kms_key_arn=workspace.key.key_arn,
            target={
                "arn": target.arn,
                "roleArn": self.role.role_arn,
                "input": None if input is None else json.dumps(input, sort_keys=True),
                "deadLetterConfig": {"arn": queue.queue_arn},
                **target.options,
            },
        )


def _problems(expression: str, timezone: str) -> Iterator[Problem]:
    if not is_token(expression) and not _EXPRESSION.fullmatch(expression):
        fix = "Write rate(1 day), cron(0 3 * * ? *) with six fields, or at(2027-01-01T00:00:00)"
        yield Problem("expression", expression, "is no schedule", fix)
    if not is_token(timezone) and not _ZONE.fullmatch(timezone):
        yield Problem("timezone", timezone, "is no name of a time zone", "Use one such as UTC or Europe/Zurich")
