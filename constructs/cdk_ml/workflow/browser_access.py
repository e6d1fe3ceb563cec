"""What a REST API answers to browsers, so that pages of one origin may call it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
"""

from __future__ import annotations

import json

from aws_cdk import CfnResource
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

_ASKED_WITH = "Accept,Authorization,Content-Type,X-Amz-Content-Sha256,X-Amz-Date,X-Amz-Security-Token"
_AN_HOUR = 3600


def browser_access(
    scope: Construct, id: str, *, route: apigateway.CfnResource, origin: str, method: str
) -> list[CfnResource]:
    """Answer the preflight requests of a route, and let the page read what API Gateway itself answers.

    Without the latter it could not say why it failed.
    """
    made = Construct(scope, id)
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": method,
        "Access-Control-Allow-Headers": _ASKED_WITH,
        "Access-Control-Max-Age": str(_AN_HOUR),
    }
    said = {f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()}
    preflight = apigateway.CfnMethod(
        made,
        "Preflight",
        rest_api_id=route.rest_api_id,
        resource_id=route.ref,
        http_method="OPTIONS",
        # A browser asks before it calls, and shows no credentials then. No function is behind it.
        authorization_type="NONE",
        integration={
            "type": "MOCK",
            "requestTemplates": {"application/json": json.dumps({"statusCode": 204})},
            "integrationResponses": [{"statusCode": "204", "responseParameters": said}],
        },
        method_responses=[{"statusCode": "204", "responseParameters": dict.fromkeys(said, True)}],
    )
    errors = [
        apigateway.CfnGatewayResponse(
            made,
            error,
            rest_api_id=route.rest_api_id,
            response_type=f"DEFAULT_{error[1:]}",
            response_parameters={"gatewayresponse.header.Access-Control-Allow-Origin": f"'{origin}'"},
        )
        for error in ("E4XX", "E5XX")
    ]
    return [preflight, *errors]
