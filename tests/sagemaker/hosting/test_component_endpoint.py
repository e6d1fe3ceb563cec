"""Components share an endpoint's instances, scale one by one, and leave no instance while nobody asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.sagemaker import ComponentEndpoint, GpuFit, InferenceComponent, Model, NeuronFit, Rolling, Scaling
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources

Make = Callable[..., ComponentEndpoint]
Synth = Callable[[], Template]
VLLM = images.deep_learning_container(purpose="inference", framework="vllm", version="0.30.0", accelerator="gpu")
COMPONENT = "AWS::SageMaker::InferenceComponent"


@pytest.fixture
def chat(models: s3.IBucket) -> InferenceComponent:
    """A component on two GPUs."""
    model = Model.from_artifact(models, "chat/", image=VLLM, startup_seconds=900)
    return InferenceComponent(model=model, memory_mb=65_536, accelerators=2)


@pytest.fixture
def components(stack: cdk.Stack, workspace: Workspace, chat: InferenceComponent) -> Make:
    """Makes an endpoint of one component, of defaults but for what the test says."""

    def make(**options: Any) -> ComponentEndpoint:
        given = {
            "workspace": workspace,
            "components": {"chat": chat},
            "instance_type": "ml.g5.12xlarge",
            "maximum_instances": 3,
            **options,
        }
        return ComponentEndpoint(stack, "Endpoint", **given)

    return make


def on_neuron(neuron_model: Model, chips: int, cores: int) -> InferenceComponent:
    fit = NeuronFit(parameters=7e9, batch_size=1, sequence_length=2048, tensor_parallel_degree=cores)
    return InferenceComponent(model=neuron_model, memory_mb=16_384, accelerators=chips, neuron=fit)


def test_instances_come_and_go_with_the_copies(components: Make, template: Synth) -> None:
    components()
    (variant,) = only(template(), "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    assert variant["ManagedInstanceScaling"] == {"Status": "ENABLED", "MinInstanceCount": 0, "MaxInstanceCount": 3}
    assert variant["InitialInstanceCount"] == 1
    assert "ModelName" not in variant


def test_the_endpoint_and_the_model_are_cut_off_from_the_network_alike(components: Make, template: Synth) -> None:
    components()
    made = template()
    config, model = only(made, "AWS::SageMaker::EndpointConfig"), only(made, "AWS::SageMaker::Model")
    for name in ("EnableNetworkIsolation", "VpcConfig", "ExecutionRoleArn"):
        assert config[name] == model[name]
    assert model["EnableNetworkIsolation"] is True


def test_a_component_takes_its_part_of_an_instance(components: Make, template: Synth) -> None:
    made = components()
    found = only(template(), COMPONENT)
    assert found["InferenceComponentName"] == made.component_names["chat"]
    assert found["Specification"]["ComputeResourceRequirements"] == {
        "MinMemoryRequiredInMb": 65_536,
        "NumberOfAcceleratorDevicesRequired": 2,
    }
    assert found["Specification"]["StartupParameters"] == {"ContainerStartupHealthCheckTimeoutInSeconds": 900}
    assert found["RuntimeConfig"] == {"CopyCount": 1}


def test_copies_follow_the_requests_and_the_first_refused_one_starts_a_copy(components: Make, template: Synth) -> None:
    name = components().component_names["chat"]
    made = template()
    target = only(made, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert target["ScalableDimension"] == "sagemaker:inference-component:DesiredCopyCount"
    assert (target["ResourceId"], target["MinCapacity"]) == (f"inference-component/{name}", 0)
    policies = [item["Properties"] for item in resources(made, "AWS::ApplicationAutoScaling::ScalingPolicy").values()]
    tracking, step = policies
    metric = tracking["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"]
    expected = "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution"
    assert metric["PredefinedMetricType"] == expected
    assert step["PolicyType"] == "StepScaling"
    (waiting,) = (
        item["Properties"]
        for item in resources(made, "AWS::CloudWatch::Alarm").values()
        if item["Properties"]["MetricName"] == "NoCapacityInvocationFailures"
    )
    assert waiting["Dimensions"] == [{"Name": "InferenceComponentName", "Value": name}]


def test_components_scale_one_by_one(components: Make, chat: InferenceComponent, template: Synth) -> None:
    steady = replace(chat, scaling=Scaling(minimum=1, maximum=4, invocations_per_copy=60))
    components(components={"chat": chat, "steady": steady})
    made = template()
    made.resource_count_is(COMPONENT, 2)
    targets = resources(made, "AWS::ApplicationAutoScaling::ScalableTarget").values()
    assert sorted(item["Properties"]["MinCapacity"] for item in targets) == [0, 1]
    made.resource_count_is("AWS::ApplicationAutoScaling::ScalingPolicy", 3)


def test_a_changed_component_is_replaced_in_batches_and_goes_back_on_its_alarms(
    components: Make, stack: cdk.Stack, template: Synth
) -> None:
    made = components(update=Rolling(percent=50))
    config = only(template(), COMPONENT)["DeploymentConfig"]
    assert config["RollingUpdatePolicy"]["MaximumBatchSize"] == {"Type": "CAPACITY_PERCENT", "Value": 50}
    names = [alarm["AlarmName"] for alarm in config["AutoRollbackConfiguration"]["Alarms"]]
    assert names == [stack.resolve(alarm.ref) for alarm in made.cfn_alarms]
    assert len(names) == 2


def test_what_a_component_prints_is_under_the_workspaces_key_before_it_starts(
    components: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    name = components().component_names["chat"]
    made = template()
    groups = resources(made, "AWS::Logs::LogGroup")
    (own,) = (
        logical_id
        for logical_id, group in groups.items()
        if group["Properties"]["LogGroupName"] == f"/aws/sagemaker/InferenceComponents/{name}"
    )
    assert groups[own]["Properties"]["KmsKeyId"] == stack.resolve(workspace.key.key_arn)
    ((_, component),) = resources(made, COMPONENT).items()
    assert own in component["DependsOn"]


def test_a_caller_may_be_let_to_one_component_only(
    components: Make, chat: InferenceComponent, stack: cdk.Stack, template: Synth
) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = components(components={"chat": chat, "other": chat})
    made.grant_invoke_component(caller, "other")
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    arn = stack.resolve(made.cfn_components["other"].attr_inference_component_arn)
    assert len(statement["Resource"]) == 2
    for resource in (stack.resolve(made.endpoint_arn), arn):
        assert resource in statement["Resource"]


def test_every_component_is_granted_with_the_endpoint(components: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    components().grant_invoke(caller)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert len(statement["Resource"]) == 2


def test_metrics_of_a_component_are_found_by_its_name(components: Make) -> None:
    made = components()
    metric = made.metric_component("ConcurrentRequestsPerCopy", "chat")
    assert metric.dimensions == {"InferenceComponentName": made.component_names["chat"]}


def test_neuron_chips_hold_the_cores_that_the_model_is_split_over(
    components: Make, neuron_model: Model, template: Synth
) -> None:
    components(components={"chat": on_neuron(neuron_model, chips=1, cores=2)}, instance_type="ml.inf2.24xlarge")
    environment = only(template(), "AWS::SageMaker::Model")["PrimaryContainer"]["Environment"]
    assert environment["NEURON_RT_NUM_CORES"] == "2"


def test_more_cores_than_the_chips_of_a_component_have_are_refused(components: Make, neuron_model: Model) -> None:
    with pytest.raises(ConfigurationError, match="needs more than the 2 NeuronCores of accelerators=1"):
        components(components={"chat": on_neuron(neuron_model, chips=1, cores=4)}, instance_type="ml.inf2.24xlarge")


def test_a_component_is_told_the_gpus_that_its_model_is_split_over(
    components: Make, chat: InferenceComponent, template: Synth
) -> None:
    fit = GpuFit(parameters=7e9, batch_size=4, sequence_length=4096, tensor_parallel_degree=2)
    components(components={"chat": replace(chat, gpu=fit)})
    environment = only(template(), "AWS::SageMaker::Model")["PrimaryContainer"]["Environment"]
    assert environment["SM_VLLM_TENSOR_PARALLEL_SIZE"] == "2"


@pytest.mark.parametrize(
    ("degree", "message"),
    [
        (4, "needs more than the 2 GPUs of accelerators=2. Use accelerators=4, one for each part of the model"),
        (1, "leaves about 21.0 GiB per GPU"),
    ],
)
def test_a_model_that_the_gpus_of_its_component_do_not_hold_is_refused(
    components: Make, chat: InferenceComponent, degree: int, message: str
) -> None:
    fit = GpuFit(parameters=7e9, batch_size=4, sequence_length=4096, tensor_parallel_degree=degree)
    with pytest.raises(ConfigurationError, match=message):
        components(components={"chat": replace(chat, gpu=fit)})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"accelerators": 5},
            "components['chat'].accelerators=5 is more than ml.g5.12xlarge has, which is 4. "
            "Ask for less, or use a larger instance type.",
        ),
        (
            {"memory_mb": 200_000},
            "components['chat'].memory_mb=200000 is more than ml.g5.12xlarge has, which is 196608. "
            "Ask for less, or use a larger instance type.",
        ),
        ({"memory_mb": 64}, "components['chat'].memory_mb=64 is no memory that a copy runs in. Use 128 or more."),
        ({"cores": 0.1}, "components['chat'].cores=0.1 is no part of a CPU. Use 0.25 or more."),
        (
            {"scaling": Scaling(minimum=0, maximum=2, backlog_per_instance=5)},
            "components['chat'].scaling.backlog_per_instance=5 is nothing that an inference component can follow. "
            "Use concurrent_requests_per_copy or invocations_per_copy.",
        ),
    ],
)
def test_a_component_that_no_instance_could_hold_is_refused(
    components: Make, chat: InferenceComponent, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        components(components={"chat": replace(chat, **changes)})
    assert [str(problem) for problem in raised.value.problems] == [message]


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"components": {}}, "components"),
        ({"minimum_instances": 4}, "maximum_instances"),
        ({"minimum_instances": -1}, "minimum_instances"),
        ({"instance_type": "g5.12xlarge"}, "instance_type"),
        ({"network_isolation": False}, "components['chat'].model.network_isolation"),
        ({"update": Rolling(percent=4)}, "update.percent"),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(components: Make, options: dict[str, Any], argument: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        components(**options)
    assert [problem.argument for problem in raised.value.problems] == [argument]


def test_a_name_that_is_none_is_refused(components: Make, chat: InferenceComponent) -> None:
    with pytest.raises(ConfigurationError, match="'a_b' is no name of a component"):
        components(components={"a_b": chat})


def test_several_containers_are_no_component(components: Make, chat: InferenceComponent) -> None:
    pair = replace(chat, model=Model.in_sequence({"a": chat.model, "b": chat.model}))
    with pytest.raises(ConfigurationError, match="is several containers, which is no component"):
        components(components={"pair": pair})


def test_accelerators_on_an_instance_without_any_are_refused(components: Make, cpu_model: Model) -> None:
    small = InferenceComponent(model=cpu_model, memory_mb=1024, accelerators=1)
    with pytest.raises(ConfigurationError, match=r"are more than ml\.m7i\.large has, which is none"):
        components(components={"small": small}, instance_type="ml.m7i.large")


def test_a_region_without_the_type_is_refused(chat: InferenceComponent) -> None:
    stack = cdk.Stack(cdk.App(context=FLAGS), "Known", env=cdk.Environment(region="eu-west-3"))
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    with pytest.raises(ConfigurationError, match="region='eu-west-3' has no AWS::SageMaker::InferenceComponent"):
        ComponentEndpoint(
            stack,
            "Endpoint",
            workspace=workspace,
            components={"chat": chat},
            instance_type="ml.g5.12xlarge",
            maximum_instances=1,
        )


def test_what_is_known_only_at_deployment_passes(components: Make, stack: cdk.Stack, template: Synth) -> None:
    type_ = cdk.CfnParameter(stack, "Type").value_as_string
    components(instance_type=type_)
    (variant,) = only(template(), "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    assert variant["InstanceType"] == {"Ref": "Type"}
