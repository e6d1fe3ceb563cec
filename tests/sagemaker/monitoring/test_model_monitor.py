"""A monitor reads what was captured, says what it found, and tells who has to know."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import (
    CapturedRequests,
    Data,
    DataDrift,
    DataQuality,
    DriftMethod,
    EcrImage,
    ModelMonitor,
    ModelProblem,
    ModelQuality,
    QualityMetric,
    RealTimeEndpoint,
)
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources
from tests.sagemaker.jobs.definitions import definition

Make = Callable[..., ModelMonitor]
Synth = Callable[[], Template]
NAME, ENDPOINT = "churn-monitor-70a615e1", "churn-endpoint-57ad3240"
MODEL = ModelQuality(ground_truth="churn/labels/", problem=ModelProblem.BINARY, metric=QualityMetric.F1, threshold=0.8)
TOKEN = cdk.Token.as_number({"Ref": "Parameter"})


def states(made: ModelMonitor) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(definition(made.machine))
    return found["States"]


def alarm(template: Template, metric: str) -> dict[str, Any]:
    every = [body["Properties"] for body in resources(template, "AWS::CloudWatch::Alarm").values()]
    (found,) = [body for body in every if body.get("MetricName") == metric]
    return dict(found)


def statements(template: Template, of: str) -> list[dict[str, Any]]:
    """What a role may do, by the beginning of its policy's logical id."""
    policies = resources(template, "AWS::IAM::ManagedPolicy")
    (found,) = [body["Properties"]["PolicyDocument"]["Statement"] for id, body in policies.items() if id.startswith(of)]
    return list(found)


def test_a_run_reads_what_its_plan_names_and_the_baseline(monitor: Make) -> None:
    job = states(monitor())["CompareWithBaseline"]
    inputs = {each["InputName"]: each["S3Input"] for each in job["Parameters"]["ProcessingInputs"]}
    assert {name: each["S3DataType"] for name, each in inputs.items()} == {
        "plan": "S3Prefix",
        "captured": "ManifestFile",
        "baseline": "S3Prefix",
        "wheels": "S3Prefix",
        "code": "S3Prefix",
    }
    assert inputs["captured"]["S3Uri.$"].endswith("/runs/{}/captured.manifest', $$.Execution.Name)")
    assert job["Parameters"]["NetworkConfig"]["EnableNetworkIsolation"] is True


def test_the_function_knows_what_is_watched_and_for_what(monitor: Make) -> None:
    made = monitor(kinds=[DataDrift(share=0.5), MODEL], every_hours=6, minimum_rows=50, feature_names=["age"])
    settings = states(made)["Begin"]["Parameters"]["Payload"]["settings"]
    assert (settings["monitor"], settings["hours"]) == (NAME, 6)
    assert settings["source"]["kind"] == "capture"
    assert settings["source"]["prefix"] == f"capture/{ENDPOINT}/{ENDPOINT}/Primary/"
    plan = settings["plan"]
    assert (plan["features"], plan["minimum_rows"]) == (["age"], 50)
    assert plan["kinds"]["data_drift"] == {
        "share": 0.5,
        "threshold": 0.1,
        "numerical_method": "wasserstein",
        "categorical_method": "jensenshannon",
    }
    assert plan["kinds"]["model_quality"]["ground_truth"] == "churn/labels/"


def test_the_schedule_gives_each_run_its_time(monitor: Make, template: Synth) -> None:
    monitor(every_hours=1)
    schedule = only(template(), "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "rate(1 hour)"
    assert json.loads(schedule["Target"]["Input"]) == {"at": "<aws.scheduler.scheduled-time>"}


def test_the_job_reads_the_watched_prefixes_and_no_other(monitor: Make, template: Synth) -> None:
    monitor(kinds=[MODEL])
    found = statements(template(), "MonitorCompareRole")
    read = [arn for s in found if s["Action"] == "s3:GetObject" for arn in _many(s["Resource"])]
    ends = {arn["Fn::Join"][1][-1] for arn in read if isinstance(arn["Fn::Join"][1][-1], str)}
    assert {
        f"/capture/{ENDPOINT}/{ENDPOINT}/Primary/*",
        "/churn/labels/*",
        "/churn/train/*",
        "/evidently/*",
        f"/monitors/{NAME}/runs/*",
    } <= ends
    assert "cloudwatch:PutMetricData" in str(found), "as every job, in SageMaker's namespaces"
    assert "cdk-ml/ModelMonitor" not in str(found)


def test_the_function_lists_what_is_watched_and_cannot_read_it(monitor: Make, template: Synth) -> None:
    monitor(kinds=[MODEL])
    found = statements(template(), "MonitorStepsRole")
    listed = [s["Condition"]["StringLike"]["s3:prefix"] for s in found if s["Action"] == "s3:ListBucket"]
    assert f"capture/{ENDPOINT}/{ENDPOINT}/Primary/*" in str(listed)
    assert "churn/labels/*" in str(listed)
    read = [s for s in found if s["Action"] == "s3:GetObject"]
    assert "capture" not in str(read)
    (told,) = [s for s in found if s["Action"] == "cloudwatch:PutMetricData"]
    assert told["Condition"] == {"StringEquals": {"cloudwatch:namespace": "cdk-ml/ModelMonitor"}}


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_what_is_found_raises_alarms_that_stay_until_the_next_run(
    monitor: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    made = monitor(kinds=[DataDrift(share=0.4), DataQuality(), MODEL])
    found = template()
    for metric, threshold, beyond in (
        ("DriftedShare", 0.4, "GreaterThanThreshold"),
        ("BrokenFeatures", 0, "GreaterThanThreshold"),
        ("ModelQuality", 0.8, "LessThanThreshold"),
        ("NoData", 0, "GreaterThanThreshold"),
    ):
        raised = alarm(found, metric)
        assert (raised["Threshold"], raised["ComparisonOperator"]) == (threshold, beyond)
        assert raised["TreatMissingData"] == "ignore"
        assert raised["AlarmActions"] == [stack.resolve(workspace.alert_topic.topic_arn)]
        assert raised["Dimensions"] == [{"Name": "Monitor", "Value": NAME}]
    assert made.drift_alarm is not None
    assert len(made.alarms) == 6


def test_an_error_of_a_regression_is_too_high_and_not_too_low(monitor: Make, template: Synth) -> None:
    worse = ModelQuality(
        ground_truth="labels/", problem=ModelProblem.REGRESSION, metric=QualityMetric.RMSE, threshold=12
    )
    made = monitor(kinds=[worse])
    assert alarm(template(), "ModelQuality")["ComparisonOperator"] == "GreaterThanThreshold"
    assert (made.drift_alarm, made.quality_alarm) == (None, None)


def test_a_run_that_does_not_come_is_missed(monitor: Make, template: Synth) -> None:
    monitor(every_hours=24)
    missed = alarm(template(), "Runs")
    assert (missed["Period"], missed["EvaluationPeriods"], missed["Statistic"]) == (3_600, 30, "Sum")
    assert missed["TreatMissingData"] == "breaching"


def test_results_are_a_table_whose_days_nobody_has_to_add(monitor: Make, template: Synth) -> None:
    made = monitor()
    found = template()
    table = only(found, "AWS::Glue::Table")
    assert (made.results.database_name, made.results.table_name) == (NAME.replace("-", "_"), "results")
    parameters = table["TableInput"]["Parameters"]
    assert parameters["projection.day.range"] == "2026-01-01,NOW"
    place = "".join(part for part in parameters["storage.location.template"]["Fn::Join"][1] if isinstance(part, str))
    assert place == f"s3:///monitors/{NAME}/results/day=${{day}}/"
    group = only(found, "AWS::Athena::WorkGroup")["WorkGroupConfiguration"]
    assert group["EnforceWorkGroupConfiguration"] is True
    assert group["BytesScannedCutoffPerQuery"] == 2**30
    assert group["ResultConfiguration"]["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"


def test_batches_of_another_bucket_can_be_watched(monitor: Make, stack: cdk.Stack) -> None:
    scores = Data(s3.Bucket.from_bucket_name(stack, "Scores", "scores"), "nightly/")
    settings = states(monitor(source=scores))["Begin"]["Parameters"]["Payload"]["settings"]
    assert settings["source"] == {"kind": "batch", "bucket": "scores", "prefix": "nightly/"}
    assert settings["plan"]["source"] == "batch"


def test_an_image_with_evidently_needs_no_wheels(monitor: Make, stack: cdk.Stack) -> None:
    own = EcrImage(ecr.Repository.from_repository_name(stack, "Images", "monitor"), "1")
    job = states(monitor(image=own, wheels=None))["CompareWithBaseline"]["Parameters"]
    assert "wheels" not in [each["InputName"] for each in job["ProcessingInputs"]]


def test_each_variant_has_a_place_of_its_own(endpoint: Callable[..., RealTimeEndpoint], monitor: Make) -> None:
    made = endpoint()
    challenger = made.captured_of("Challenger")
    assert isinstance(challenger, CapturedRequests)
    assert challenger.prefix == f"capture/{ENDPOINT}/{ENDPOINT}/Challenger/"
    assert states(monitor(source=challenger))["Begin"]


def test_metrics_are_those_of_the_monitor(monitor: Make) -> None:
    made = monitor()
    for metric, name in (
        (made.metric_drifted_share(), "DriftedShare"),
        (made.metric_model_quality(), "ModelQuality"),
        (made.metric_rows(), "Rows"),
    ):
        assert (metric.namespace, metric.metric_name, metric.dimensions) == (
            "cdk-ml/ModelMonitor",
            name,
            {"Monitor": NAME},
        )
    assert made.reports.prefix == f"monitors/{NAME}/reports/"


@pytest.mark.parametrize(
    ("capture", "kinds", "message"),
    [
        (
            {"percentage": 0},
            [DataDrift()],
            "source='an endpoint with capture.percentage=0' captures nothing to monitor. Capture requests: "
            "RealTimeEndpoint(..., capture=DataCapture(percentage=100)).",
        ),
        (
            {"requests": False},
            [DataDrift()],
            "source='an endpoint with capture.requests=False' keeps no features for DataQuality and DataDrift. Use "
            "DataCapture(requests=True).",
        ),
        (
            {"responses": False},
            [MODEL],
            "source='an endpoint with capture.responses=False' keeps no predictions for ModelQuality. Use "
            "DataCapture(responses=True).",
        ),
    ],
)
def test_an_endpoint_that_keeps_too_little_cannot_be_monitored(
    monitor: Make, endpoint: Callable[..., RealTimeEndpoint], capture: dict[str, Any], kinds: list[Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        monitor(source=endpoint(**capture), kinds=kinds)
    assert str(refused.value) == f"Churn/Monitor: {message}"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"every_hours": 0},
            "every_hours=0 is faster than requests are filed, by the hour, or slower than an alarm on missed runs can "
            "look back. Use 1 to 162.",
        ),
        (
            {"every_hours": TOKEN},
            f"every_hours={TOKEN!r} has to become a schedule and the time of an alarm at synth, and only the "
            "deployment knows it. Use a number.",
        ),
        (
            {"wheels": None},
            "wheels=None leaves the job without Evidently, which AWS's images do not have. Give a prefix with its "
            "wheels, or image=EcrImage(...) with Evidently in it.",
        ),
        ({"minimum_rows": 0}, "minimum_rows=0 is no number of rows to judge by. Use 1 to 10000000."),
        (
            {"feature_names": ["age", "age"]},
            "feature_names=['age', 'age'] has an empty name, or one twice. Name each feature, in the order of a "
            "request.",
        ),
        ({"kinds": []}, "kinds=[] looks for nothing. Use DataQuality(), DataDrift() or ModelQuality(...)."),
    ],
)
def test_what_could_never_run_is_refused(monitor: Make, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        monitor(**given)
    assert str(refused.value) == f"Churn/Monitor: {message}"


def test_a_baseline_that_is_nowhere_is_refused(monitor: Make, workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match=r"baseline\.prefix=' ' is no prefix of objects\. Name a prefix"):
        monitor(baseline=Data(workspace.data_bucket, " "))


def test_what_the_deployment_knows_is_let_through(monitor: Make, template: Synth) -> None:
    monitor(kinds=[DataDrift(share=TOKEN)], minimum_rows=TOKEN)
    assert alarm(template(), "DriftedShare")["Threshold"] == {"Ref": "Parameter"}


def test_methods_are_named_as_evidently_does() -> None:
    assert [str(method) for method in DriftMethod] == ["wasserstein", "jensenshannon", "hellinger", "psi"]
