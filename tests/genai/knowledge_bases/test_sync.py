"""A source is synchronized by one state machine, on time or when documents arrive."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import FoundationModel, KnowledgeBase, KnowledgeBaseSync, S3Source
from cdk_ml.testing import assert_state_machines_valid
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only, resources

Make = Callable[..., KnowledgeBaseSync]
Synth = Callable[[], Template]
QUEUE, RULE, PIPE = "AWS::SQS::Queue", "AWS::Events::Rule", "AWS::Pipes::Pipe"


@pytest.fixture
def sync(stack: cdk.Stack, workspace: Workspace, knowledge_base: Callable[..., KnowledgeBase]) -> Make:
    """Makes a synchronization, of defaults but for what the test says."""

    def make(sources: Any = (S3Source(name="handbooks", prefix="handbooks/"),), **options: Any) -> KnowledgeBaseSync:
        given = {
            "workspace": workspace,
            "knowledge_base": knowledge_base(sources=sources),
            "source": "handbooks",
            **options,
        }
        return KnowledgeBaseSync(stack, "Sync", **given)

    return make


def test_it_ingests_into_this_knowledge_base_only(sync: Make, stack: cdk.Stack) -> None:
    made = sync()
    assert assert_state_machines_valid(stack) == 1
    (statement,) = made.ingest_statements()
    assert statement.actions == ("bedrock:GetIngestionJob", "bedrock:StartIngestionJob")
    definition = json.dumps(stack.resolve(made.machine.cfn_state_machine.definition_string))
    assert "DataSourceId" in definition
    assert "KnowledgeBaseId" in definition


def test_nothing_starts_it_unless_asked(sync: Make, template: Synth) -> None:
    made = sync()
    assert (made.schedule, made.arrivals) == (None, None)
    synthesized = template()
    for type_ in (QUEUE, RULE, PIPE, "AWS::Scheduler::Schedule"):
        synthesized.resource_count_is(type_, 0)


def test_a_schedule_starts_it(sync: Make, stack: cdk.Stack, template: Synth) -> None:
    made = sync(schedule="rate(1 day)")
    schedule = only(template(), "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "rate(1 day)"
    assert schedule["Target"]["Arn"] == stack.resolve(made.machine.state_machine_arn)


def test_many_arrivals_become_one_message_that_waits_longer_than_it_is_told_apart(
    sync: Make, stack: cdk.Stack, template: Synth
) -> None:
    made = sync(on_arrival=True)
    synthesized = template()
    rule = only(synthesized, RULE)
    bucket = made._knowledge_base.data_sources["handbooks"].bucket
    assert bucket is not None
    assert rule["EventPattern"]["detail-type"] == ["Object Created", "Object Deleted"]
    assert rule["EventPattern"]["detail"] == {
        "bucket": {"name": [stack.resolve(bucket.bucket_name)]},
        "object": {"key": [{"prefix": "handbooks/"}]},
    }
    (target,) = rule["Targets"]
    assert json.loads(target["Input"]) == {"sync": True}
    assert target["SqsParameters"] == {"MessageGroupId": "sync"}
    (queue,) = [
        found["Properties"]
        for found in resources(synthesized, QUEUE).values()
        if found["Properties"].get("FifoQueue") is True
    ]
    assert queue["ContentBasedDeduplication"] is True
    # SQS tells messages of one content apart for five minutes.
    assert queue["DelaySeconds"] > 300


def test_the_pipe_starts_the_state_machine_and_waits_for_nothing(sync: Make, stack: cdk.Stack, template: Synth) -> None:
    made = sync(on_arrival=True)
    assert made.arrivals is not None
    pipe = only(template(), PIPE)
    assert pipe["Source"] == stack.resolve(made.arrivals.queue.queue_arn)
    assert pipe["Target"] == stack.resolve(made.machine.state_machine_arn)
    invocation = pipe["TargetParameters"]["StepFunctionStateMachineParameters"]["InvocationType"]
    assert invocation == "FIRE_AND_FORGET"


def test_only_its_rule_sends_to_the_queue(sync: Make, stack: cdk.Stack, template: Synth) -> None:
    made = sync(on_arrival=True)
    assert made.arrivals is not None
    sends = [
        statement
        for found in resources(template(), "AWS::SQS::QueuePolicy").values()
        for statement in found["Properties"]["PolicyDocument"]["Statement"]
        if statement.get("Condition", {}).get("ArnEquals")
    ]
    (statement,) = sends
    assert statement["Condition"]["ArnEquals"] == {"aws:SourceArn": stack.resolve(made.arrivals.cfn_rule.attr_arn)}
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}


def test_an_operator_hears_of_failures_and_of_arrivals_that_start_nothing(
    sync: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    made = sync(on_arrival=True)
    assert made.arrivals is not None
    topic = stack.resolve(workspace.alert_topic.topic_arn)
    alarms = {name: found["Properties"] for name, found in resources(template(), "AWS::CloudWatch::Alarm").items()}
    late = alarms[stack.get_logical_id(made.arrivals.cfn_alarm)]
    failed = alarms[stack.get_logical_id(made.machine.cfn_alarm)]
    assert (late["MetricName"], late["Threshold"]) == ("ApproximateAgeOfOldestMessage", 3600)
    assert late["AlarmActions"] == failed["AlarmActions"] == [topic]


def test_a_whole_bucket_is_watched_when_the_source_is_one(sync: Make, template: Synth) -> None:
    sync(sources=[S3Source(name="handbooks")], on_arrival=True)
    assert set(only(template(), RULE)["EventPattern"]["detail"]) == {"bucket"}


def test_who_may_start_it_may_start_nothing_else(sync: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = sync()
    made.grant_start(caller)
    (granted,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert granted["Action"] == "states:StartExecution"
    assert granted["Resource"] == stack.resolve(made.machine.state_machine_arn)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source": "wiki"}, "source='wiki' is no source of Churn/Base. Use one of handbooks."),
        ({"tolerated_failures": -1}, "tolerated_failures=-1 is no number of documents. Use 0 or more."),
        ({"schedule": "daily"}, "expression='daily' is no schedule."),
        (
            {"tolerated_failures": cdk.Token.as_number({"Ref": "Failures"})},
            "has to be compared with at synth, and only the deployment knows it. Use a number.",
        ),
    ],
)
def test_what_could_not_be_synchronized_is_refused(sync: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        sync(**options)
    assert message in str(error.value)


def test_a_region_without_pipes_has_schedules(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Far", env=cdk.Environment(region="us-gov-west-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    titan = FoundationModel("amazon.titan-embed-text-v2:0", also_in=("us-gov-west-1",))
    base = KnowledgeBase(stack, "Base", workspace=workspace, embedding=titan, sources=[S3Source(name="a")])
    with pytest.raises(ConfigurationError, match="Use a schedule there, or another region"):
        KnowledgeBaseSync(stack, "Sync", workspace=workspace, knowledge_base=base, source="a", on_arrival=True)
