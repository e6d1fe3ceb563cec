"""A page for people who were invited: where they sign in, and the API that gives the page out.

What the page calls afterwards is authorized by itself: other routes of the API, or another API.
https://docs.aws.amazon.com/cognito/latest/developerguide/using-pkce-in-authorization-code.html
"""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Aws, Names, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk_ml.workflow.function import Function
from cdk_ml.workflow.http_stage import http_stage
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workflow.user_pool import invited_users, sign_in_domain
from cdk_ml.workflow.vended_logs import vended_log_group
from cdk_ml.workspace import Workspace, acknowledge

_LOGGED = ("requestId", "requestTime", "routeKey", "status", "identity.sourceIp", "authorizer.claims.sub")
_MINUTES = 60
SCOPE = "openid"
"""Scope that access tokens of the page have."""


class WebSite(Construct):
    """A user pool that nobody enters uninvited, and an HTTP API that gives out one page.

    :cvar users: id of the user pool.
    :ivar cfn_user_pool: the people.
    :ivar cfn_client: what the page signs in as.
    :ivar cfn_api: the API.
    :ivar sign_in: address of the sign-in page.
    :ivar origin: of the page, as browsers say it.
    :ivar url: address of the page.
    """

    users = "Users"

    def __init__(self, scope: Construct, id: str, *, workspace: Workspace) -> None:
        """
        :param workspace: key, tags and profile.
        """
        super().__init__(scope, id)
        self._workspace = workspace
        self.cfn_user_pool = invited_users(self, self.users, workspace=workspace)
        self.cfn_api = apigateway.CfnApi(
            self, "Api", name=Names.unique_resource_name(self, max_length=100, separator="-"), protocol_type="HTTP"
        )
        self.origin = f"https://{self.cfn_api.ref}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"
        self.url = f"{self.origin}/"
        domain = sign_in_domain(self, "Domain", user_pool=self.cfn_user_pool)
        auth = "auth-fips" if Stack.of(self).region.startswith("us-gov-") else "auth"
        self.sign_in = f"https://{domain.ref}.{auth}.{Aws.REGION}.amazoncognito.com"
        self.cfn_client = self._client()

    def serve(self, page: str, *, calls: str, values: Mapping[str, str], images: str | None = None) -> None:
        """Give out a page of lambda/web_page.

        :param page: file, such as ``chat.html``.
        :param calls: address of what the page calls, besides the sign-in.
        :param values: what further names in the page stand for.
        :param images: address that the page may load images from, if any.
        """
        given = {"SIGN_IN": self.sign_in, "CLIENT": self.cfn_client.ref, "SCOPE": SCOPE, **values}
        function = Function(
            self,
            "Page",
            workspace=self._workspace,
            code=runtime_code("web_page"),
            environment={
                "PAGE": page,
                "CONNECT": f"{self.sign_in} {calls}",
                "VALUES": Stack.of(self).to_json_string(given),
                **({} if images is None else {"IMAGES": images}),
            },
            timeout_seconds=10,
        )
        integration = self.integrate("Integration", function)
        route = apigateway.CfnRoute(
            self,
            "Route",
            api_id=self.cfn_api.ref,
            route_key="GET /",
            target=f"integrations/{integration.ref}",
            authorization_type="NONE",
        )
        group = vended_log_group(self, "LogGroup", workspace=self._workspace, service="apigateway")
        http_stage(self, api_id=self.cfn_api.ref, log_group=group, logged=_LOGGED, burst=20, rate=10)
        acknowledge(
            route,
            "The page is the same for everybody and holds no data: a browser loads it before anyone has signed in, and "
            "all that it asks for afterwards is authorized. "
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html",
            "AwsSolutions-APIG4",
        )

    def integrate(self, id: str, function: Function) -> apigateway.CfnIntegration:
        """Let the API call ``function``."""
        lambda_.CfnPermission(
            function,
            "Call",
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal="apigateway.amazonaws.com",
            source_arn=f"arn:{Aws.PARTITION}:execute-api:{Aws.REGION}:{Aws.ACCOUNT_ID}:{self.cfn_api.ref}/*/*",
        )
        return apigateway.CfnIntegration(
            self,
            id,
            api_id=self.cfn_api.ref,
            integration_type="AWS_PROXY",
            integration_uri=function.function_arn,
            payload_format_version="2.0",
        )

    def _client(self) -> cognito.CfnUserPoolClient:
        return cognito.CfnUserPoolClient(
            self,
            "Client",
            user_pool_id=self.cfn_user_pool.ref,
            # A page cannot keep a secret; it proves with PKCE that it is the one who asked.
            generate_secret=False,
            allowed_o_auth_flows_user_pool_client=True,
            allowed_o_auth_flows=["code"],
            allowed_o_auth_scopes=[SCOPE],
            callback_ur_ls=[self.url],
            supported_identity_providers=["COGNITO"],
            explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            access_token_validity=_MINUTES,
            id_token_validity=_MINUTES,
            refresh_token_validity=_MINUTES,
            token_validity_units={"accessToken": "minutes", "idToken": "minutes", "refreshToken": "minutes"},
        )
