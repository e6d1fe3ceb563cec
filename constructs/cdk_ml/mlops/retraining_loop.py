"""Retraining because of an alarm: a pipeline that is started once, when it does not run, and not too often.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import jsii
from aws_cdk.interfaces import aws_cloudwatch as watched
from constructs import Construct, IValidation

from cdk_ml.errors import Problem, reject
from cdk_ml.mlops.permissions import retrain_statement
from cdk_ml.mlops.registry_account import RemotePipeline, remote_problems
from cdk_ml.mlops.retraining_states import retraining_states
from cdk_ml.sagemaker.pipelines.parameters import parameter_text, start_problems
from cdk_ml.sagemaker.pipelines.pipeline import Pipeline
from cdk_ml.tokens import is_token
from cdk_ml.workflow import EventTrigger, StateMachine
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.permissions import managed_policy

_A_MONTH_IN_HOURS = 720
_MOST_ALARMS = 8  # Each is a policy of the role, of which a role has ten.
_SIXTY_DAYS = 5_184_000


class RetrainingLoop(Construct):
    """Starts a pipeline when an alarm is raised.

    Creates a state machine. It starts the pipeline at once, unless an execution runs or the last one began less than
    ``cool_down_hours`` ago; then it waits, looks whether the alarm is still raised, and starts the pipeline in that
    case. An alarm that stays raised is not told again, and is not forgotten here. Of several alarms that are raised at
    the same time, one starts the pipeline. What cannot be started is tried again, fails the state machine, whose alarm
    tells the topic, and ends in the dead letter queue where the state machine itself could not be started.

    Idle cost: an alarm on two metrics, 0.20 USD a month.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_cloudwatch as cloudwatch
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.mlops import RetrainingLoop
    >>> from cdk_ml.sagemaker import Compute, Data, JobStep, Pipeline, ProcessingJob, Script
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> prepare = ProcessingJob(
    ...     stack,
    ...     "Prepare",
    ...     workspace=workspace,
    ...     image=images.built_in_algorithm("sklearn"),
    ...     script=Script("docs/examples/prepare", "prepare.py"),
    ...     compute=Compute(instance_type="ml.m5.xlarge"),
    ...     inputs={"raw": Data(workspace.data_bucket, "churn/raw/")},
    ...     outputs=["train"],
    ... )
    >>> pipeline = Pipeline(stack, "Pipeline", workspace=workspace, steps=[JobStep(prepare)])
    >>> retraining = RetrainingLoop(stack, "Retraining", workspace=workspace, pipeline=pipeline)
    >>> trigger = retraining.start_on("PipelineFails", pipeline.cfn_alarm)

    See https://docs.aws.amazon.com/sagemaker/latest/dg/pipeline-eventbridge.html

    :ivar machine: what starts the pipeline.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        pipeline: Pipeline | RemotePipeline,
        parameters: Mapping[str, str | float] | None = None,
        cool_down_hours: int = 24,
    ) -> None:
        """
        :param workspace: key, topic, queue, tags and profile.
        :param pipeline: what retrains; it ends in a version that waits for approval.
        :param parameters: values by the name of the pipeline's parameter; the others have their defaults.
        :param cool_down_hours: hours from the start of an execution to that of the next, 1 to 720.
        :raises cdk_ml.errors.ConfigurationError: a time that is none, parameters that the pipeline does not have, or a
            loop that nothing starts.
        """
        super().__init__(scope, id)
        given = {} if parameters is None else {**parameters}
        remote = pipeline if isinstance(pipeline, RemotePipeline) else None
        known = [*remote_problems(pipeline)] if isinstance(pipeline, RemotePipeline) else []
        if isinstance(pipeline, Pipeline):
            known = [*start_problems(given, pipeline.parameters)]
        reject(self, [*known, *_problems(cool_down_hours)])
        workspace.adopt(self)
        self._workspace = workspace
        self._watched: list[str] = []
        self.machine = StateMachine(
            self,
            "Machine",
            workspace=workspace,
            definition=retraining_states(
                pipeline_arn=pipeline.pipeline_arn,
                parameters={name: parameter_text(value) for name, value in given.items()},
                cool_down_seconds=3_600 * cool_down_hours,
                role_arn=None if remote is None else remote.role_arn,
            ),
            statements=[_start(pipeline)],
            timeout_seconds=_SIXTY_DAYS,
        )
        self.node.add_validation(_Started(self._watched))

    def start_on(self, id: str, alarm: watched.IAlarmRef) -> EventTrigger:
        """Retrain when ``alarm`` is raised.

        :param id: id of the trigger, such as ``Drift``.
        :param alarm: any alarm of the stack's account and region.
        :raises cdk_ml.errors.ConfigurationError: more alarms than the role has room for.
        """
        reject(self, _alarm_problems(id, self._watched))
        self._watched.append(id)
        reference = alarm.alarm_ref
        look = Statement(actions=["cloudwatch:DescribeAlarms"], resources=[reference.alarm_arn])
        policy = managed_policy(self, f"{id}Policy", statements=[look], roles=[self.machine.role])
        # It is attached to a role that there is already; what runs as the role has to wait for it by itself.
        self.machine.cfn_state_machine.node.add_dependency(policy)
        return EventTrigger(
            self,
            id,
            workspace=self._workspace,
            source="aws.cloudwatch",
            detail_types=["CloudWatch Alarm State Change"],
            detail={"alarmName": [reference.alarm_name], "state": {"value": ["ALARM"]}},
            target=self.machine.target,
        )


@jsii.implements(IValidation)
class _Started:
    """Refuses a loop that nothing starts, once the app is complete."""

    def __init__(self, alarms: list[str]) -> None:
        self._alarms = alarms

    def validate(self) -> list[str]:
        return [] if self._alarms else ["nothing starts the retraining: call start_on with an alarm"]


def _start(pipeline: Pipeline | RemotePipeline) -> Statement:
    if isinstance(pipeline, RemotePipeline):
        return Statement(actions=["sts:AssumeRole"], resources=[pipeline.role_arn])
    return retrain_statement(pipeline.pipeline_arn)


def _problems(cool_down_hours: int) -> Iterator[Problem]:
    if is_token(cool_down_hours):
        rule = "has to become seconds at synth, and only the deployment knows it"
        yield Problem("cool_down_hours", cool_down_hours, rule, "Use a number")
    elif not 1 <= cool_down_hours <= _A_MONTH_IN_HOURS:
        rule = "is no time between two trainings"
        yield Problem("cool_down_hours", cool_down_hours, rule, f"Use 1 to {_A_MONTH_IN_HOURS}, which is a month")


def _alarm_problems(id: str, watched_already: list[str]) -> Iterator[Problem]:
    if len(watched_already) >= _MOST_ALARMS:
        rule = f"is one more than the {_MOST_ALARMS} alarms that start one loop"
        yield Problem("alarm", id, rule, "Combine some in a composite alarm")
