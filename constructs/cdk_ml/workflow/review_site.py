"""The reviewers' page, and the routes that it asks for reviews and sends answers to.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_apigatewayv2 as apigateway

from cdk_ml.workflow.function import Function
from cdk_ml.workflow.web_site import SCOPE, WebSite

_ROUTES = {"List": "GET /reviews", "Show": "GET /reviews/{id}", "Decide": "POST /reviews/{id}"}


class ReviewSite(WebSite):
    """A web site whose API also answers what its page asks, once it knows who asks."""

    # The pool has had this id since before it was shared: another one would leave the reviewers behind.
    users = "Reviewers"

    def answer(self, function: Function) -> None:
        """Let ``function`` answer."""
        target = f"integrations/{self.integrate('Answers', function).ref}"
        authorizer = apigateway.CfnAuthorizer(
            self,
            "Authorizer",
            api_id=self.cfn_api.ref,
            name="Reviewers",
            authorizer_type="JWT",
            identity_source=["$request.header.Authorization"],
            jwt_configuration={
                "audience": [self.cfn_client.ref],
                "issuer": f"https://cognito-idp.{Aws.REGION}.{Aws.URL_SUFFIX}/{self.cfn_user_pool.ref}",
            },
        )
        for id, route in _ROUTES.items():
            # With a scope, only access tokens are admitted; identity tokens are about a person, not for an API.
            apigateway.CfnRoute(
                self,
                id,
                api_id=self.cfn_api.ref,
                route_key=route,
                target=target,
                authorization_type="JWT",
                authorizer_id=authorizer.ref,
                authorization_scopes=[SCOPE],
            )
