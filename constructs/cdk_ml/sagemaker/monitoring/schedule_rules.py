"""What Model Monitor would refuse about a schedule, and what its jobs may do.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aws_cdk import Aws

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.execution_role import publish_metrics, read_objects, use_volume_key, write_job_logs, write_objects
from cdk_ml.sagemaker.hosting.capture import CapturedRequests
from cdk_ml.sagemaker.jobs.data import read_statements
from cdk_ml.sagemaker.monitoring.checks import ModelExplainabilityCheck, MonitorCheck, read_of
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Statement
from cdk_ml.workspace.statements import use_key

_MOST_HOURS = 24
_LONGEST_METRIC, _LARGEST = 255, 1e100


def schedule_problems(
    captured: CapturedRequests | None, every_hours: int, alarms: Mapping[str, float]
) -> Iterator[Problem]:
    """What is wrong with a schedule, whatever its jobs look for."""
    yield from _capture_problems(captured)
    yield from _time_problems(every_hours)
    yield from _alarm_problems(alarms)


def _capture_problems(captured: CapturedRequests | None) -> Iterator[Problem]:
    if captured is None:
        fix = "Capture requests: RealTimeEndpoint(..., capture=DataCapture(percentage=100))"
        yield Problem("endpoint", "an endpoint with capture.percentage=0", "captures nothing to monitor", fix)
    elif not (captured.requests and captured.responses):
        rule = "keeps half of what Model Monitor compares"
        yield Problem("endpoint", "an endpoint that captures one side", rule, "Use DataCapture(percentage=100)")


def _time_problems(every_hours: int) -> Iterator[Problem]:
    if is_token(every_hours) or not 1 <= every_hours <= _MOST_HOURS:
        rule = "is no time between two runs that Model Monitor has and that is known at synth"
        yield Problem("every_hours", every_hours, rule, f"Use 1 to {_MOST_HOURS}")


def _alarm_problems(alarms: Mapping[str, float]) -> Iterator[Problem]:
    for name, threshold in alarms.items():
        if not is_token(name) and not 1 <= len(name.strip()) <= _LONGEST_METRIC:
            yield Problem("alarms", name, "is no name of a metric", "Use one such as feature_baseline_drift_age")
        if outside(threshold, -_LARGEST, _LARGEST):
            yield Problem(f"alarms[{name!r}]", threshold, "is no value of a metric", "Use a finite number")


def monitoring_needs(
    check: MonitorCheck, captured: CapturedRequests, *, bucket_arn: str, prefix: str, key_arn: str
) -> Iterator[Statement]:
    """What the jobs may do, besides being in the network.

    :param bucket_arn: the bucket that they write to.
    :param prefix: where.
    """
    yield from write_job_logs("ProcessingJobs")
    for data in (captured, *read_of(check)):
        yield from read_statements(data)
    yield from write_objects(bucket_arn, prefix)
    # Jobs that merge labels read what they merged.
    yield from read_objects(bucket_arn, prefix)
    yield from use_key(key_arn)
    yield from use_volume_key(key_arn)
    yield from publish_metrics(["aws/sagemaker/*", "/aws/sagemaker/*"])
    if isinstance(check, ModelExplainabilityCheck):
        yield from _ask_an_endpoint(check)


def _ask_an_endpoint(check: ModelExplainabilityCheck) -> Iterator[Statement]:
    here = f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    begins = f"{check.endpoint_name_prefix.lower()}*"
    model, config, endpoint = (
        f"{here}:model/{check.model_name.lower()}",
        f"{here}:endpoint-config/{begins}",
        f"{here}:endpoint/{begins}",
    )
    named = "Each run names its endpoint anew; the beginning is the analysis configuration's. "
    page = "https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html"
    yield Statement(actions=["sagemaker:DescribeModel"], resources=[model])
    yield Statement(actions=["sagemaker:CreateEndpointConfig"], resources=[model, config], wildcard=f"{named}{page}")
    yield Statement(
        actions=["sagemaker:DeleteEndpointConfig", "sagemaker:DescribeEndpointConfig"],
        resources=[config],
        wildcard=f"{named}{page}",
    )
    yield Statement(actions=["sagemaker:CreateEndpoint"], resources=[config, endpoint], wildcard=f"{named}{page}")
    yield Statement(
        actions=["sagemaker:DeleteEndpoint", "sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"],
        resources=[endpoint],
        wildcard=f"{named}{page}",
    )
