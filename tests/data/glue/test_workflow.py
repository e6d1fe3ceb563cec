"""Jobs start each other in an order that can be, or are refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.data import After, Ended, GlueWorkflow, OnDemand, OnEvents, OnSchedule, PythonShellJob
from cdk_ml.data.glue.triggers import order_problems, start_problems
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS
from tests.data.glue.conftest import RATES


@dataclass
class Workflows:
    """What is in the stack."""

    template: Template
    jobs: list[PythonShellJob]
    workspace: Workspace

    def triggers(self, workflow: str) -> dict[str, dict[str, Any]]:
        """Triggers of a workflow by the end of their ids."""
        found = self.template.find_resources("AWS::Glue::Trigger")
        return {
            id.removeprefix(workflow)[:5]: body["Properties"] for id, body in found.items() if id.startswith(workflow)
        }


@pytest.fixture(scope="module")
def workflows(tmp_path_factory: pytest.TempPathFactory) -> Workflows:
    """A workflow for each way to start."""
    stack = cdk.Stack(cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out"))), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    first, second, last = jobs = [
        PythonShellJob(stack, name, workspace=workspace, script=Path(RATES)) for name in ("First", "Second", "Last")
    ]
    then = [
        After(jobs=[second], ended={first: Ended.SUCCEEDED}),
        After(jobs=[last], ended={first: Ended.FAILED, second: Ended.TIMEOUT}, all=False),
    ]
    GlueWorkflow(
        stack,
        "Nightly",
        workspace=workspace,
        start=OnSchedule([first], "cron(0 3 * * ? *)"),
        then=then,
        properties={"season": "winter"},
        concurrent=2,
    )
    events = OnEvents(
        jobs=[first], source="aws.s3", detail_types=["Object Created"], detail={"bucket": {"name": ["raw"]}}, batch=5
    )
    GlueWorkflow(stack, "Arrivals", workspace=workspace, start=events)
    asked = GlueWorkflow(stack, "Asked", workspace=workspace, start=OnDemand([first]))
    asked.grant_start(iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
    return Workflows(Template.from_stack(stack), jobs, workspace)


def test_a_schedule_starts_the_first_job(workflows: Workflows) -> None:
    start = workflows.triggers("Nightly")["Start"]
    assert (start["Type"], start["Schedule"], start["StartOnCreation"]) == ("SCHEDULED", "cron(0 3 * * ? *)", True)
    assert [action["JobName"]["Ref"][:5] for action in start["Actions"]] == ["First"]
    workflows.template.has_resource_properties(
        "AWS::Glue::Workflow", {"MaxConcurrentRuns": 2, "DefaultRunProperties": {"season": "winter"}}
    )


def test_jobs_wait_for_all_or_for_any_of_others(workflows: Workflows) -> None:
    found = [body for end, body in workflows.triggers("Nightly").items() if end != "Start"]
    both, either = sorted(found, key=lambda trigger: trigger["Predicate"]["Logical"])
    assert [body["Type"] for body in (both, either)] == ["CONDITIONAL", "CONDITIONAL"]
    assert both["Predicate"]["Logical"] == "AND"
    (condition,) = both["Predicate"]["Conditions"]
    assert (condition["State"], condition["LogicalOperator"]) == ("SUCCEEDED", "EQUALS")
    assert either["Predicate"]["Logical"] == "ANY"
    assert [condition["State"] for condition in either["Predicate"]["Conditions"]] == ["FAILED", "TIMEOUT"]


def test_events_start_the_workflow_with_a_role_that_may_do_nothing_else(workflows: Workflows) -> None:
    start = workflows.triggers("Arrivals")["Start"]
    assert start["Type"] == "EVENT"
    assert start["EventBatchingCondition"] == {"BatchSize": 5, "BatchWindow": 900}
    assert "StartOnCreation" not in start
    rules = workflows.template.find_resources("AWS::Events::Rule")
    (rule,) = [body["Properties"] for id, body in rules.items() if id.startswith("Arrivals")]
    assert rule["EventPattern"]["detail"] == {"bucket": {"name": ["raw"]}}
    policies = workflows.template.find_resources("AWS::IAM::ManagedPolicy")
    (policy,) = [body["Properties"] for id, body in policies.items() if id.startswith("Arrivals")]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "glue:notifyEvent"
    assert statement["Resource"] == rule["Targets"][0]["Arn"]


def test_whoever_is_granted_starts_a_workflow_on_demand(workflows: Workflows) -> None:
    assert workflows.triggers("Asked")["Start"]["Type"] == "ON_DEMAND"
    (granted,) = workflows.template.find_resources("AWS::IAM::Policy").values()
    (statement,) = granted["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "glue:StartWorkflowRun"
    assert ":workflow/" in json.dumps(statement["Resource"])


def test_a_circle_of_jobs_is_refused_with_its_way_round(stack: cdk.Stack, workspace: Workspace) -> None:
    first, second = [PythonShellJob(stack, name, workspace=workspace, script=Path(RATES)) for name in ("A", "B")]
    with pytest.raises(ConfigurationError) as refused:
        GlueWorkflow(
            stack,
            "Round",
            workspace=workspace,
            start=OnDemand([first]),
            then=[
                After(jobs=[second], ended={first: Ended.SUCCEEDED}),
                After(jobs=[first], ended={second: Ended.SUCCEEDED}),
            ],
            concurrent=0,
        )
    text = str(refused.value)
    assert "is a circle: each waits for the one before it. Leave one of them out." in text
    assert "then='Churn/A' is started by several triggers" in text
    assert "concurrent=0 is no number of runs that Glue takes. Use 1 to 1000." in text


@pytest.mark.parametrize(
    ("first", "then", "sentence"),
    [
        (["a"], [(["a"], ["b"]), (["b"], ["c"]), (["c"], ["b"])], "is a circle: each waits for the one before it"),
        (["a"], [(["a"], ["b"]), (["b"], ["b"])], "is a circle"),
        (["a"], [(["x"], ["b"])], "then='x' is waited for, and nothing in the workflow starts it. Let the start, or"),
        (["a"], [([], ["b"])], "then=['b'] waits for nothing. Name a job before, and a job after it."),
        (["a"], [(["a"], [])], "then=['a'] starts nothing."),
        (["a", "b"], [(["a"], ["b"])], "then='b' is started by several triggers, and Glue starts it once for each"),
    ],
)
def test_an_order_that_cannot_be_is_refused(
    first: list[str], then: list[tuple[list[str], list[str]]], sentence: str
) -> None:
    assert any(sentence in str(problem) for problem in order_problems(first, then))


def test_a_diamond_is_an_order() -> None:
    assert [*order_problems(["a"], [(["a"], ["b", "c"]), (["b", "c"], ["d"])])] == []


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (OnSchedule(["a"], "rate(1 day)"), "start.expression='rate(1 day)' is no schedule of Glue. Write cron("),  # type: ignore[list-item]
        (OnDemand([]), "start.jobs=[] starts nothing. Name a job."),
        (OnEvents(jobs=["a"], source="x", detail_types=["y"], batch=101), "start.batch=101"),  # type: ignore[list-item]
        (OnEvents(jobs=["a"], source="x", detail_types=["y"], window_seconds=0), "Use 1 to 900."),  # type: ignore[list-item]
    ],
)
def test_a_start_that_glue_does_not_take_is_refused(start: Any, sentence: str) -> None:
    (problem,) = start_problems(start)
    assert sentence in str(problem)


def test_a_schedule_that_only_the_deployment_knows_passes() -> None:
    assert [*start_problems(OnSchedule(["a"], cdk.Token.as_string({"Ref": "Schedule"})))] == []  # type: ignore[list-item]
