"""Jobs run at given times, and runs that nobody waits for are noticed when they fail."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.data import DataBrewDataset, DataBrewSchedule, ProfileJob
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.conftest import only


def test_failed_runs_end_in_the_queue_whose_alarm_tells(
    stack: cdk.Stack, workspace: Workspace, dataset: DataBrewDataset, template: Callable[[], Template]
) -> None:
    job = ProfileJob(stack, "Profile", workspace=workspace, dataset=dataset, name="profile")
    DataBrewSchedule(stack, "Nightly", workspace=workspace, expression="cron(0 3 * * ? *)", jobs=[job])
    found = template()
    schedule, rule = only(found, "AWS::DataBrew::Schedule"), only(found, "AWS::Events::Rule")
    assert schedule["CronExpression"] == "cron(0 3 * * ? *)"
    assert schedule["JobNames"] == [stack.resolve(job.cfn_job.ref)]
    assert rule["EventPattern"]["detail"] == {"jobName": ["profile"], "state": ["FAILED", "TIMEOUT"]}
    (target,) = rule["Targets"]
    assert target["Arn"] == stack.resolve(workspace.dead_letter_queue.queue_arn)


@pytest.mark.parametrize(
    ("expression", "count", "why"),
    [
        ("rate(1 day)", 1, "expression='rate(1 day)' is no schedule of DataBrew. Write cron"),
        ("cron(0 3 * * ?)", 1, "is no schedule of DataBrew. Write cron(0 3 * * ? *) with six fields"),
        ("cron(0 3 * * ? *)", 0, "jobs='0 jobs' is not what a schedule runs. Give 1 to 50"),
        ("cron(0 3 * * ? *)", 2, "jobs=['Churn/Profile', 'Churn/Profile'] names one twice"),
    ],
)
def test_a_wrong_schedule_is_refused(
    stack: cdk.Stack, workspace: Workspace, dataset: DataBrewDataset, expression: str, count: int, why: str
) -> None:
    job = ProfileJob(stack, "Profile", workspace=workspace, dataset=dataset)
    with pytest.raises(ConfigurationError) as error:
        DataBrewSchedule(stack, "Nightly", workspace=workspace, expression=expression, jobs=[job] * count)
    assert why in str(error.value)
