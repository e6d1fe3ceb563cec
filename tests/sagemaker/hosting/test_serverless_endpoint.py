"""A serverless endpoint has what serverless endpoints take, and refuses what they do not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.sagemaker import Canary, Model, Rolling, Scaling, ScheduledCapacity, ServerlessEndpoint
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources

Make = Callable[..., ServerlessEndpoint]
Synth = Callable[[], Template]
BUSY = Scaling(minimum=1, maximum=10, provisioned_utilization=70)


@pytest.fixture
def open_model(cpu_model: Model) -> Model:
    """A model that nobody minds having a network."""
    return replace(cpu_model, network_isolation=False)


@pytest.fixture
def serverless(stack: cdk.Stack, workspace: Workspace, open_model: Model) -> Make:
    """Makes an endpoint, of defaults but for what the test says."""

    def make(**options: Any) -> ServerlessEndpoint:
        return ServerlessEndpoint(stack, "Endpoint", **{"workspace": workspace, "model": open_model, **options})

    return make


def variant(template: Template) -> dict[str, Any]:
    (found,) = only(template, "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    return dict(found)


def test_it_has_memory_and_concurrency_and_no_instances(serverless: Make, template: Synth) -> None:
    serverless(memory_mb=4096, max_concurrency=7)
    found = variant(template())
    assert found["ServerlessConfig"] == {"MemorySizeInMB": 4096, "MaxConcurrency": 7}
    assert found.keys().isdisjoint({"InstanceType", "InitialInstanceCount"})


def test_it_is_outside_the_network_and_makes_none(serverless: Make, template: Synth) -> None:
    serverless()
    made = template()
    model = only(made, "AWS::SageMaker::Model")
    assert model.keys().isdisjoint({"VpcConfig", "EnableNetworkIsolation"})
    for type_ in ("AWS::EC2::VPC", "AWS::EC2::SecurityGroup", "AWS::EC2::VPCEndpoint"):
        made.resource_count_is(type_, 0)
    assert "ec2:" not in json.dumps(only(made, "AWS::IAM::ManagedPolicy"))


def test_nothing_is_captured_whatever_the_profile_captures(serverless: Make, template: Synth) -> None:
    serverless()
    assert "DataCaptureConfig" not in only(template(), "AWS::SageMaker::EndpointConfig")


def test_the_copied_image_and_the_logs_are_under_the_workspaces_key(
    serverless: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    name = serverless().endpoint_name
    made = template()
    key_arn = stack.resolve(workspace.key.key_arn)
    assert only(made, "AWS::SageMaker::EndpointConfig")["KmsKeyId"] == key_arn
    group = only(made, "AWS::Logs::LogGroup")
    assert (group["LogGroupName"], group["KmsKeyId"]) == (f"/aws/sagemaker/Endpoints/{name}", key_arn)


def test_a_bad_update_is_sent_back_by_its_alarms(serverless: Make, template: Synth) -> None:
    serverless(update=Canary(percent=20))
    made = template()
    config = only(made, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    names = [alarm["AlarmName"]["Ref"] for alarm in config["AutoRollbackConfiguration"]["Alarms"]]
    assert names == [*resources(made, "AWS::CloudWatch::Alarm")]
    assert config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "CANARY"


def test_on_demand_concurrency_needs_no_scaling(serverless: Make, template: Synth) -> None:
    serverless()
    template().resource_count_is("AWS::ApplicationAutoScaling::ScalableTarget", 0)


def test_provisioned_concurrency_follows_its_use(serverless: Make, template: Synth) -> None:
    name = serverless(provisioned_concurrency=2, scaling=BUSY).endpoint_name
    made = template()
    assert variant(made)["ServerlessConfig"]["ProvisionedConcurrency"] == 2
    target = only(made, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert target["ScalableDimension"] == "sagemaker:variant:DesiredProvisionedConcurrency"
    assert target["ResourceId"] == f"endpoint/{name}/variant/Primary"
    policy = only(made, "AWS::ApplicationAutoScaling::ScalingPolicy")["TargetTrackingScalingPolicyConfiguration"]
    assert policy["TargetValue"] == 0.7
    metric = policy["PredefinedMetricSpecification"]["PredefinedMetricType"]
    assert metric == "SageMakerVariantProvisionedConcurrencyUtilization"


def test_provisioned_concurrency_follows_the_time_of_day(serverless: Make, template: Synth) -> None:
    morning = ScheduledCapacity(schedule="cron(0 8 * * ? *)", minimum=5, maximum=10)
    serverless(provisioned_concurrency=1, scaling=Scaling(minimum=1, maximum=10, schedules=[morning]))
    made = template()
    made.resource_count_is("AWS::ApplicationAutoScaling::ScalingPolicy", 0)
    (action,) = only(made, "AWS::ApplicationAutoScaling::ScalableTarget")["ScheduledActions"]
    assert action["ScalableTargetAction"] == {"MinCapacity": 5, "MaxCapacity": 10}


def test_the_dashboard_shows_what_serverless_endpoints_publish(serverless: Make, template: Synth) -> None:
    serverless()
    body = json.dumps(only(template(), "AWS::CloudWatch::Dashboard")["DashboardBody"])
    assert "ServerlessConcurrentExecutionsUtilization" in body
    assert "InvocationsPerInstance" not in body


def test_a_caller_is_granted_this_endpoint(serverless: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = serverless()
    made.grant_invoke(caller)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Resource"] == stack.resolve(made.endpoint_arn)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"memory_mb": 4500},
            "memory_mb=4500 is no memory that serverless endpoints have. "
            "Use one of 1024, 2048, 3072, 4096, 5120, 6144.",
        ),
        (
            {"max_concurrency": 201},
            "max_concurrency=201 is no concurrency that one serverless endpoint has. Use 1 to 200.",
        ),
        (
            {"max_concurrency": 10, "provisioned_concurrency": 11},
            "provisioned_concurrency=11 is not a part of max_concurrency=10. Use 1 to 10.",
        ),
        (
            {"max_concurrency": 10, "provisioned_concurrency": 1, "scaling": replace(BUSY, maximum=11)},
            "scaling.maximum=11 is no upper bound to minimum=1. Use 1 to 10.",
        ),
        (
            {"provisioned_concurrency": 1, "scaling": replace(BUSY, minimum=0)},
            "scaling.minimum=0 is no number of units of provisioned concurrency that a serverless endpoint keeps. "
            "Use 1 to 20.",
        ),
        (
            {"provisioned_concurrency": 1, "scaling": Scaling(minimum=1, maximum=2, invocations_per_instance=9)},
            "scaling.invocations_per_instance=9 is nothing that a serverless endpoint can follow. "
            "Use provisioned_utilization.",
        ),
        (
            {"provisioned_concurrency": 1, "scaling": replace(BUSY, provisioned_utilization=101)},
            "scaling.provisioned_utilization=101 is no share of the concurrency in percent. Use 1 to 100.",
        ),
        (
            {"endpoint_name": "a_b"},
            "endpoint_name='a_b' is not a name that SageMaker takes. Use at most 63 letters, digits and hyphens, "
            "starting and ending with a letter or digit.",
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused_with_the_fix(
    serverless: Make, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        serverless(**options)
    assert [str(problem) for problem in raised.value.problems] == [message]


@pytest.mark.parametrize("name", ["capture", "instance_type", "gpu", "neuron", "shadow", "variants"])
def test_what_only_instances_have_is_no_argument(serverless: Make, name: str) -> None:
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        serverless(**{name: None})


def test_scaling_without_provisioned_concurrency_is_refused(serverless: Make) -> None:
    with pytest.raises(ConfigurationError, match="of which there is none; what is on demand scales by itself"):
        serverless(scaling=BUSY)


def test_a_model_that_must_not_reach_a_network_is_refused(serverless: Make, open_model: Model) -> None:
    with pytest.raises(ConfigurationError) as raised:
        serverless(model=replace(open_model, network_isolation=True))
    (problem,) = raised.value.problems
    assert str(problem) == (
        "model.network_isolation=True and a VPC are what serverless endpoints have not. Say network_isolation=False "
        "where the container may reach the internet; otherwise use RealTimeEndpoint or AsyncEndpoint."
    )


@pytest.mark.parametrize("accelerator", ["gpu", "neuronx"])
def test_an_image_for_accelerators_is_refused(serverless: Make, open_model: Model, accelerator: str) -> None:
    version = "2.6" if accelerator == "gpu" else "2.8"
    image = images.deep_learning_container(
        purpose="inference", framework="pytorch", version=version, accelerator=accelerator
    )
    with pytest.raises(ConfigurationError) as raised:
        serverless(model=replace(open_model, image=image))
    (problem,) = raised.value.problems
    assert problem.rule == f"is built for {accelerator} hosts, but a serverless endpoint has no accelerator"


def test_times_to_wait_for_an_instance_are_refused(serverless: Make, open_model: Model) -> None:
    with pytest.raises(ConfigurationError, match="startup_seconds=600 is a time that SageMaker waits"):
        serverless(model=replace(open_model, startup_seconds=600))


def test_an_update_of_instances_in_batches_is_refused(serverless: Make) -> None:
    with pytest.raises(ConfigurationError, match="Use AllAtOnce, Canary or Linear"):
        serverless(update=Rolling())


def test_what_is_known_only_at_deployment_passes(serverless: Make, stack: cdk.Stack, template: Synth) -> None:
    parameters = [
        cdk.CfnParameter(stack, name, type="Number").value_as_number for name in ("Memory", "Most", "Provisioned")
    ]
    memory, most, provisioned = parameters
    serverless(memory_mb=memory, max_concurrency=most, provisioned_concurrency=provisioned)
    assert variant(template())["ServerlessConfig"]["MemorySizeInMB"] == {"Ref": "Memory"}
