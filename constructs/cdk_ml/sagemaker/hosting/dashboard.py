"""The dashboard of an endpoint: traffic, errors, latency, and what the instances do.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

_REQUESTS = "AWS/SageMaker"
_INSTANCES = "/aws/sagemaker/Endpoints"
_WIDTH, _HEIGHT, _COLUMNS = 12, 6, 2


def endpoint_dashboard(
    scope: Construct, id: str, *, endpoint_name: str, variant_names: Sequence[str]
) -> cloudwatch.CfnDashboard:
    """Make the dashboard. The first three of an account are free; others cost 3 USD a month."""
    charts = [
        ("Requests a minute", _REQUESTS, ["Invocations", "InvocationsPerInstance"], "Sum"),
        ("Errors", _REQUESTS, ["Invocation5XXErrors", "Invocation4XXErrors", "InvocationModelErrors"], "Sum"),
        ("Latency, 99th percentile (microseconds)", _REQUESTS, ["ModelLatency", "OverheadLatency"], "p99"),
        ("Instances (percent)", _INSTANCES, ["CPUUtilization", "MemoryUtilization", "GPUUtilization"], "Average"),
    ]
    widgets = [
        _chart(index, title, namespace, metrics, statistic, endpoint_name, variant_names)
        for index, (title, namespace, metrics, statistic) in enumerate(charts)
    ]
    return cloudwatch.CfnDashboard(scope, id, dashboard_body=json.dumps({"widgets": widgets}))


def _chart(
    index: int,
    title: str,
    namespace: str,
    metrics: Sequence[str],
    statistic: str,
    endpoint_name: str,
    variant_names: Sequence[str],
) -> dict[str, Any]:
    return {
        "type": "metric",
        "x": index % _COLUMNS * _WIDTH,
        "y": index // _COLUMNS * _HEIGHT,
        "width": _WIDTH,
        "height": _HEIGHT,
        "properties": {
            "title": title,
            "region": Aws.REGION,
            "period": 60,
            "stat": statistic,
            "metrics": [
                [namespace, metric, "EndpointName", endpoint_name, "VariantName", variant]
                for metric in metrics
                for variant in variant_names
            ],
        },
    }
