"""The dashboard of an endpoint: traffic, errors, latency, and what there is to serve them.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

_REQUESTS = "AWS/SageMaker"
_INSTANCES = "/aws/sagemaker/Endpoints"
_WIDTH, _HEIGHT, _COLUMNS = 12, 6, 2


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of metrics that belong together.

    :param per_variant: whether SageMaker publishes them for each variant, or for the endpoint only.
    """

    title: str
    metrics: Sequence[str]
    statistic: str
    namespace: str = _REQUESTS
    per_variant: bool = True


_LATENCY = Chart("Latency, 99th percentile (microseconds)", ["ModelLatency", "OverheadLatency"], "p99")
_BUSY = Chart("Instances (percent)", ["CPUUtilization", "MemoryUtilization", "GPUUtilization"], "Average", _INSTANCES)
_ERRORS = ["Invocation5XXErrors", "Invocation4XXErrors", "InvocationModelErrors"]

INSTANCE_CHARTS = (
    Chart("Requests a minute", ["Invocations", "InvocationsPerInstance"], "Sum"),
    Chart("Errors", _ERRORS, "Sum"),
    _LATENCY,
    _BUSY,
)
# The lists of metrics of serverless and of asynchronous endpoints are exhaustive: what is not here is not published.
# https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-monitoring.html
SERVERLESS_CHARTS = (
    Chart("Requests a minute", ["Invocations"], "Sum"),
    Chart("Errors", _ERRORS[:2], "Sum"),
    _LATENCY,
    Chart(
        "Concurrency in use (share)",
        ["ServerlessConcurrentExecutionsUtilization", "ServerlessProvisionedConcurrencyUtilization"],
        "Maximum",
    ),
)
# https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
QUEUE_CHARTS = (
    Chart("Waiting and in work", ["ApproximateBacklogSize"], "Maximum", per_variant=False),
    Chart("Oldest request (seconds)", ["ApproximateAgeOfOldestRequest"], "Maximum", per_variant=False),
    Chart("Errors", [*_ERRORS[:2], "InvocationFailures", "ExpiredRequests", "NotificationFailures"], "Sum"),
    _BUSY,
)
# https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-multimodel-endpoints
MULTI_MODEL_CHARTS = (
    *INSTANCE_CHARTS,
    Chart("Requests that found their model loaded (share)", ["ModelCacheHit"], "Average"),
    Chart("Time to get a model (microseconds)", ["ModelLoadingWaitTime", "ModelDownloadingTime"], "Maximum"),
)


def endpoint_dashboard(
    scope: Construct,
    id: str,
    *,
    endpoint_name: str,
    variant_names: Sequence[str],
    charts: Sequence[Chart] = INSTANCE_CHARTS,
) -> cloudwatch.CfnDashboard:
    """Make the dashboard. The first three of an account are free; others cost 3 USD a month."""
    widgets = [_widget(index, chart, endpoint_name, variant_names) for index, chart in enumerate(charts)]
    return cloudwatch.CfnDashboard(scope, id, dashboard_body=json.dumps({"widgets": widgets}))


def _widget(index: int, chart: Chart, endpoint_name: str, variant_names: Sequence[str]) -> dict[str, Any]:
    suffixes = [["VariantName", variant] for variant in variant_names] if chart.per_variant else [[]]
    return {
        "type": "metric",
        "x": index % _COLUMNS * _WIDTH,
        "y": index // _COLUMNS * _HEIGHT,
        "width": _WIDTH,
        "height": _HEIGHT,
        "properties": {
            "title": chart.title,
            "region": Aws.REGION,
            "period": 60,
            "stat": chart.statistic,
            "metrics": [
                [chart.namespace, metric, "EndpointName", endpoint_name, *suffix]
                for metric in chart.metrics
                for suffix in suffixes
            ],
        },
    }
