"""The function asks for the right metrics, and stops the right job."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType

import boto3
import pytest
from botocore.stub import ANY, Stubber

from tests.conftest import ROOT

FOLDER = ROOT / "lambda" / "loss_watch"
JOB = "Train-1"


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module, in an environment like Lambda's."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("METRIC", "loss")
    monkeypatch.setenv("NOT_FINITE", "not_finite")
    monkeypatch.setenv("PATIENCE_SECONDS", "1800")
    monkeypatch.syspath_prepend(str(FOLDER))
    spec = importlib.util.spec_from_file_location("loss_watch_handler", FOLDER / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    yield loaded
    sys.modules.pop("verdict", None)


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, handler: ModuleType) -> Iterator[tuple[Stubber, Stubber]]:
    """SageMaker and CloudWatch, which answer what a test tells them and refuse every other call."""
    made = {name: boto3.client(name, region_name="us-east-1") for name in ("sagemaker", "cloudwatch")}
    monkeypatch.setattr(handler.boto3, "client", made.__getitem__)
    with Stubber(made["sagemaker"]) as sagemaker, Stubber(made["cloudwatch"]) as cloudwatch:
        yield sagemaker, cloudwatch
        sagemaker.assert_no_pending_responses()
        cloudwatch.assert_no_pending_responses()


def describe(stubber: Stubber, status: str, hours: float) -> None:
    started = datetime.now(UTC) - timedelta(hours=hours)
    answer = {
        "TrainingJobName": JOB,
        "TrainingJobArn": "arn:aws:sagemaker:us-east-1:111111111111:training-job/train-1",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://models/model.tar.gz"},
        "TrainingJobStatus": status,
        "SecondaryStatus": "Training",
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"VolumeSizeInGB": 1},
        "StoppingCondition": {},
        "CreationTime": started,
        "TrainingStartTime": started,
    }
    stubber.add_response("describe_training_job", answer, {"TrainingJobName": JOB})


def report(stubber: Stubber, metric: str, statistic: str, period: int, points: dict[int, float]) -> None:
    now = datetime.now(UTC)
    told = [{"Timestamp": now - timedelta(minutes=ago), statistic: value} for ago, value in points.items()]
    wanted = {
        "Namespace": "/aws/sagemaker/TrainingJobs",
        "MetricName": metric,
        "Dimensions": [{"Name": "TrainingJobName", "Value": JOB}],
        "StartTime": ANY,
        "EndTime": ANY,
        "Period": period,
        "Statistics": [statistic],
    }
    stubber.add_response("get_metric_statistics", {"Label": metric, "Datapoints": told}, wanted)


def test_a_job_that_is_over_is_left_alone(handler: ModuleType, services: tuple[Stubber, Stubber]) -> None:
    describe(services[0], "Completed", 1)
    assert handler.handler({"job": JOB}, None) == {"job": JOB, "watching": False, "reason": "it is Completed"}


def test_a_loss_that_goes_down_is_looked_at_again(handler: ModuleType, services: tuple[Stubber, Stubber]) -> None:
    sagemaker, cloudwatch = services
    describe(sagemaker, "InProgress", 1)
    report(cloudwatch, "loss", "Minimum", 60, {5: 0.4, 50: 1.0})
    report(cloudwatch, "not_finite", "Maximum", 60, {})
    assert handler.handler({"job": JOB}, None) == {"job": JOB, "watching": True, "reason": "the loss is in order"}


@pytest.mark.parametrize(
    ("losses", "marks", "reason"),
    [
        ({5: 1.0, 50: 1.0}, {}, "the loss has not gone below 1 for 30 minutes"),
        ({50: 1.0}, {}, "the loss has not been reported for 30 minutes"),
        ({5: 0.4, 50: 1.0}, {4: 1.0}, "the loss is not a finite number"),
    ],
)
def test_a_job_that_is_not_worth_it_is_stopped(
    handler: ModuleType,
    services: tuple[Stubber, Stubber],
    losses: dict[int, float],
    marks: dict[int, float],
    reason: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sagemaker, cloudwatch = services
    describe(sagemaker, "InProgress", 1)
    report(cloudwatch, "loss", "Minimum", 60, losses)
    report(cloudwatch, "not_finite", "Maximum", 60, marks)
    sagemaker.add_response("stop_training_job", {}, {"TrainingJobName": JOB})
    assert handler.handler({"job": JOB}, None) == {"job": JOB, "watching": False, "reason": reason}
    assert capsys.readouterr().out == f"Stopping {JOB}: {reason}\n"


def test_days_of_training_are_looked_at_in_longer_steps(
    handler: ModuleType, services: tuple[Stubber, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_FINITE")
    sagemaker, cloudwatch = services
    describe(sagemaker, "InProgress", 5 * 24)
    report(cloudwatch, "loss", "Minimum", 360, {})
    assert handler.handler({"job": JOB}, None)["watching"] is True


def test_an_error_of_aws_is_an_error_of_the_function(handler: ModuleType, services: tuple[Stubber, Stubber]) -> None:
    services[0].add_client_error("describe_training_job", "ThrottlingException")
    with pytest.raises(Exception, match="ThrottlingException"):
        handler.handler({"job": JOB}, None)
