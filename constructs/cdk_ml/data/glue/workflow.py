"""A workflow of Glue: jobs that start each other, by way of triggers, without a state machine.

https://docs.aws.amazon.com/glue/latest/dg/workflows_overview.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Aws
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.data.glue.job import GlueJob
from cdk_ml.data.glue.triggers import After, OnEvents, OnSchedule, Start, order_problems, start_problems
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import outside
from cdk_ml.workflow.target import Target
from cdk_ml.workflow.trigger import EventTrigger
from cdk_ml.workspace import Statement, Workspace

_MOST_CONCURRENT = 1_000


class GlueWorkflow(Construct):
    """Jobs of Glue, one after another: what starts the first, and what each waits for.

    Creates the workflow and its triggers; for events a rule as well, with a role that may start this workflow. Jobs
    raise their own alarms. A circle is an error, and so is a job that waits for one that nothing starts.

    A state machine does more: it waits, branches, tries again and hands over results; and it does other things than
    jobs. A workflow is for what is only jobs, and shows them in Glue's console.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from pathlib import Path
    >>> from cdk_ml.data import After, Ended, GlueWorkflow, OnSchedule, PythonShellJob, SparkJob
    >>> from cdk_ml.sagemaker import Script
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> rates = PythonShellJob(stack, "Rates", workspace=workspace, script=Path("docs/examples/curate/rates.py"))
    >>> curate = SparkJob(
    ...     stack, "Curate", workspace=workspace, script=Script("docs/examples/curate", "curate.py")
    ... )
    >>> nightly = GlueWorkflow(
    ...     stack,
    ...     "Nightly",
    ...     workspace=workspace,
    ...     start=OnSchedule([rates], "cron(0 3 * * ? *)"),
    ...     then=[After(jobs=[curate], ended={rates: Ended.SUCCEEDED})],
    ... )

    See https://docs.aws.amazon.com/glue/latest/dg/workflows_overview.html

    :ivar cfn_workflow: the workflow.
    :ivar cfn_triggers: its triggers, the start first.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        start: Start,
        then: Sequence[After] = (),
        properties: Mapping[str, str] | None = None,
        concurrent: int = 1,
    ) -> None:
        """
        :param workspace: queue and tags.
        :param start: what starts the first jobs.
        :param then: what starts the others.
        :param properties: what jobs can look up about a run.
        :param concurrent: runs at once.
        :raises cdk_ml.errors.ConfigurationError: for an order that cannot be, or a schedule that Glue does not read.
        """
        super().__init__(scope, id)
        problems = [*start_problems(start), *order_problems(_paths(start.jobs), [_order(after) for after in then])]
        if outside(concurrent, 1, _MOST_CONCURRENT):
            rule = "is no number of runs that Glue takes"
            problems.append(Problem("concurrent", concurrent, rule, f"Use 1 to {_MOST_CONCURRENT}"))
        reject(self, problems)
        workspace.adopt(self)
        self.cfn_workflow = glue.CfnWorkflow(
            self,
            "Resource",
            default_run_properties=dict(properties or {}) or None,
            max_concurrent_runs=concurrent,
        )
        self.cfn_triggers = [self._start(start), *(self._after(index, after) for index, after in enumerate(then, 1))]
        if isinstance(start, OnEvents):
            EventTrigger(
                self,
                "Events",
                workspace=workspace,
                source=start.source,
                detail_types=start.detail_types,
                detail=start.detail or None,
                target=self.target,
            )

    @property
    def workflow_name(self) -> str:
        """The name that CloudFormation gave it."""
        return self.cfn_workflow.ref

    @property
    def workflow_arn(self) -> str:
        """ARN of the workflow."""
        return f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}:workflow/{self.workflow_name}"

    @property
    def target(self) -> Target:
        """The workflow as what an event starts, where it starts with events."""
        return Target(
            arn=self.workflow_arn,
            statements=[Statement(actions=["glue:notifyEvent"], resources=[self.workflow_arn])],
        )

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` start runs."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["glue:StartWorkflowRun"], resource_arns=[self.workflow_arn]
        )

    def _start(self, start: Start) -> glue.CfnTrigger:
        actions = _actions(start.jobs)
        match start:
            case OnSchedule():
                return glue.CfnTrigger(
                    self,
                    "Start",
                    type="SCHEDULED",
                    workflow_name=self.workflow_name,
                    actions=actions,
                    schedule=start.expression,
                    start_on_creation=True,
                )
            case OnEvents():
                return glue.CfnTrigger(
                    self,
                    "Start",
                    type="EVENT",
                    workflow_name=self.workflow_name,
                    actions=actions,
                    event_batching_condition={"batchSize": start.batch, "batchWindow": start.window_seconds},
                )
            case _:
                return glue.CfnTrigger(
                    self, "Start", type="ON_DEMAND", workflow_name=self.workflow_name, actions=actions
                )

    def _after(self, index: int, after: After) -> glue.CfnTrigger:
        return glue.CfnTrigger(
            self,
            f"Then{index}",
            type="CONDITIONAL",
            workflow_name=self.workflow_name,
            actions=_actions(after.jobs),
            predicate={
                "logical": "AND" if after.all else "ANY",
                "conditions": [
                    {"jobName": job.job_name, "state": ended.value, "logicalOperator": "EQUALS"}
                    for job, ended in after.ended.items()
                ],
            },
            start_on_creation=True,
        )


def _actions(jobs: Sequence[GlueJob]) -> list[dict[str, str]]:
    return [{"jobName": job.job_name} for job in jobs]


def _paths(jobs: Sequence[GlueJob]) -> list[str]:
    return [job.node.path for job in jobs]


def _order(after: After) -> tuple[list[str], list[str]]:
    return _paths([*after.ended]), _paths(after.jobs)
