"""An asynchronous endpoint answers into S3, tells who asked, and runs nothing while nobody asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import AsyncEndpoint, Data, Model, QueueAlarms, Scaling, ScheduledCapacity
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources

Make = Callable[..., AsyncEndpoint]
Synth = Callable[[], Template]
TO_ZERO = Scaling(minimum=0, maximum=4, backlog_per_instance=5)


@pytest.fixture
def queued(stack: cdk.Stack, workspace: Workspace, cpu_model: Model) -> Make:
    """Makes an endpoint, of defaults but for what the test says."""

    def make(**options: Any) -> AsyncEndpoint:
        given = {"workspace": workspace, "model": cpu_model, "instance_type": "ml.m7i.large", **options}
        return AsyncEndpoint(stack, "Endpoint", **given)

    return make


def policies(template: Template) -> dict[str, dict[str, Any]]:
    """Scaling policies by their type."""
    found = resources(template, "AWS::ApplicationAutoScaling::ScalingPolicy").values()
    return {policy["Properties"]["PolicyType"]: policy["Properties"] for policy in found}


def alarm(template: Template, metric: str) -> dict[str, Any]:
    alarms = resources(template, "AWS::CloudWatch::Alarm").values()
    (found,) = (item["Properties"] for item in alarms if item["Properties"]["MetricName"] == metric)
    return dict(found)


def granted(template: Template, action: str) -> list[Any]:
    """Resources on which the execution role may do ``action``."""
    statements = only(template, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    return [item["Resource"] for item in statements if action in item["Action"]]


def test_answers_and_failures_go_to_s3_under_the_key_and_topics_hear_of_them(
    queued: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    made = queued()
    output = only(template(), "AWS::SageMaker::EndpointConfig")["AsyncInferenceConfig"]["OutputConfig"]
    prefix = f"s3://{workspace.data_bucket.bucket_name}/async/{made.endpoint_name}/output/"
    assert output["S3OutputPath"] == stack.resolve(prefix)
    assert output["S3FailurePath"] == stack.resolve(f"{prefix}failed/")
    assert output["KmsKeyId"] == stack.resolve(workspace.key.key_arn)
    assert output["NotificationConfig"] == {
        "SuccessTopic": stack.resolve(made.success_topic.topic_arn),
        "ErrorTopic": stack.resolve(made.error_topic.topic_arn),
    }


def test_topics_are_under_the_workspaces_key(
    queued: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    queued()
    keys = [topic["Properties"]["KmsMasterKeyId"] for topic in resources(template(), "AWS::SNS::Topic").values()]
    assert keys == [stack.resolve(workspace.key.key_arn)] * 3


def test_the_role_reads_requests_writes_answers_and_publishes_and_nothing_more(
    queued: Make, stack: cdk.Stack, template: Synth
) -> None:
    made = queued()
    synthesized = template()
    (published,) = granted(synthesized, "sns:Publish")
    for topic in (made.success_topic, made.error_topic):
        assert stack.resolve(topic.topic_arn) in published
    assert len(published) == 2
    (written,) = granted(synthesized, "s3:PutObject")
    assert f"/async/{made.endpoint_name}/output/*" in json.dumps(written)
    read = [json.dumps(resource) for resource in granted(synthesized, "s3:GetObject")]
    assert any(f"/async/{made.endpoint_name}/input/*" in resource for resource in read)


def test_by_default_it_scales_to_zero_and_starts_with_one(queued: Make, template: Synth) -> None:
    name = queued().endpoint_name
    made = template()
    target = only(made, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (0, 2)
    assert target["ResourceId"] == f"endpoint/{name}/variant/Primary"
    (variant,) = only(made, "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    assert variant["InitialInstanceCount"] == 1


def test_instances_follow_the_queue(queued: Make, template: Synth) -> None:
    name = queued(scaling=TO_ZERO).endpoint_name
    tracking = policies(template())["TargetTrackingScaling"]["TargetTrackingScalingPolicyConfiguration"]
    assert tracking["TargetValue"] == 5
    assert tracking["CustomizedMetricSpecification"] == {
        "Namespace": "AWS/SageMaker",
        "MetricName": "ApproximateBacklogSizePerInstance",
        "Statistic": "Average",
        "Dimensions": [{"Name": "EndpointName", "Value": name}],
    }


def test_at_zero_an_alarm_on_the_queue_starts_the_first_instance(queued: Make, template: Synth) -> None:
    name = queued(scaling=TO_ZERO).endpoint_name
    made = template()
    step = policies(made)["StepScaling"]["StepScalingPolicyConfiguration"]
    assert step["StepAdjustments"] == [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}]
    waiting = alarm(made, "HasBacklogWithoutCapacity")
    assert waiting["Dimensions"] == [{"Name": "EndpointName", "Value": name}]
    (action,) = waiting["AlarmActions"]
    found = resources(made, "AWS::ApplicationAutoScaling::ScalingPolicy")
    assert found[action["Ref"]]["Properties"]["PolicyType"] == "StepScaling"


@pytest.mark.parametrize(
    ("schedules", "wakes"),
    [((), False), ([ScheduledCapacity(schedule="cron(0 20 * * ? *)", minimum=0, maximum=2)], True)],
)
def test_what_never_reaches_zero_needs_no_alarm_to_leave_it(
    queued: Make, template: Synth, schedules: list[ScheduledCapacity], wakes: bool
) -> None:
    queued(scaling=replace(TO_ZERO, minimum=1, schedules=schedules))
    assert ("StepScaling" in policies(template())) is wakes


@pytest.mark.parametrize(("minimum", "kept"), [(0, None), (1, True)])
def test_an_update_keeps_the_instances_of_an_endpoint_that_always_has_some(
    queued: Make, template: Synth, minimum: int, kept: bool | None
) -> None:
    queued(scaling=replace(TO_ZERO, minimum=minimum))
    assert only(template(), "AWS::SageMaker::Endpoint").get("RetainAllVariantProperties") is kept


def test_errors_send_an_update_back_and_a_long_queue_only_tells(queued: Make, template: Synth) -> None:
    queued(alarms=QueueAlarms(server_error_percent=2, oldest_request_seconds=600))
    made = template()
    config = only(made, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    (rollback,) = config["AutoRollbackConfiguration"]["Alarms"]
    alarms = resources(made, "AWS::CloudWatch::Alarm")
    assert alarms[rollback["AlarmName"]["Ref"]]["Properties"]["MetricName"] == "Invocation5XXErrors"
    waiting = alarm(made, "ApproximateAgeOfOldestRequest")
    assert (waiting["Threshold"], [item["Name"] for item in waiting["Dimensions"]]) == (600, ["EndpointName"])


def test_requests_at_the_same_time_are_sagemakers_to_choose_unless_given(queued: Make, template: Synth) -> None:
    queued(concurrent_requests=3)
    config = only(template(), "AWS::SageMaker::EndpointConfig")["AsyncInferenceConfig"]
    assert config["ClientConfig"] == {"MaxConcurrentInvocationsPerInstance": 3}


def test_nothing_is_captured(queued: Make, template: Synth) -> None:
    queued()
    config = only(template(), "AWS::SageMaker::EndpointConfig")
    assert "DataCaptureConfig" not in config
    assert "ClientConfig" not in config["AsyncInferenceConfig"]


def test_the_models_are_in_the_workspaces_network(queued: Make, template: Synth) -> None:
    made = queued()
    model = only(template(), "AWS::SageMaker::Model")
    assert model["EnableNetworkIsolation"] is True
    assert len(model["VpcConfig"]["SecurityGroupIds"]) == len(made.connections.security_groups) == 1


def test_requests_may_come_from_a_prefix_of_the_users_own(queued: Make, stack: cdk.Stack, template: Synth) -> None:
    queued(inputs=Data(s3.Bucket.from_bucket_name(stack, "Uploads", "uploads"), "scans/"))
    assert "uploads/scans/*" in json.dumps(granted(template(), "s3:GetObject"))


def test_callers_ask_asynchronously_put_requests_and_read_answers(
    queued: Make, stack: cdk.Stack, template: Synth
) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = queued()
    made.grant_invoke(caller)
    made.grant_inputs(caller)
    made.grant_results(caller)
    statements = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    asked = [item for item in statements if item["Action"] == "sagemaker:InvokeEndpointAsync"]
    assert [item["Resource"] for item in asked] == [stack.resolve(made.endpoint_arn)]
    assert f"async/{made.endpoint_name}/input/*" in json.dumps(statements)
    assert f"async/{made.endpoint_name}/output/*" in json.dumps(statements)


def test_an_endpoint_of_another_app_is_asked_asynchronously(stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    AsyncEndpoint.from_endpoint_name(stack, "Existing", "ocr").grant_invoke(caller)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sagemaker:InvokeEndpointAsync"


def test_metrics_of_the_queue_are_those_of_the_endpoint(queued: Make) -> None:
    made = queued()
    assert made.metric_backlog().dimensions == {"EndpointName": made.endpoint_name}
    assert made.metric_oldest_request().metric_name == "ApproximateAgeOfOldestRequest"
    assert made.metric_invocations().dimensions == {"EndpointName": made.endpoint_name, "VariantName": "Primary"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"concurrent_requests": 1001},
            "concurrent_requests=1001 is no number of requests that an instance gets at the same time. Use 1 to 1000.",
        ),
        (
            {"scaling": replace(TO_ZERO, maximum=0)},
            "scaling.maximum=0 is no upper bound to minimum=0. Use 1 to 1000.",
        ),
        (
            {"scaling": replace(TO_ZERO, minimum=-1)},
            "scaling.minimum=-1 is no number of instances that an asynchronous endpoint keeps. Use 0 to 1000.",
        ),
        (
            {"scaling": Scaling(minimum=0, maximum=1, concurrent_requests_per_instance=2)},
            "scaling.concurrent_requests_per_instance=2 is nothing that an asynchronous endpoint can follow. "
            "Use backlog_per_instance or accelerator_utilization.",
        ),
        (
            {"alarms": QueueAlarms(oldest_request_seconds=30)},
            "alarms.oldest_request_seconds=30 is sooner than a metric of a minute can tell, or later than SageMaker "
            "keeps a request. Give seconds from 60 to 21600.",
        ),
        (
            {"instance_type": "m7i.large"},
            "instance_type='m7i.large' is not an instance type of SageMaker. Write ml.m7i.large.",
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused_with_the_fix(
    queued: Make, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        queued(**options)
    assert [str(problem) for problem in raised.value.problems] == [message]


def test_a_place_of_requests_that_is_none_is_refused(queued: Make, stack: cdk.Stack) -> None:
    with pytest.raises(ConfigurationError, match=r"inputs\.prefix='/scans/' is no prefix of objects"):
        queued(inputs=Data(s3.Bucket.from_bucket_name(stack, "Uploads", "uploads"), "/scans/"))


def test_what_is_known_only_at_deployment_passes(queued: Make, stack: cdk.Stack, template: Synth) -> None:
    least = cdk.CfnParameter(stack, "Least", type="Number").value_as_number
    queued(scaling=replace(TO_ZERO, minimum=least))
    made = template()
    assert only(made, "AWS::ApplicationAutoScaling::ScalableTarget")["MinCapacity"] == {"Ref": "Least"}
    assert "StepScaling" in policies(made)
