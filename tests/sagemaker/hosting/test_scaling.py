"""Scaling follows the targets and schedules it is given, and refuses those that nothing could follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template

from cdk_ml.sagemaker import Model, RealTimeEndpoint, Scaling, ScheduledCapacity
from cdk_ml.sagemaker.hosting.scaling import scaling_problems
from tests.conftest import only, resources

Make = Callable[..., RealTimeEndpoint]
Synth = Callable[[], Template]
STEADY = Scaling(minimum=1, maximum=6, invocations_per_instance=400)


def test_an_endpoint_without_scaling_runs_the_profiles_minimum(endpoint: Make, template: Synth) -> None:
    endpoint()
    made = template()
    made.resource_count_is("AWS::ApplicationAutoScaling::ScalableTarget", 0)
    (variant,) = only(made, "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    assert variant["InitialInstanceCount"] == 2


def test_a_rate_of_invocations_is_tracked_between_the_bounds(endpoint: Make, template: Synth) -> None:
    name = endpoint(scaling=STEADY).endpoint_name
    made = template()
    target = only(made, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 6)
    assert target["ResourceId"] == f"endpoint/{name}/variant/Primary"
    assert "RoleARN" not in target
    policy = only(made, "AWS::ApplicationAutoScaling::ScalingPolicy")["TargetTrackingScalingPolicyConfiguration"]
    assert policy["TargetValue"] == 400
    assert policy["PredefinedMetricSpecification"] == {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}


def test_the_target_waits_for_the_endpoint(endpoint: Make, template: Synth) -> None:
    endpoint(scaling=STEADY)
    made = template()
    ((_, target),) = resources(made, "AWS::ApplicationAutoScaling::ScalableTarget").items()
    assert target["DependsOn"] == [*resources(made, "AWS::SageMaker::Endpoint")]


def test_concurrency_is_tracked_in_high_resolution(endpoint: Make, template: Synth) -> None:
    endpoint(scaling=Scaling(minimum=1, maximum=2, concurrent_requests_per_instance=5))
    template().has_resource_properties(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "TargetTrackingScalingPolicyConfiguration": {
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "SageMakerVariantConcurrentRequestsPerModelHighResolution"
                }
            }
        },
    )


def test_utilization_counts_every_gpu_of_the_instance(endpoint: Make, cpu_model: Model, template: Synth) -> None:
    from cdk_ml.facts import images

    gpu = images.deep_learning_container(purpose="inference", framework="pytorch", version="2.6", accelerator="gpu")
    scaling = Scaling(minimum=1, maximum=2, accelerator_utilization=70)
    endpoint(model=replace(cpu_model, image=gpu), instance_type="ml.g5.12xlarge", scaling=scaling)
    policy = only(template(), "AWS::ApplicationAutoScaling::ScalingPolicy")
    configuration = policy["TargetTrackingScalingPolicyConfiguration"]
    assert configuration["TargetValue"] == 280
    assert configuration["CustomizedMetricSpecification"]["MetricName"] == "GPUUtilization"


def test_schedules_move_the_bounds_with_the_time_of_day(endpoint: Make, template: Synth) -> None:
    night = ScheduledCapacity(schedule="cron(0 20 * * ? *)", minimum=1, maximum=1, timezone="Europe/Berlin")
    endpoint(scaling=Scaling(minimum=2, maximum=6, schedules=[night]))
    template().has_resource_properties(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {
            "ScheduledActions": [
                {
                    "Schedule": "cron(0 20 * * ? *)",
                    "Timezone": "Europe/Berlin",
                    "ScalableTargetAction": {"MinCapacity": 1, "MaxCapacity": 1},
                    "ScheduledActionName": Match.any_value(),
                }
            ]
        },
    )


@pytest.mark.parametrize(
    ("scaling", "instance_type", "message"),
    [
        (
            replace(STEADY, minimum=0),
            "ml.m7i.large",
            "scaling.minimum=0 is no number of instances that an endpoint of models (not of inference components) "
            "keeps. Use 1 to 1000.",
        ),
        (
            replace(STEADY, minimum=7),
            "ml.m7i.large",
            "scaling.maximum=6 is no upper bound to minimum=7. Use 7 to 1000.",
        ),
        (
            replace(STEADY, invocations_per_instance=-1),
            "ml.m7i.large",
            "scaling.invocations_per_instance=-1 is no load. Give what one instance should bear, 0.01 to 1e9.",
        ),
        (
            replace(STEADY, scale_in_seconds=-1),
            "ml.m7i.large",
            "scaling.scale_in_seconds=-1 is no time to wait in seconds. Use 0 to 86400.",
        ),
        (
            replace(STEADY, schedules=[ScheduledCapacity(schedule="8 pm", minimum=1, maximum=2)]),
            "ml.m7i.large",
            "scaling.schedules='8 pm' is not a schedule. Write it as cron(...), rate(...) or at(...).",
        ),
        (
            replace(STEADY, schedules=[ScheduledCapacity(schedule="rate(1 day)", minimum=3, maximum=2)]),
            "ml.m7i.large",
            "scaling.schedules.minimum=3 and maximum=2 of rate(1 day) are no bounds. "
            "Use 1 <= minimum <= maximum <= 1000.",
        ),
        (
            replace(STEADY, accelerator_utilization=70),
            "ml.m7i.large",
            "scaling.accelerator_utilization=70 needs an accelerator, but ml.m7i.large has none. "
            "Use invocations_per_instance or concurrent_requests_per_instance.",
        ),
        (
            replace(STEADY, accelerator_utilization=70),
            "ml.inf2.xlarge",
            "scaling.accelerator_utilization=70 needs a metric that SageMaker does not publish for the NeuronCores of "
            "ml.inf2.xlarge. Use concurrent_requests_per_instance, which follows their load.",
        ),
        (
            replace(STEADY, accelerator_utilization=280),
            "ml.g5.12xlarge",
            "scaling.accelerator_utilization=280 is more than 100 percent. "
            "Give the share of one accelerator, such as 70.",
        ),
    ],
)
def test_scaling_that_could_not_work_is_refused_with_the_fix(
    scaling: Scaling, instance_type: str, message: str
) -> None:
    assert [str(problem) for problem in scaling_problems(scaling, instance_type)] == [message]


def test_scaling_with_nothing_to_follow_is_refused() -> None:
    (problem,) = scaling_problems(Scaling(minimum=1, maximum=2), "ml.m7i.large")
    assert problem.rule == "has neither a target nor a schedule, so nothing would ever scale"


def test_what_is_known_only_at_deployment_passes() -> None:
    schedule = ScheduledCapacity(schedule=cdk.Token.as_string({"Ref": "S"}), minimum=1, maximum=2)
    scaling = replace(STEADY, accelerator_utilization=70, schedules=[schedule])
    assert [*scaling_problems(scaling, cdk.Token.as_string({"Ref": "InstanceType"}))] == []
