"""How jobs are run by a state machine, wherever they run."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.data.running import grant, hear_of_end, is_of_run, patient, run_state
from cdk_ml.workspace import Statement


@pytest.mark.parametrize(
    ("value", "of_run"),
    [
        ("$.day", True),
        ("$$.Execution.Name", True),
        ("States.Format('{}', $.day)", True),
        ("States rights", False),
        ("2026-11-24", False),
        (cdk.Aws.REGION, False),
    ],
)
def test_what_only_a_run_knows(value: str, of_run: bool) -> None:
    assert is_of_run(value) is of_run


def test_a_state_waits_and_keeps_the_answer_under_its_id(stack: cdk.Stack) -> None:
    retry = patient(["Glue.ThrottlingException"], first_seconds=30, longest_seconds=600)
    made = run_state(stack, "Curate", integration="glue:startJobRun", parameters={"JobName": "curate"}, retry=retry)
    state = stack.resolve(made.to_state_json())
    assert state["Resource"]["Fn::Join"][1][-1] == ":states:::glue:startJobRun.sync"
    assert (state["Parameters"], state["ResultPath"]) == ({"JobName": "curate"}, "$['Curate']")
    assert (state["Retry"][0]["ErrorEquals"], state["Retry"][0]["MaxDelaySeconds"]) == (
        ["Glue.ThrottlingException"],
        600,
    )
    assert "Retry" not in run_state(stack, "Once", integration="x:y", parameters={}).to_state_json()


def test_all_statements_are_granted_with_their_conditions(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    only_here = Statement(actions=["glue:GetJob"], resources=["arn:a"], conditions={"StringEquals": {"a": "b"}})
    grant(role, [only_here, hear_of_end("TheRule")]).assert_success()
    policy = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    (document,) = (each["Properties"]["PolicyDocument"]["Statement"] for each in policy.values())
    assert document[0]["Condition"] == {"StringEquals": {"a": "b"}}
    assert document[1]["Action"] == ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
    assert document[1]["Resource"]["Fn::Join"][1][-1] == ":rule/TheRule"
