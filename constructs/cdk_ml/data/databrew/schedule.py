"""Jobs of DataBrew at given times, without a state machine.

https://docs.aws.amazon.com/databrew/latest/dg/jobs.cron.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aws_cdk import Stack
from aws_cdk import aws_databrew as databrew
from aws_cdk import aws_events as events
from constructs import Construct

from cdk_ml.data.databrew.job import DataBrewJob
from cdk_ml.data.databrew.names import databrew_name, databrew_problems
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Workspace

_CRON = re.compile(r"[Cc]ron\([^\s()]+(?: [^\s()]+){5}\)")
_MOST_JOBS = 50


class DataBrewSchedule(Construct):
    """Runs jobs at given times. Runs that fail end in the workspace's dead letter queue, whose alarm tells.

    Creates DataBrew's schedule, and a rule on the event bus. Where one job has to wait for another one, or rules decide
    whether it runs, use a state machine and :class:`cdk_ml.workflow.Schedule` instead.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import DataBrewDataset, DataBrewSchedule, DatasetFiles, ProfileJob
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> customers = DataBrewDataset(
    ...     stack,
    ...     "Customers",
    ...     workspace=workspace,
    ...     source=DatasetFiles(bucket=workspace.data_bucket, prefix="incoming/"),
    ... )
    >>> nightly = DataBrewSchedule(
    ...     stack,
    ...     "Nightly",
    ...     workspace=workspace,
    ...     expression="cron(0 3 * * ? *)",
    ...     jobs=[ProfileJob(stack, "Profile", workspace=workspace, dataset=customers)],
    ... )

    See https://docs.aws.amazon.com/databrew/latest/dg/jobs.cron.html

    :ivar schedule_name: its name.
    :ivar cfn_schedule: the schedule.
    :ivar cfn_rule: what notices runs that fail.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        expression: str,
        jobs: Sequence[DataBrewJob],
        name: str | None = None,
    ) -> None:
        """
        :param workspace: queue, tags and profile.
        :param expression: ``cron(0 3 * * ? *)``, in UTC.
        :param jobs: what runs, 1 to 50.
        :param name: a name that people know it by; one made of its path when not given.
        :raises cdk_ml.errors.ConfigurationError: for an expression that DataBrew does not read, and for no job.
        """
        super().__init__(scope, id)
        reject(self, [*databrew_problems(Stack.of(self).region, "Schedule", name), *_problems(expression, jobs)])
        workspace.adopt(self)
        self.schedule_name = databrew_name(self, name)
        self.cfn_schedule = databrew.CfnSchedule(
            self,
            "Resource",
            name=self.schedule_name,
            cron_expression=expression,
            job_names=[job.cfn_job.ref for job in jobs],
        )
        self.cfn_rule = events.CfnRule(
            self,
            "Failed",
            description=f"Runs of {self.node.path} that failed"[:512],
            event_pattern={
                "source": ["aws.databrew"],
                "detail-type": ["DataBrew Job State Change"],
                "detail": {"jobName": [job.job_name for job in jobs], "state": ["FAILED", "TIMEOUT"]},
            },
            state="ENABLED",
            # Nobody waits for these runs: the queue is where people look, and its alarm tells them to.
            targets=[{"id": "Queue", "arn": workspace.dead_letter_queue.queue_arn}],
        )


def _problems(expression: str, jobs: Sequence[DataBrewJob]) -> Iterator[Problem]:
    if not is_token(expression) and not _CRON.fullmatch(expression):
        yield Problem("expression", expression, "is no schedule of DataBrew", "Write cron(0 3 * * ? *) with six fields")
    if not 1 <= len(jobs) <= _MOST_JOBS:
        yield Problem("jobs", f"{len(jobs)} jobs", "is not what a schedule runs", f"Give 1 to {_MOST_JOBS}")
    if len({*jobs}) < len(jobs):
        yield Problem("jobs", [job.node.path for job in jobs], "names one twice", "Give each job once")
