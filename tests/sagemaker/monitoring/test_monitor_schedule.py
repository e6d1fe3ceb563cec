"""Model Monitor's four kinds of jobs, for accounts that were there before."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match, Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.facts.lifecycle import entry
from cdk_ml.sagemaker import (
    Data,
    DataCapture,
    DataQualityCheck,
    Model,
    ModelBiasCheck,
    ModelExplainabilityCheck,
    ModelMonitorSchedule,
    ModelProblem,
    ModelQualityCheck,
    RealTimeEndpoint,
)
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only, resources

Make = Callable[..., ModelMonitorSchedule]
Synth = Callable[[], Template]


@pytest.fixture
def checks(workspace: Workspace) -> dict[str, Any]:
    """One check of every kind, by Model Monitor's name for it."""
    baseline = Data(workspace.data_bucket, "baseline/")
    truth, config = Data(workspace.data_bucket, "truth"), Data(workspace.data_bucket, "analysis_config.json")
    return {
        "DataQuality": DataQualityCheck(baseline=baseline),
        "ModelQuality": ModelQualityCheck(
            baseline=baseline, ground_truth=truth, problem=ModelProblem.BINARY, probability="0", positive_from=0.7
        ),
        "ModelBias": ModelBiasCheck(config=config, baseline=baseline, ground_truth=truth, labels_after_hours=48),
        "ModelExplainability": ModelExplainabilityCheck(
            config=config, baseline=baseline, model_name="Churn-1", endpoint_name_prefix="explain-churn"
        ),
    }


@pytest.fixture
def schedule(
    stack: cdk.Stack, workspace: Workspace, endpoint: Callable[..., RealTimeEndpoint], checks: dict[str, Any]
) -> Make:
    """Makes a schedule of an endpoint that captures everything, unless the test says otherwise."""

    def make(kind: str = "DataQuality", **options: Any) -> ModelMonitorSchedule:
        given: dict[str, Any] = {"workspace": workspace, "check": checks[kind], "existing_customer": True}
        if "endpoint" not in options:
            given["endpoint"] = endpoint()
        return ModelMonitorSchedule(stack, "Quality", **{**given, **options})

    return make


def role(template: Template) -> list[dict[str, Any]]:
    policies = resources(template, "AWS::IAM::ManagedPolicy")
    (found,) = [
        body["Properties"]["PolicyDocument"]["Statement"] for id, body in policies.items() if id.startswith("Quality")
    ]
    return list(found)


@pytest.mark.parametrize(
    ("kind", "image"),
    [
        ("DataQuality", "/sagemaker-model-monitor-analyzer"),
        ("ModelQuality", "/sagemaker-model-monitor-analyzer"),
        ("ModelBias", "/sagemaker-clarify-processing:1.0"),
        ("ModelExplainability", "/sagemaker-clarify-processing:1.0"),
    ],
)
def test_every_kind_has_a_definition_with_its_image_and_its_baseline(
    schedule: Make, template: Synth, kind: str, image: str
) -> None:
    schedule(kind)
    found = only(template(), f"AWS::SageMaker::{kind}JobDefinition")
    assert found[f"{kind}AppSpecification"]["ImageUri"]["Fn::Join"][1][-1] == image
    constraints = found[f"{kind}BaselineConfig"]["ConstraintsResource"]["S3Uri"]["Fn::Join"][1][-1]
    assert constraints == "/baseline/constraints.json"
    assert "JobDefinitionName" not in found, "every property replaces it"
    assert found["NetworkConfig"]["EnableNetworkIsolation"] is (kind != "ModelExplainability")
    planned = only(template(), "AWS::SageMaker::MonitoringSchedule")["MonitoringScheduleConfig"]
    assert planned["MonitoringType"] == kind
    assert planned["ScheduleConfig"] == {"ScheduleExpression": "cron(0 * ? * * *)"}
    assert planned["MonitoringJobDefinitionName"]["Fn::Select"][0] == 1


def test_answers_are_judged_when_their_labels_had_time_to_come(schedule: Make, template: Synth) -> None:
    schedule("ModelBias", every_hours=6)
    asked = only(template(), "AWS::SageMaker::ModelBiasJobDefinition")["ModelBiasJobInput"]
    assert asked["EndpointInput"]["StartTimeOffset"] == "-PT54H"
    assert asked["EndpointInput"]["EndTimeOffset"] == "-PT48H"
    planned = only(template(), "AWS::SageMaker::MonitoringSchedule")["MonitoringScheduleConfig"]
    assert planned["ScheduleConfig"] == {"ScheduleExpression": "cron(0 0/6 ? * * *)"}


def test_what_a_model_answers_is_said_in_model_monitors_words(schedule: Make, template: Synth) -> None:
    schedule("ModelQuality")
    found = only(template(), "AWS::SageMaker::ModelQualityJobDefinition")
    assert found["ModelQualityAppSpecification"]["ProblemType"] == "BinaryClassification"
    asked = found["ModelQualityJobInput"]["EndpointInput"]
    assert (asked["ProbabilityAttribute"], asked["ProbabilityThresholdAttribute"]) == ("0", 0.7)
    assert "InferenceAttribute" not in asked


def test_only_explanations_may_make_an_endpoint_of_their_name(schedule: Make, template: Synth) -> None:
    schedule("ModelExplainability")
    found = role(template())
    (made,) = [s for s in found if s["Action"] == "sagemaker:CreateEndpoint"]
    assert [arn["Fn::Join"][1][-1] for arn in made["Resource"]] == [
        ":endpoint-config/explain-churn*",
        ":endpoint/explain-churn*",
    ]
    (described,) = [s for s in found if s["Action"] == "sagemaker:DescribeModel"]
    assert described["Resource"]["Fn::Join"][1][-1] == ":model/churn-1"
    services = str(
        [body["Properties"]["ServiceName"] for body in resources(template(), "AWS::EC2::VPCEndpoint").values()]
    )
    assert "sagemaker.api" in services
    assert "sagemaker.runtime" in services


def test_others_may_read_and_write_and_make_nothing(schedule: Make, template: Synth) -> None:
    schedule("ModelQuality")
    found = str(role(template()))
    assert "sagemaker:" not in found
    for prefix in ("/truth*", "/baseline/*", "/Primary/*"):
        assert prefix in found


def test_a_metric_that_is_too_high_is_an_alarm(schedule: Make, template: Synth) -> None:
    made = schedule(alarms={"feature_baseline_drift_age": 0.2})
    every = [body["Properties"] for body in resources(template(), "AWS::CloudWatch::Alarm").values()]
    (alarm,) = [body for body in every if body.get("MetricName") == "feature_baseline_drift_age"]
    assert (alarm["Namespace"], alarm["Threshold"]) == ("aws/sagemaker/Endpoints/data-metrics", 0.2)
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    assert dimensions == made.metric("feature_baseline_drift_age").dimensions
    assert dimensions["MonitoringSchedule"] == made.schedule_name


def test_whoever_synthesizes_it_is_warned(schedule: Make, stack: cdk.Stack) -> None:
    schedule()
    sentence = entry("sagemaker-model-monitor").sentence()[:40]
    Annotations.from_stack(stack).has_warning("/Churn/Quality", Match.string_like_regexp(sentence))


def test_a_new_customer_is_told_the_successor(schedule: Make) -> None:
    with pytest.raises(ConfigurationError, match=r"^Churn/Quality: existing_customer=False .*Evidently"):
        schedule(existing_customer=False)


def test_an_endpoint_that_captures_nothing_is_refused(
    schedule: Make, endpoint: Callable[..., RealTimeEndpoint]
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        schedule(endpoint=endpoint(percentage=0))
    assert str(refused.value) == (
        "Churn/Quality: endpoint='an endpoint with capture.percentage=0' captures nothing to monitor. Capture "
        "requests: RealTimeEndpoint(..., capture=DataCapture(percentage=100))."
    )


def test_half_of_what_is_compared_is_not_enough(schedule: Make, endpoint: Callable[..., RealTimeEndpoint]) -> None:
    with pytest.raises(ConfigurationError, match="keeps half of what Model Monitor compares"):
        schedule(endpoint=endpoint(responses=False))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"every_hours": 48},
            "every_hours=48 is no time between two runs that Model Monitor has and that is known at synth. "
            "Use 1 to 24.",
        ),
        (
            {"alarms": {"feature_baseline_drift_age": float("nan")}},
            "alarms['feature_baseline_drift_age']=nan is no value of a metric. Use a finite number.",
        ),
        ({"alarms": {" ": 1.0}}, "alarms=' ' is no name of a metric. Use one such as feature_baseline_drift_age."),
    ],
)
def test_what_model_monitor_would_refuse_is_refused(schedule: Make, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        schedule(**given)
    assert str(refused.value) == f"Churn/Quality: {message}"


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("DataQuality", {"baseline": " "}, "check.baseline.prefix=' ' is no prefix of objects"),
        ("ModelQuality", {"positive_from": 7.0}, "check.positive_from=7.0 is no score. Use 0 to 1"),
        ("ModelBias", {"labels_after_hours": -1}, "check.labels_after_hours=-1 is not a time to wait for labels"),
        ("ModelExplainability", {"endpoint_name_prefix": "a b"}, "check.endpoint_name_prefix='a b' is no beginning"),
    ],
)
def test_a_check_that_could_not_run_is_refused(
    schedule: Make, checks: dict[str, Any], workspace: Workspace, kind: str, change: dict[str, Any], message: str
) -> None:
    changed = {
        name: Data(workspace.data_bucket, value) if name == "baseline" else value for name, value in change.items()
    }
    with pytest.raises(ConfigurationError) as refused:
        schedule(check=dataclasses.replace(checks[kind], **changed))
    assert message in str(refused.value)


def test_a_region_without_model_monitor_is_refused(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Elsewhere", env=cdk.Environment(region="eu-south-2"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    model = Model.from_image(images.built_in_algorithm("xgboost"))
    captured = DataCapture(percentage=100)
    endpoint = RealTimeEndpoint(
        stack, "Endpoint", workspace=workspace, model=model, instance_type="ml.m5.large", capture=captured
    )
    check = DataQualityCheck(baseline=Data(workspace.data_bucket, "baseline/"))
    with pytest.raises(ConfigurationError, match="eu-south-2' has no AWS::SageMaker::MonitoringSchedule, "):
        ModelMonitorSchedule(
            stack, "Quality", workspace=workspace, endpoint=endpoint, check=check, existing_customer=True
        )
