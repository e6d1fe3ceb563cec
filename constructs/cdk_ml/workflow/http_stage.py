"""The stage of an HTTP API: every call is logged, measured and throttled.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_logs as logs
from constructs import Construct


def http_stage(
    scope: Construct, *, api_id: str, log_group: logs.CfnLogGroup, logged: Iterable[str], burst: int, rate: float
) -> apigateway.CfnStage:
    """Make the default stage, ``Stage``, which is deployed by itself.

    :param logged: what of ``$context`` is written about each call.
    :param burst: calls at once.
    :param rate: calls a second.
    """
    return apigateway.CfnStage(
        scope,
        "Stage",
        api_id=api_id,
        stage_name="$default",
        auto_deploy=True,
        access_log_settings={
            "destinationArn": log_group.attr_arn,
            "format": json.dumps({name: f"$context.{name}" for name in logged}),
        },
        default_route_settings={
            "throttlingBurstLimit": burst,
            "throttlingRateLimit": rate,
            "detailedMetricsEnabled": True,
        },
    )
