"""The stage of a REST API: every call is logged, measured, traced and throttled.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-monitor.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_kinesisfirehose as firehose
from constructs import Construct

from cdk_ml.workflow.throttle import Throttle
from cdk_ml.workspace import acknowledge
from cdk_ml.workspace.acknowledgement import CONTROL_PACKS


def rest_stage(
    scope: Construct,
    id: str,
    *,
    deployment: apigateway.Deployment,
    name: str,
    log: firehose.CfnDeliveryStream,
    logged: Iterable[str],
    throttle: Throttle,
) -> apigateway.CfnStage:
    """Make a stage of an API whose answers are streamed by a function.

    :param logged: what of ``$context`` is written about each call.
    """
    stage = apigateway.CfnStage(
        scope,
        id,
        rest_api_id=deployment.api.rest_api_id,
        stage_name=name,
        deployment_id=deployment.deployment_id,
        tracing_enabled=True,
        access_log_setting={
            "destinationArn": log.attr_arn,
            "format": json.dumps({name: f"$context.{name}" for name in logged}),
        },
        method_settings=[
            {
                "resourcePath": "/*",
                "httpMethod": "*",
                "metricsEnabled": True,
                "throttlingBurstLimit": throttle.burst,
                "throttlingRateLimit": throttle.requests_per_second,
            }
        ],
    )
    acknowledge(
        stage,
        "API Gateway writes execution logs under a role that is a setting of the account, shared by all of its APIs: a "
        "stack that is deleted would leave the others without one. Access logs need none, traces show where time went, "
        "and the function logs what it does. "
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
        "AwsSolutions-APIG6",
        *(f"{pack}-APIGWExecutionLoggingEnabled" for pack in CONTROL_PACKS),
    )
    acknowledge(
        stage,
        "Answers that are streamed cannot be cached, and answers of a model are made for who asks. "
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
        *(f"{pack}-APIGWCacheEnabledAndEncrypted" for pack in CONTROL_PACKS),
    )
    acknowledge(
        stage,
        "A client certificate tells an HTTP server that API Gateway calls it. Behind this API is a function, which IAM "
        "lets this route call and nothing else. "
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-client-side-ssl-authentication.html",
        *(f"{pack}-APIGWSSLEnabled" for pack in CONTROL_PACKS),
    )
    return stage
