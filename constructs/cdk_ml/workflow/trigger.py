"""An event trigger: starts a target when something happened.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import aws_events as events
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token
from cdk_ml.workflow.target import Target
from cdk_ml.workspace import Workspace

_PATH = re.compile(r"\$(?:[.\[][^\s]+)?")
_PATH_LENGTH = 256


class EventTrigger(Construct):
    """Starts a target when an event of AWS matches, and puts what it could not start into the dead letter queue.

    Creates a rule on the default event bus, where AWS reports what happens in the account, or on one of your own, and a
    role that may start this one target.

    Idle cost: nothing; events of AWS are free, and whoever sends others to a bus of your own pays for them.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_stepfunctions as sfn
    >>> from cdk_ml.workflow import EventTrigger, StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> machine = StateMachine(stack, "Deploy", workspace=workspace, definition=sfn.Pass(stack, "Done"))
    >>> approved = EventTrigger(
    ...     stack,
    ...     "Approved",
    ...     workspace=workspace,
    ...     source="aws.sagemaker",
    ...     detail_types=["SageMaker Model Package State Change"],
    ...     detail={"ModelApprovalStatus": ["Approved"]},
    ...     target=machine.target,
    ... )

    See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-list.html

    :ivar role: what EventBridge assumes to start the target.
    :ivar cfn_rule: the rule.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        source: str,
        detail_types: Sequence[str],
        target: Target,
        detail: Mapping[str, Any] | None = None,
        input_path: str | None = None,
        event_bus_name: str | None = None,
        enabled: bool = True,
    ) -> None:
        """
        :param workspace: queue, tags and profile.
        :param source: where events come from, such as ``aws.sagemaker``.
        :param detail_types: kinds of events, such as ``SageMaker Model Package State Change``.
        :param target: what is started, with the event as its input.
        :param detail: pattern that the event's detail has to match; every event of these kinds does when not given.
        :param input_path: JSONPath of the part of the event that the target gets, such as ``$.detail``.
        :param event_bus_name: a bus of your own, such as one that another account sends to.
        :param enabled: whether it starts anything.
        :raises cdk_ml.errors.ConfigurationError: without a kind of event, which would match everything of the source,
            and for a path that EventBridge does not read.
        """
        super().__init__(scope, id)
        reject(self, _problems(detail_types, input_path))
        workspace.adopt(self)
        queue = workspace.dead_letter_queue
        self.role = workspace.role(self, "Role", service="events.amazonaws.com", statements=target.statements)
        pattern = {"source": [source], "detail-type": [*detail_types]}
        self.cfn_rule = events.CfnRule(
            self,
            "Resource",
            event_bus_name=event_bus_name,
            event_pattern=pattern if detail is None else {**pattern, "detail": detail},
            state="ENABLED" if enabled else "DISABLED",
            targets=[
                {
                    "id": "Target",
                    "arn": target.arn,
                    "roleArn": self.role.role_arn,
                    "inputPath": input_path,
                    "deadLetterConfig": {"arn": queue.queue_arn},
                    **target.options,
                }
            ],
        )


def _problems(detail_types: Sequence[str], input_path: str | None) -> Iterator[Problem]:
    if not detail_types:
        fix = "Name the kinds of events, as the service lists them"
        yield Problem("detail_types", detail_types, "matches everything that the source reports", fix)
    if input_path is None or is_token(input_path):
        return
    if len(input_path) > _PATH_LENGTH or not _PATH.fullmatch(input_path):
        fix = "Write one such as $.detail.bucket"
        yield Problem("input_path", input_path, "is no path that EventBridge reads", fix)
