"""Where reviewers sign in, and the API that serves their page and takes their answers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

from aws_cdk import Aws, Duration, Names, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk_ml.workflow.function import Function
from cdk_ml.workflow.http_stage import http_stage
from cdk_ml.workflow.user_pool import invited_users, sign_in_domain
from cdk_ml.workflow.vended_logs import vended_log_group
from cdk_ml.workspace import Workspace, acknowledge

_PAGE = "GET /"
_ROUTES = {"List": "GET /reviews", "Show": "GET /reviews/{id}", "Decide": "POST /reviews/{id}"}
_SCOPE = "openid"
_LOGGED = ("requestId", "requestTime", "routeKey", "status", "identity.sourceIp", "authorizer.claims.sub")


class ReviewSite(Construct):
    """A user pool that nobody enters uninvited, and an HTTP API that only its users can call.

    :ivar cfn_user_pool: the reviewers.
    :ivar cfn_client: what the page signs in as.
    :ivar cfn_api: the API.
    :ivar sign_in: address of the sign-in page.
    :ivar url: address of the reviewers' page.
    """

    def __init__(self, scope: Construct, id: str, *, workspace: Workspace) -> None:
        """
        :param workspace: key, tags and profile.
        """
        super().__init__(scope, id)
        self._workspace = workspace
        self.cfn_user_pool = invited_users(self, "Reviewers", workspace=workspace)
        self.cfn_api = apigateway.CfnApi(
            self, "Api", name=Names.unique_resource_name(self, max_length=100, separator="-"), protocol_type="HTTP"
        )
        self.url = f"https://{self.cfn_api.ref}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}/"
        domain = sign_in_domain(self, "Domain", user_pool=self.cfn_user_pool)
        auth = "auth-fips" if Stack.of(self).region.startswith("us-gov-") else "auth"
        self.sign_in = f"https://{domain.ref}.{auth}.{Aws.REGION}.amazoncognito.com"
        self.cfn_client = self._client()

    def serve(self, function: Function) -> None:
        """Let ``function`` answer what the page asks, once its user is known, and give out the page."""
        lambda_.CfnPermission(
            self,
            "Call",
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal="apigateway.amazonaws.com",
            source_arn=f"arn:{Aws.PARTITION}:execute-api:{Aws.REGION}:{Aws.ACCOUNT_ID}:{self.cfn_api.ref}/*/*",
        )
        integration = apigateway.CfnIntegration(
            self,
            "Integration",
            api_id=self.cfn_api.ref,
            integration_type="AWS_PROXY",
            integration_uri=function.function_arn,
            payload_format_version="2.0",
        )
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
        target = f"integrations/{integration.ref}"
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
                authorization_scopes=[_SCOPE],
            )
        page = apigateway.CfnRoute(
            self, "Page", api_id=self.cfn_api.ref, route_key=_PAGE, target=target, authorization_type="NONE"
        )
        group = vended_log_group(self, "LogGroup", workspace=self._workspace, service="apigateway")
        http_stage(self, api_id=self.cfn_api.ref, log_group=group, logged=_LOGGED, burst=20, rate=10)
        acknowledge(
            page,
            "The page is the same for everybody and holds no data: a browser loads it before anyone has signed in, and "
            "all that it asks for afterwards is authorized. "
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html",
            "AwsSolutions-APIG4",
        )

    def _client(self) -> cognito.CfnUserPoolClient:
        minutes = int(Duration.hours(1).to_minutes())
        return cognito.CfnUserPoolClient(
            self,
            "Client",
            user_pool_id=self.cfn_user_pool.ref,
            # A page cannot keep a secret; it proves with PKCE that it is the one who asked.
            generate_secret=False,
            allowed_o_auth_flows_user_pool_client=True,
            allowed_o_auth_flows=["code"],
            allowed_o_auth_scopes=[_SCOPE],
            callback_ur_ls=[self.url],
            supported_identity_providers=["COGNITO"],
            explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            access_token_validity=minutes,
            id_token_validity=minutes,
            refresh_token_validity=minutes,
            token_validity_units={"accessToken": "minutes", "idToken": "minutes", "refreshToken": "minutes"},
        )
