"""An API in front of an endpoint, for applications that do not speak to SageMaker themselves.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import Aws, Names
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.hosting.called_endpoint import called_endpoint, endpoint_problems
from cdk_ml.sagemaker.hosting.invocation import INVOKE, EndpointBase
from cdk_ml.tokens import is_token
from cdk_ml.workflow.function import Function
from cdk_ml.workflow.http_stage import http_stage
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workflow.throttle import Throttle as Throttle
from cdk_ml.workflow.throttle import throttle_problems
from cdk_ml.workflow.vended_logs import vended_log_group
from cdk_ml.workspace import Statement, Workspace

_METHOD = "POST"
_PATH = "/invocations"
_CALLED = ("requestId", "requestTime", "routeKey", "status", "integrationLatency", "identity.sourceIp")
_WHO = {"AWS_IAM": ("identity.userArn",), "JWT": ("authorizer.claims.sub",)}
# The API waits 30 seconds, which cannot be changed.
_TIMEOUT_SECONDS = 29
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
_MOST_SCOPES = 10
_MOST_AUDIENCES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwt:
    """Tokens that callers show, of Amazon Cognito or any other OpenID Connect provider.

    :param issuer: who issues them, ``https://cognito-idp.<region>.amazonaws.com/<id of the pool>`` for a user pool.
    :param audience: who they are for: the ids of the clients.
    :param scopes: scopes of which a token needs one. With one, identity tokens are refused: they are about a person,
        and not for an API.
    """

    issuer: str
    audience: Sequence[str]
    scopes: Sequence[str] = ()


class InvocationApi(Construct):
    """An HTTP API that passes requests on to an endpoint: authorized, throttled and logged.

    Creates the API with one route, ``POST /invocations``, that knows its callers by IAM or by tokens; a function that
    may call this endpoint and nothing else; and an access log under the workspace's key, which says who called when,
    and not what. Body, ``Content-Type`` and ``Accept`` go to the model, its answer comes back; so does what the model
    has against a request. A component without a copy answers 503 with ``Retry-After``, a model that fails 502, one that
    takes more than 25 seconds 504. For models in one container, ``X-Amzn-SageMaker-Target-Model`` names one.

    Requests and answers have up to 4.5 MB. They are not streamed: :class:`StreamingInvocationApi` does that.

    Idle cost: nothing. A million requests are 1 USD, and the function's time.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import InvocationApi, Model, ServerlessEndpoint
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> endpoint = ServerlessEndpoint(
    ...     stack,
    ...     "Endpoint",
    ...     workspace=workspace,
    ...     model=Model.from_artifact(
    ...         workspace.artifact_bucket,
    ...         "churn/model.tar.gz",
    ...         image=images.built_in_algorithm("sklearn"),
    ...         network_isolation=False,
    ...     ),
    ...     memory_mb=2048,
    ...     max_concurrency=10,
    ... )
    >>> api = InvocationApi(stack, "Api", workspace=workspace, endpoint=endpoint)

    See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html

    :ivar url: where requests are sent.
    :ivar function: what passes them on.
    :ivar log_group: who called when.
    :ivar cfn_api: the API.
    :ivar cfn_route: its one route.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        endpoint: EndpointBase,
        component: str | None = None,
        jwt: Jwt | None = None,
        throttle: Throttle = Throttle(),
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param endpoint: what answers.
        :param component: which of its inference components: the name that a :class:`ComponentEndpoint` was given for
            it, or what SageMaker calls it where the endpoint is only known by name.
        :param jwt: tokens that callers show; without it they sign their requests with IAM credentials, and
            :meth:`grant_call` lets them.
        :param throttle: how many requests are let through.
        :raises cdk_ml.errors.ConfigurationError: for an endpoint that does not answer at once, a component that there
            is not, or what API Gateway would refuse.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *endpoint_problems(endpoint, component),
                *throttle_problems(throttle),
                *([] if jwt is None else _jwt_problems(jwt)),
            ],
        )
        workspace.adopt(self)
        self._authorization = "AWS_IAM" if jwt is None else "JWT"
        self.cfn_api = apigateway.CfnApi(
            self, "Resource", name=Names.unique_resource_name(self, max_length=100, separator="-"), protocol_type="HTTP"
        )
        self.url = f"https://{self.cfn_api.ref}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}{_PATH}"
        self.function = self._function(workspace, endpoint, component)
        self.cfn_route = self._route(jwt)
        self.log_group = vended_log_group(self, "LogGroup", workspace=workspace, service="apigateway")
        self._stage(self.log_group, throttle)

    def grant_call(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` call the API, and nothing else.

        :raises cdk_ml.errors.ConfigurationError: where callers show tokens, which IAM knows nothing of.
        """
        if self._authorization != "AWS_IAM":
            fix = "Give them tokens of the issuer, or make the API without jwt"
            reject(self, [Problem("grant_call", str(grantee), "cannot be let in by IAM where tokens are shown", fix)])
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["execute-api:Invoke"],
            resource_arns=[self._arn(f"$default/{_METHOD}{_PATH}")],
        )

    def _arn(self, rest: str) -> str:
        return f"arn:{Aws.PARTITION}:execute-api:{Aws.REGION}:{Aws.ACCOUNT_ID}:{self.cfn_api.ref}/{rest}"

    def _function(self, workspace: Workspace, endpoint: EndpointBase, component: str | None) -> Function:
        called = called_endpoint(endpoint, component)
        return Function(
            self,
            "Function",
            workspace=workspace,
            code=runtime_code("invocation_api"),
            statements=[Statement(actions=[INVOKE[0]], resources=called.resources)],
            environment=called.environment,
            timeout_seconds=_TIMEOUT_SECONDS,
            memory_mib=512,
        )

    def _route(self, jwt: Jwt | None) -> apigateway.CfnRoute:
        lambda_.CfnPermission(
            self,
            "Call",
            action="lambda:InvokeFunction",
            function_name=self.function.function_arn,
            principal="apigateway.amazonaws.com",
            source_arn=self._arn(f"*/{_METHOD}{_PATH}"),
        )
        integration = apigateway.CfnIntegration(
            self,
            "Integration",
            api_id=self.cfn_api.ref,
            integration_type="AWS_PROXY",
            integration_uri=self.function.function_arn,
            payload_format_version="2.0",
        )
        return apigateway.CfnRoute(
            self,
            "Route",
            api_id=self.cfn_api.ref,
            route_key=f"{_METHOD} {_PATH}",
            target=f"integrations/{integration.ref}",
            authorization_type=self._authorization,
            authorizer_id=None if jwt is None else self._authorizer(jwt).ref,
            authorization_scopes=None if jwt is None else [*jwt.scopes] or None,
        )

    def _authorizer(self, jwt: Jwt) -> apigateway.CfnAuthorizer:
        return apigateway.CfnAuthorizer(
            self,
            "Authorizer",
            api_id=self.cfn_api.ref,
            name="Callers",
            authorizer_type="JWT",
            identity_source=["$request.header.Authorization"],
            jwt_configuration={"audience": [*jwt.audience], "issuer": jwt.issuer},
        )

    def _stage(self, log_group: logs.CfnLogGroup, throttle: Throttle) -> None:
        logged = [*_CALLED, *_WHO[self._authorization]]
        http_stage(
            self,
            api_id=self.cfn_api.ref,
            log_group=log_group,
            logged=logged,
            burst=throttle.burst,
            rate=throttle.requests_per_second,
        )


def _jwt_problems(jwt: Jwt) -> Iterator[Problem]:
    if not is_token(jwt.issuer) and (not jwt.issuer.startswith("https://") or any(map(str.isspace, jwt.issuer))):
        fix = "Use its address, such as https://login.example.com"
        yield Problem("jwt.issuer", jwt.issuer, "is no issuer that API Gateway can ask for its keys", fix)
    if not 1 <= len(jwt.audience) <= _MOST_AUDIENCES or not all(jwt.audience):
        rule = "would let in the tokens of any client, or of none"
        yield Problem("jwt.audience", jwt.audience, rule, f"Name 1 to {_MOST_AUDIENCES} clients")
    if len(jwt.scopes) > _MOST_SCOPES or not all(jwt.scopes):
        yield Problem("jwt.scopes", jwt.scopes, "are no scopes of a route", f"Name at most {_MOST_SCOPES}")
