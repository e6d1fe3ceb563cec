"""An endpoint is private, encrypted, watched, and updated without a gap, without being asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    AllAtOnce,
    Canary,
    DataCapture,
    EndpointAlarms,
    GpuFit,
    Linear,
    Model,
    NeuronFit,
    RealTimeEndpoint,
    Rolling,
    Scaling,
    Variant,
)
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only, resources

Make = Callable[..., RealTimeEndpoint]
Synth = Callable[[], Template]


def test_models_are_cut_off_from_the_network_and_live_in_the_workspaces_subnets(
    endpoint: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    endpoint()
    model = only(template(), "AWS::SageMaker::Model")
    assert model["EnableNetworkIsolation"] is True
    assert model["VpcConfig"]["Subnets"] == stack.resolve(workspace.subnet_ids)


def test_the_security_group_lets_nothing_in_and_only_https_out(endpoint: Make, template: Synth) -> None:
    endpoint()
    group = only(template(), "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert [(rule["IpProtocol"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]] == [("tcp", 443)]


def test_s3_is_reached_through_the_one_endpoint_that_costs_nothing(endpoint: Make, template: Synth) -> None:
    endpoint()
    made = template()
    made.resource_count_is("AWS::EC2::VPCEndpoint", 1)
    made.has_resource_properties("AWS::EC2::VPCEndpoint", {"VpcEndpointType": "Gateway"})


def test_volumes_and_logs_are_under_the_workspaces_key(
    endpoint: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    name = endpoint().endpoint_name
    made = template()
    key_arn = stack.resolve(workspace.key.key_arn)
    assert only(made, "AWS::SageMaker::EndpointConfig")["KmsKeyId"] == key_arn
    group = only(made, "AWS::Logs::LogGroup")
    assert group["LogGroupName"] == f"/aws/sagemaker/Endpoints/{name}"
    assert group["KmsKeyId"] == key_arn


def test_the_log_group_is_there_before_sagemaker_would_make_its_own(endpoint: Make, template: Synth) -> None:
    endpoint()
    made = template()
    ((_, found),) = resources(made, "AWS::SageMaker::Endpoint").items()
    assert found["DependsOn"] == [*resources(made, "AWS::Logs::LogGroup")]


def test_instances_with_disks_of_their_own_get_no_key_because_sagemaker_refuses_it(
    endpoint: Make, template: Synth
) -> None:
    endpoint(instance_type="ml.m5d.large")
    made = template()
    assert "KmsKeyId" not in only(made, "AWS::SageMaker::EndpointConfig")
    assert "kms:CreateGrant" not in json.dumps(only(made, "AWS::IAM::ManagedPolicy"))


def test_models_and_configurations_have_no_names_so_that_changes_stand_beside_them(
    endpoint: Make, template: Synth
) -> None:
    endpoint()
    made = template()
    assert "ModelName" not in only(made, "AWS::SageMaker::Model")
    assert "EndpointConfigName" not in only(made, "AWS::SageMaker::EndpointConfig")


def test_the_endpoint_has_a_stable_name_of_its_path(endpoint: Make) -> None:
    assert endpoint().endpoint_name.startswith("churn-endpoint-")


def test_stacks_of_different_names_have_endpoints_of_different_names(app: cdk.App, cpu_model: Model) -> None:
    names = set()
    for id in ("Blue", "Green"):
        stack = cdk.Stack(app, id)
        workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
        model = Model.from_image(cpu_model.image)
        made = RealTimeEndpoint(stack, "Endpoint", workspace=workspace, model=model, instance_type="ml.m7i.large")
        names.add(made.endpoint_name)
    assert len(names) == 2


def test_an_update_keeps_the_instances_that_scaling_reached(endpoint: Make, template: Synth) -> None:
    endpoint()
    made = only(template(), "AWS::SageMaker::Endpoint")
    assert made["RetainAllVariantProperties"] is True
    kept = {item["VariantPropertyType"] for item in made["ExcludeRetainedVariantProperties"]}
    assert kept == {"DesiredWeight", "DataCaptureConfig"}


def rollback_alarms(template: Template) -> list[str]:
    config = only(template, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    return [alarm["AlarmName"]["Ref"] for alarm in config["AutoRollbackConfiguration"]["Alarms"]]


def test_errors_and_latency_raise_alarms_that_send_an_update_back_and_tell_the_topic(
    endpoint: Make, template: Synth
) -> None:
    name = endpoint(alarms=EndpointAlarms(server_error_percent=2, model_latency_ms=500)).endpoint_name
    made = template()
    alarms = resources(made, "AWS::CloudWatch::Alarm")
    assert rollback_alarms(made) == [*alarms]
    topic = [{"Ref": logical_id} for logical_id in resources(made, "AWS::SNS::Topic")]
    thresholds = {}
    for alarm in alarms.values():
        properties = alarm["Properties"]
        thresholds[properties["MetricName"]] = properties["Threshold"]
        assert properties["AlarmActions"] == topic
        assert properties["TreatMissingData"] == "notBreaching"
        assert {"Name": "EndpointName", "Value": name} in properties["Dimensions"]
    assert thresholds == {"Invocation5XXErrors": 0.02, "ModelLatency": 500_000}


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (
            AllAtOnce(bake_seconds=60),
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
                    "TerminationWaitInSeconds": 60,
                    "MaximumExecutionTimeoutInSeconds": 14400,
                }
            },
        ),
        (
            Canary(percent=20, wait_seconds=120),
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "CANARY",
                        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 20},
                        "WaitIntervalInSeconds": 120,
                    },
                    "TerminationWaitInSeconds": 600,
                    "MaximumExecutionTimeoutInSeconds": 14400,
                }
            },
        ),
        (
            Linear(percent=50),
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "LINEAR",
                        "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
                        "WaitIntervalInSeconds": 300,
                    },
                    "TerminationWaitInSeconds": 600,
                    "MaximumExecutionTimeoutInSeconds": 14400,
                }
            },
        ),
        (
            Rolling(percent=5, deadline_seconds=3600),
            {
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 5},
                    "WaitIntervalInSeconds": 300,
                    "MaximumExecutionTimeoutInSeconds": 3600,
                }
            },
        ),
    ],
)
def test_changes_take_over_the_traffic_as_asked(
    endpoint: Make, template: Synth, update: object, expected: dict[str, Any]
) -> None:
    endpoint(update=update)
    config = only(template(), "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    assert {name: value for name, value in config.items() if name != "AutoRollbackConfiguration"} == expected


@pytest.mark.parametrize(("minimum", "type_"), [(1, "ALL_AT_ONCE"), (2, "CANARY")])
def test_a_canary_is_the_default_where_there_are_instances_to_send_ahead(
    endpoint: Make, template: Synth, minimum: int, type_: str
) -> None:
    endpoint(scaling=Scaling(minimum=minimum, maximum=4, invocations_per_instance=10))
    config = only(template(), "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    assert config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == type_


def test_the_profiles_share_of_requests_is_captured_under_the_key(
    endpoint: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    name = endpoint().endpoint_name
    capture = only(template(), "AWS::SageMaker::EndpointConfig")["DataCaptureConfig"]
    assert capture["InitialSamplingPercentage"] == 10
    assert capture["KmsKeyId"] == stack.resolve(workspace.key.key_arn)
    assert capture["DestinationS3Uri"] == stack.resolve(f"s3://{workspace.data_bucket.bucket_name}/capture/{name}")
    assert [option["CaptureMode"] for option in capture["CaptureOptions"]] == ["Input", "Output"]


def test_what_is_not_to_be_captured_is_not_and_the_role_cannot(endpoint: Make, template: Synth) -> None:
    endpoint(capture=DataCapture(percentage=0))
    made = template()
    assert "DataCaptureConfig" not in only(made, "AWS::SageMaker::EndpointConfig")
    assert "s3:PutObject" not in json.dumps(only(made, "AWS::IAM::ManagedPolicy"))


def test_variants_share_the_traffic_by_weight_and_are_watched_one_by_one(
    endpoint: Make, cpu_model: Model, template: Synth
) -> None:
    challenger = Variant(
        name="Challenger",
        model=replace(cpu_model, environment={"VERSION": "2"}),
        instance_type="ml.c7i.large",
        scaling=Scaling(minimum=1, maximum=2, invocations_per_instance=100),
        weight=0.25,
    )
    endpoint(variants=[challenger])
    made = template()
    made.resource_count_is("AWS::SageMaker::Model", 2)
    made.resource_count_is("AWS::CloudWatch::Alarm", 4)
    made.resource_count_is("AWS::ApplicationAutoScaling::ScalableTarget", 1)
    variants = only(made, "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    assert [(v["VariantName"], v["InitialVariantWeight"], v["InitialInstanceCount"]) for v in variants] == [
        ("Primary", 1, 2),
        ("Challenger", 0.25, 1),
    ]


def test_the_neuron_runtime_is_told_its_cores_unless_the_user_says_otherwise(
    endpoint: Make, neuron_model: Model, template: Synth
) -> None:
    fit = NeuronFit(parameters=7e9, batch_size=4, sequence_length=4096, tensor_parallel_degree=2)
    own = Variant(
        name="Own",
        model=replace(neuron_model, environment={"NEURON_RT_NUM_CORES": "1"}),
        instance_type="ml.inf2.xlarge",
        neuron=fit,
    )
    endpoint(model=neuron_model, instance_type="ml.inf2.8xlarge", neuron=fit, variants=[own])
    environments = {
        found["Properties"]["PrimaryContainer"]["Environment"]["NEURON_RT_NUM_CORES"]
        for found in resources(template(), "AWS::SageMaker::Model").values()
    }
    assert environments == {"1", "2"}


def test_a_model_on_gpus_is_told_what_was_checked_unless_the_user_says_otherwise(
    endpoint: Make, workspace: Workspace, template: Synth
) -> None:
    lmi = images.deep_learning_container(purpose="inference", framework="djl-lmi", version="29.0.0", accelerator="gpu")
    model = Model.from_artifact(
        workspace.artifact_bucket, "chat/", image=lmi, environment={"OPTION_MAX_MODEL_LEN": "2048"}
    )
    fit = GpuFit(parameters=7e9, batch_size=4, sequence_length=4096, tensor_parallel_degree=4)
    endpoint(model=model, instance_type="ml.g5.12xlarge", gpu=fit)
    environment = only(template(), "AWS::SageMaker::Model")["PrimaryContainer"]["Environment"]
    assert environment["OPTION_TENSOR_PARALLEL_DEGREE"] == "4"
    assert environment["OPTION_MAX_MODEL_LEN"] == "2048"


def test_a_model_that_the_gpus_do_not_hold_is_refused(endpoint: Make) -> None:
    fit = GpuFit(parameters=7e9, tensor_parallel_degree=4)
    with pytest.raises(ConfigurationError, match=r"is more than the 1 GPU of ml\.g5\.xlarge"):
        endpoint(instance_type="ml.g5.xlarge", gpu=fit)


def test_a_caller_is_granted_this_endpoint_and_nothing_else(endpoint: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = endpoint()
    made.grant_invoke(caller)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"]
    assert stack.resolve(made.endpoint_arn) == statement["Resource"]
    assert statement["Resource"]["Fn::Join"][1][-1].endswith(f":endpoint/{made.endpoint_name}")


def test_an_endpoint_of_another_app_is_granted_and_watched_by_name(stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    existing = RealTimeEndpoint.from_endpoint_name(stack, "Existing", "Fraud-Prod", variant_name="AllTraffic")
    existing.grant_invoke(caller)
    template().resource_count_is("AWS::SageMaker::Endpoint", 0)
    # SageMaker's ARNs are in lower case.
    assert existing.endpoint_arn.endswith(":endpoint/fraud-prod")
    assert existing.metric_invocations().dimensions == {"EndpointName": "Fraud-Prod", "VariantName": "AllTraffic"}


def test_metrics_are_found_where_sagemaker_publishes_them(endpoint: Make) -> None:
    made = endpoint()
    assert (made.metric_model_latency().namespace, made.metric_model_latency().statistic) == ("AWS/SageMaker", "p99")
    assert made.metric_server_errors().metric_name == "Invocation5XXErrors"
    assert made.metric_cpu_utilization().namespace == "/aws/sagemaker/Endpoints"


def test_the_dashboard_shows_requests_errors_latency_and_instances(endpoint: Make, template: Synth) -> None:
    endpoint()
    body = only(template(), "AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"]
    text = "".join(part if isinstance(part, str) else "REGION" for part in body[1])
    titles = [widget["properties"]["title"] for widget in json.loads(text)["widgets"]]
    assert titles == ["Requests a minute", "Errors", "Latency, 99th percentile (microseconds)", "Instances (percent)"]


def test_a_role_of_the_users_own_is_used_and_granted_nothing(endpoint: Make, stack: cdk.Stack, template: Synth) -> None:
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/mine")
    endpoint(role=role)
    made = template()
    made.resource_count_is("AWS::IAM::Role", 0)
    made.resource_count_is("AWS::IAM::ManagedPolicy", 0)
    assert only(made, "AWS::SageMaker::Model")["ExecutionRoleArn"] == role.role_arn


def test_the_execution_role_has_no_wildcard_that_iam_would_let_it_avoid(endpoint: Make, template: Synth) -> None:
    endpoint()
    for statement in only(template(), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]:
        if statement["Resource"] == "*":
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert all(
                action in ("ecr:GetAuthorizationToken", "cloudwatch:PutMetricData") or action.startswith("ec2:Describe")
                for action in actions
            )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"instance_type": "m7i.large"},
            "instance_type='m7i.large' is not an instance type of SageMaker. Write ml.m7i.large.",
        ),
        (
            {"instance_type": "ml.trn1.2xlarge", "capture": DataCapture(percentage=101)},
            "capture.percentage=101 is not a share of the requests. Give a percentage from 0 to 100.",
        ),
        (
            {"capture": DataCapture(percentage=1, requests=False, responses=False)},
            "capture.requests=False and responses=False keep nothing. Keep one of them, or use percentage=0.",
        ),
        (
            {"update": Canary(percent=51)},
            "update.percent=51 is not a share of the capacity that a Canary update takes. Use 1 to 50.",
        ),
        (
            {"update": Rolling(percent=4)},
            "update.percent=4 is not a share of the capacity that a Rolling update takes. Use 5 to 50.",
        ),
        (
            {"update": Linear(wait_seconds=3601)},
            "update.wait_seconds=3601 is not a time that SageMaker waits. Use 0 to 3600.",
        ),
        (
            {"update": AllAtOnce(deadline_seconds=599)},
            "update.deadline_seconds=599 is not a time that an update may take. Use 600 to 28800.",
        ),
        (
            {"alarms": EndpointAlarms(server_error_percent=0)},
            "alarms.server_error_percent=0 is never crossed, or always. Give a percentage from 0.01 to 99.99.",
        ),
        (
            {"alarms": EndpointAlarms(model_latency_ms=60_000)},
            "alarms.model_latency_ms=60000 is never crossed, because SageMaker gives up after 60 seconds, or always. "
            "Give milliseconds from 0.001 to 59999.",
        ),
        (
            {"endpoint_name": "a/b"},
            "endpoint_name='a/b' is not a name that SageMaker takes. "
            "Use at most 63 letters, digits and hyphens, starting and ending with a letter or digit.",
        ),
        (
            {"alarms": EndpointAlarms(model_latency_ms=float("nan"))},
            "alarms.model_latency_ms=nan is never crossed, because SageMaker gives up after 60 seconds, or always. "
            "Give milliseconds from 0.001 to 59999.",
        ),
        (
            {"alarms": EndpointAlarms(minutes=1)},
            "alarms.minutes=1 is not a span to judge two minutes by. Use 2 to 60.",
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused_with_the_fix(
    endpoint: Make, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        endpoint(**options)
    assert f"Churn/Endpoint: {message}" in str(error.value).splitlines()


def test_variants_that_cannot_share_an_endpoint_are_refused(endpoint: Make, cpu_model: Model) -> None:
    twin = Variant(name="Primary", model=cpu_model, instance_type="ml.m7i.large", weight=-1)
    odd = Variant(name="b_c", model=cpu_model, instance_type="ml.m7i.large")
    with pytest.raises(ConfigurationError) as error:
        endpoint(variants=[twin, odd])
    assert [str(problem) for problem in error.value.problems] == [
        "variants.name='Primary' is the name of 2 variants, and Primary is taken. Name each one differently.",
        "variants.weight=-1 is no share of the traffic. Use 0 for no traffic, or up to 1000000.",
        "variants.name='b_c' is not a name that SageMaker takes. "
        "Use at most 63 letters, digits and hyphens, starting and ending with a letter or digit.",
    ]
    assert error.value.path == "Churn/Endpoint"


def test_more_variants_than_an_endpoint_has_are_refused(endpoint: Make, cpu_model: Model) -> None:
    many = [Variant(name=f"v{number}", model=cpu_model, instance_type="ml.m7i.large") for number in range(10)]
    with pytest.raises(ConfigurationError, match="make 11, but an endpoint has at most 10"):
        endpoint(variants=many)


def test_what_is_known_only_at_deployment_passes(
    endpoint: Make, stack: cdk.Stack, models: s3.IBucket, cpu_model: Model, template: Synth
) -> None:
    type_ = cdk.CfnParameter(stack, "Type")
    key = cdk.CfnParameter(stack, "Key")
    endpoint(
        instance_type=type_.value_as_string,
        model=Model.from_artifact(models, key.value_as_string, image=cpu_model.image),
    )
    (variant,) = only(template(), "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    assert variant["InstanceType"] == {"Ref": "Type"}


def test_an_endpoint_can_be_extended_with_plain_cdk(endpoint: Make, stack: cdk.Stack, template: Synth) -> None:
    made = endpoint()
    made.metric_invocations().create_alarm(stack, "Quiet", threshold=1, evaluation_periods=1)
    cdk.Tags.of(made).add("team", "ranking")
    synthesized = template()
    synthesized.resource_count_is("AWS::CloudWatch::Alarm", 3)
    synthesized.has_resource_properties(
        "AWS::SageMaker::Endpoint", {"Tags": Match.array_with([{"Key": "team", "Value": "ranking"}])}
    )
