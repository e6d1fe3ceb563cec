"""Stops training whose loss is no number or no longer gets better: the successor of SageMaker Debugger's rules.

https://docs.aws.amazon.com/sagemaker/latest/dg/training-metrics.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.jobs.training_job import TrainingJob
from cdk_ml.tokens import is_token
from cdk_ml.workflow import EventTrigger, Function, StateMachine
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import ANYTHING, Statement, Workspace

_LONGEST_TRAINING = 30 * 86_400
_A_DAY, _FOUR_WEEKS = 1_440, 40_320  # Minutes.


class LossWatch(Construct):
    """Looks at the loss of a training job while it runs, and stops the job when it is not worth going on.

    Creates an event rule for runs of the job, a small state machine that waits and looks, and the function that looks:
    it may stop runs of this job and no other. CloudWatch keeps no value that is no number, so the script says it in a
    metric of its own, such as ``not_finite=1``. A run that is stopped fails the state machine that started it, whose
    alarm tells the workspace's topic. Runs that pipelines start have other names, and are not watched.

    Idle cost: an alarm on two metrics, 0.20 USD a month; an hour of watching costs less than a cent.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import Compute, LossWatch, Script, TrainingJob
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> train = TrainingJob(
    ...     stack,
    ...     "Train",
    ...     workspace=workspace,
    ...     image=images.built_in_algorithm("sklearn"),
    ...     script=Script("docs/examples/prepare", "prepare.py"),
    ...     compute=Compute(instance_type="ml.m5.xlarge"),
    ...     metrics={"loss": "loss=([0-9.e+-]+)", "not_finite": "not_finite=([0-9]+)"},
    ... )
    >>> watch = LossWatch(stack, "Watch", workspace=workspace, job=train, not_finite="not_finite", patience_minutes=60)

    See https://docs.aws.amazon.com/sagemaker/latest/dg/training-metrics.html

    :ivar function: what looks at a run.
    :ivar machine: what calls it again and again.
    :ivar trigger: what starts watching when a run begins to train.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        job: TrainingJob,
        metric: str = "loss",
        not_finite: str | None = None,
        patience_minutes: int | None = None,
        check_minutes: int = 5,
    ) -> None:
        """
        :param workspace: key, topic, queue, tags and profile.
        :param job: whose runs are watched.
        :param metric: name of the job's metric that has to go down.
        :param not_finite: name of the job's metric that is above zero when the loss is no number.
        :param patience_minutes: minutes that the loss may stay as it is, or unsaid once it was said, before the run is
            stopped.
        :param check_minutes: minutes between two looks.
        :raises cdk_ml.errors.ConfigurationError: metrics that the job does not have, or nothing to watch for.
        """
        super().__init__(scope, id)
        reject(self, _problems(job, metric, not_finite, patience_minutes, check_minutes))
        workspace.adopt(self)
        patience = {} if patience_minutes is None else {"PATIENCE_SECONDS": str(60 * patience_minutes)}
        marks = {} if not_finite is None else {"NOT_FINITE": not_finite}
        self.function = Function(
            self,
            "Function",
            workspace=workspace,
            code=runtime_code("loss_watch"),
            statements=_look_and_stop(job),
            environment={"METRIC": metric, **marks, **patience},
        )
        self.machine = StateMachine(
            self,
            "Machine",
            workspace=workspace,
            definition=self._states(check_minutes),
            statements=[self.function.invoke_statement()],
            timeout_seconds=_LONGEST_TRAINING,
        )
        self.trigger = EventTrigger(
            self,
            "Trigger",
            workspace=workspace,
            source="aws.sagemaker",
            detail_types=["SageMaker Training Job State Change"],
            # Jobs of other stacks may be called the same; their role is another.
            detail={
                "TrainingJobName": [{"prefix": f"{job.run_prefix}-"}],
                "RoleArn": [job.role.role_arn],
                "SecondaryStatus": ["Training"],
            },
            target=self.machine.target,
            input_path="$.detail",
        )

    def _states(self, check_minutes: int) -> sfn.IChainable:
        look: dict[str, Any] = {
            "Type": "Task",
            "Resource": f"arn:{Aws.PARTITION}:states:::lambda:invoke",
            "Parameters": {"FunctionName": self.function.function_arn, "Payload": {"job.$": "$.TrainingJobName"}},
            "ResultSelector": {"watching.$": "$.Payload.watching", "reason.$": "$.Payload.reason"},
            "ResultPath": "$.look",
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 30, "BackoffRate": 2, "MaxAttempts": 5}],
        }
        wait = sfn.CustomState(self, "Wait", state_json={"Type": "Wait", "Seconds": 60 * check_minutes})
        again = sfn.Choice(self, "Again").when(sfn.Condition.boolean_equals("$.look.watching", True), wait)
        end = sfn.Succeed(self, "Done")
        return wait.next(sfn.CustomState(self, "Look", state_json=look)).next(again.otherwise(end))


def _problems(
    job: TrainingJob, metric: str, not_finite: str | None, patience_minutes: float | None, check_minutes: float
) -> Iterator[Problem]:
    known = ", ".join(job.metrics) or "none"
    for argument, name in (("metric", metric), ("not_finite", not_finite)):
        if name is not None and not is_token(name) and name not in job.metrics:
            fix = f"Say it in the metrics of the job, which has {known}"
            yield Problem(argument, name, f"is no metric of {job.step_name}", fix)
    if not_finite is None and patience_minutes is None:
        fix = "Say patience_minutes, or not_finite, or both"
        yield Problem("patience_minutes", None, "leaves nothing to watch for", fix)
    for argument, minutes, most in (
        ("check_minutes", check_minutes, _A_DAY),
        ("patience_minutes", patience_minutes, _FOUR_WEEKS),
    ):
        if minutes is None:
            continue
        if is_token(minutes):
            rule = "has to become seconds at synth, and only the deployment knows it"
            yield Problem(argument, minutes, rule, "Use a number")
        elif not 1 <= minutes <= most:
            yield Problem(argument, minutes, "is no time to wait", f"Use 1 to {most}")


def _look_and_stop(job: TrainingJob) -> list[Statement]:
    jobs = f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:training-job/{job.run_prefix.lower()}-*"
    return [
        Statement(
            actions=["sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"],
            resources=[jobs],
            wildcard="The name of a run ends in an id of its own; its beginning is this job's. "
            "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html",
        ),
        Statement(
            actions=["cloudwatch:GetMetricStatistics"],
            resources=ANYTHING,
            wildcard="cloudwatch:GetMetricStatistics takes no resource, and only reads. "
            "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html",
        ),
    ]
