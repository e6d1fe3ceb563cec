"""A streaming job does not end, and is restarted when it does no harm."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest

from cdk_ml.data import LakeTables, StreamingJob, TableAccess
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.data.glue.conftest import Made


def test_it_runs_on_the_smallest_workers_for_seven_days(made: Made) -> None:
    job = made.job("Stream")
    assert job["Command"]["Name"] == "gluestreaming"
    assert (job["WorkerType"], job["Timeout"], job["MaintenanceWindow"]) == ("G.025X", 10_080, "Mon:4")
    assert job["DefaultArguments"]["--conf"] == "spark.x=1"
    assert "ExecutionClass" not in job
    assert "--job-bookmark-option" not in job["DefaultArguments"]


def test_what_no_stream_can_have_is_refused(stack: cdk.Stack, workspace: Workspace, script: Path) -> None:
    lake = LakeTables(warehouse="s3://lake/", lake_formation=TableAccess.FINE_GRAINED)
    with pytest.raises(ConfigurationError) as refused:
        StreamingJob(stack, "Read", workspace=workspace, script=script, lake=lake, maintenance_window="Sunday 3")
    text = str(refused.value)
    assert "maintenance_window='Sunday 3' is no hour of a week. Write a day and an hour, such as Sun:3." in text
    assert "cannot filter rows and columns of a stream" in text
