"""A state machine is encrypted, logged, traced and watched, and has exactly the permissions of its states."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk.assertions import Match, Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.testing.emulator import Emulator
from cdk_ml.workflow import Function, StateMachine
from cdk_ml.workspace import Profile, Statement, Workspace
from tests.conftest import FLAGS, TAGS, only, resources
from tests.workflow.conftest import granted

Make = Callable[..., StateMachine]
Synth = Callable[[], Template]


def definition(template: Template) -> dict[str, Any]:
    """The states, with references written as their names."""
    text = only(template, "AWS::StepFunctions::StateMachine")["DefinitionString"]
    if not isinstance(text, str):
        text = "".join(
            part if isinstance(part, str) else str(next(iter(part.values()))) for part in text["Fn::Join"][1]
        )
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_state_machine_is_encrypted_traced_and_logs_everything(
    machine: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    machine()
    made = template()
    (group,) = resources(made, "AWS::Logs::LogGroup")
    found = only(made, "AWS::StepFunctions::StateMachine")
    key_arn = stack.resolve(workspace.key.key_arn)
    assert found["EncryptionConfiguration"]["KmsKeyId"] == key_arn
    assert found["TracingConfiguration"] == {"Enabled": True}
    assert found["LoggingConfiguration"] == {
        "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": [group, "Arn"]}}}],
        "IncludeExecutionData": True,
        "Level": "ALL",
    }
    assert only(made, "AWS::Logs::LogGroup")["KmsKeyId"] == key_arn


def test_a_state_machine_has_no_name_no_inline_policy_and_no_role_of_the_cdks(machine: Make, template: Synth) -> None:
    machine()
    made = template()
    found = only(made, "AWS::StepFunctions::StateMachine")
    assert "StateMachineName" not in found
    assert "StateMachineType" not in found, "standard: express workflows do not wait for jobs"
    made.resource_count_is("AWS::IAM::Policy", 0)
    made.resource_count_is("AWS::IAM::Role", 1)
    assert "Policies" not in only(made, "AWS::IAM::Role")


def test_the_log_group_is_one_that_needs_no_line_in_the_resource_policy(machine: Make, template: Synth) -> None:
    machine()
    name = only(template(), "AWS::Logs::LogGroup")["LogGroupName"]["Fn::Join"][1]
    assert name[0].startswith("/aws/vendedlogs/states/Churn-Machine")
    assert name[1] == {
        "Fn::Select": [0, {"Fn::Split": ["-", {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}]}]
    }


def test_the_key_is_used_for_this_state_machines_data_and_for_its_logs(
    machine: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    machine()
    made = template()
    key_arn = stack.resolve(workspace.key.key_arn)
    statements = granted(made, "kms:GenerateDataKey")
    assert [statement["Resource"] for statement in statements] == [key_arn] * len(statements)
    admitted = [s for s in only(made, "AWS::KMS::Key")["KeyPolicy"]["Statement"] if "Service" in s["Principal"]]
    (delivery,) = [s for s in admitted if s["Principal"]["Service"] == "delivery.logs.amazonaws.com"]
    assert delivery["Action"] == "kms:Decrypt"
    ((_, context),) = delivery["Condition"]["StringEquals"].items()
    assert context["Fn::Join"][1][-1] == ":*"


def test_the_permission_of_a_task_of_the_cdk_lands_in_the_managed_policy(
    machine: Make, stack: cdk.Stack, template: Synth
) -> None:
    table = dynamodb.Table.from_table_name(stack, "Table", "churn")
    put = tasks.DynamoPutItem(stack, "Put", table=table, item={"id": tasks.DynamoAttributeValue.from_string("1")})
    machine(definition=put)
    made = template()
    (statement,) = granted(made, "dynamodb:PutItem")
    assert json.dumps(statement["Resource"]).endswith(':table/churn"]]}')
    made.resource_count_is("AWS::IAM::Policy", 0)
    assert definition(made)["States"]["Put"]["Resource"].endswith(":states:::dynamodb:putItem")


def test_a_distributed_map_may_start_and_stop_executions_of_its_own_state_machine(
    machine: Make, stack: cdk.Stack, template: Synth
) -> None:
    items = sfn.DistributedMap(stack, "Items").item_processor(sfn.Pass(stack, "Item"))
    made = machine(definition=sfn.Pass(stack, "First").next(items))
    synthesized = template()
    (start,) = granted(synthesized, "states:StartExecution")
    assert start["Resource"] == stack.resolve(made.state_machine_arn)
    (control,) = granted(synthesized, "states:RedriveExecution")
    assert {text["Fn::Join"][1][-1] for text in control["Resource"]} == {":*", "/*:*"}
    synthesized.resource_count_is("AWS::IAM::Policy", 0)


def test_no_other_state_machine_may_start_itself(machine: Make, stack: cdk.Stack, template: Synth) -> None:
    machine(definition=sfn.Map(stack, "Items").item_processor(sfn.Pass(stack, "Item")))
    assert granted(template(), "states:StartExecution") == []


def test_what_states_need_that_do_not_bring_it_along_is_given(machine: Make, template: Synth) -> None:
    machine(
        statements=[Statement(actions=["comprehend:DescribeFlywheel"], resources=["arn:aws:comprehend:::flywheel"])]
    )
    assert len(granted(template(), "comprehend:DescribeFlywheel")) == 1


def test_an_execution_ends_after_a_day_unless_told_otherwise(machine: Make, template: Synth) -> None:
    machine()
    assert definition(template())["TimeoutSeconds"] == 86_400


def test_an_execution_may_take_as_long_as_is_said(machine: Make, template: Synth) -> None:
    machine(timeout_seconds=600)
    assert definition(template())["TimeoutSeconds"] == 600


def test_failed_and_late_executions_raise_an_alarm(
    machine: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    machine()
    alarm = only(template(), "AWS::CloudWatch::Alarm")
    assert alarm["AlarmActions"] == [stack.resolve(workspace.alert_topic.topic_arn)]
    names = {m["MetricStat"]["Metric"]["MetricName"] for m in alarm["Metrics"] if "MetricStat" in m}
    assert names == {"ExecutionsFailed", "ExecutionsTimedOut"}
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (0, "notBreaching")


@pytest.mark.parametrize("seconds", [0, -1, 31_536_001])
def test_a_time_that_step_functions_does_not_take_is_refused(machine: Make, seconds: int) -> None:
    expected = (
        f"Churn/Machine: timeout_seconds={seconds} is not a time that an execution may take. Use 1 to 31536000, "
        "which is a year."
    )
    with pytest.raises(ConfigurationError, match=f"^{re.escape(expected)}$"):
        machine(timeout_seconds=seconds)


def test_a_time_that_the_deployment_knows_is_let_through(machine: Make, template: Synth) -> None:
    machine(timeout_seconds=cdk.Token.as_number({"Ref": "Seconds"}))
    text = only(template(), "AWS::StepFunctions::StateMachine")["DefinitionString"]
    assert {"Ref": "Seconds"} in text["Fn::Join"][1]


def test_who_may_start_may_start_this_state_machine_only(machine: Make, stack: cdk.Stack, template: Synth) -> None:
    made = machine()
    made.grant_start_execution(iam.User(stack, "Caller"))
    expected = {"Action": "states:StartExecution", "Resource": stack.resolve(made.state_machine_arn)}
    template().has_resource_properties(
        "AWS::IAM::Policy", {"PolicyDocument": {"Statement": [Match.object_like(expected)]}}
    )


def test_a_schedule_or_an_event_may_start_it_and_nothing_else(machine: Make) -> None:
    made = machine()
    assert made.target.arn == made.state_machine_arn
    (statement,) = made.target.statements
    assert (statement.actions, statement.resources) == (["states:StartExecution"], [made.state_machine_arn])


def test_a_metric_has_the_name_of_step_functions_and_this_state_machine(machine: Make, stack: cdk.Stack) -> None:
    made = machine()
    metric = made.metric("ExecutionsSucceeded", label="done")
    assert (metric.namespace, metric.metric_name, metric.statistic) == ("AWS/States", "ExecutionsSucceeded", "Sum")
    assert stack.resolve(metric.dimensions) == {"StateMachineArn": stack.resolve(made.state_machine_arn)}


def run(emulator: Emulator, arn: str, given: dict[str, Any]) -> dict[str, Any]:
    """An execution that came to its end."""
    client = emulator.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"]
    for _ in range(600):
        found: dict[str, Any] = client.describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.05)
    raise AssertionError(f"{execution} does not end")


def test_a_deployed_state_machine_runs_its_states_and_fails_when_they_fail() -> None:
    app = cdk.App(context={**FLAGS, "cdk-ml:delete-data": True})
    stack = cdk.Stack(app, "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    greeter = Function(stack, "Greeter", workspace=workspace, code="docs/examples/greeter")
    greet = tasks.LambdaInvoke(stack, "Greet", lambda_function=greeter.function, payload_response_only=True)
    known = sfn.Condition.is_present("$.name")
    begin = sfn.Choice(stack, "Known").when(known, greet).otherwise(sfn.Fail(stack, "Nobody", error="Nobody"))
    machine = StateMachine(stack, "Machine", workspace=workspace, definition=begin)
    cdk.CfnOutput(stack, "MachineArn", value=machine.state_machine_arn)
    assembly = app.synth()
    with Emulator() as emulator:
        emulator.publish(Path(assembly.directory))
        arn = emulator.deploy(assembly.get_stack_by_name("Churn").template, "Churn").outputs["MachineArn"]
        greeted = run(emulator, arn, {"name": "Ada"})
        assert (greeted["status"], json.loads(greeted["output"])) == ("SUCCEEDED", "Hello, Ada")
        refused = run(emulator, arn, {})
        assert (refused["status"], refused["error"]) == ("FAILED", "Nobody")


def test_a_definition_may_be_written_down(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    written = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    StateMachine(stack, "Written", workspace=workspace, definition=written, timeout_seconds=60)
    found = only(template(), "AWS::StepFunctions::StateMachine")["DefinitionString"]
    assert json.loads(found) == {**written, "TimeoutSeconds": 60}


@pytest.mark.parametrize("written", [{}, {"StartAt": "Done"}, {"StartAt": "Other", "States": {"Done": {}}}])
def test_a_definition_without_a_beginning_is_refused(
    stack: cdk.Stack, workspace: Workspace, written: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match=r"begins with one of its states\. Write"):
        StateMachine(stack, "Written", workspace=workspace, definition=written)
